/**
 * The bridge, in the page's own world: the only part that sees the page's `angular`, and so the session, the open chat
 * and its messages. It answers questions on one port and does nothing by itself. Everything it hands over is a text or
 * a number made here, however odd the page's own values are.
 *
 * It runs before any script of the page. So its listener is the first to hear of the port, which no other ever does;
 * and what it calls later is taken now, in case the page puts its own functions in their place.
 */
import { KNOCK } from "../shared/knock.js";

const { postMessage } = MessagePort.prototype;
const { stopImmediatePropagation } = Event.prototype;
const { apply } = Reflect;

/** More messages than this are not handed over: the newest ones are. */
const MESSAGES = 2000;

/** One of the page's services; undefined before the page is ready. @param {string} name */
function service(name) {
  try {
    return /** @type {any} */ (window).angular.element(document).injector().get(name);
  } catch {
    return undefined;
  }
}

/** A value as text; empty for what is neither text nor number. @param {unknown} value */
const text = (value) => (typeof value === "string" || typeof value === "number" ? `${value}` : "");

/**
 * What a method of the page gives; undefined if there is none, or if it throws.
 *
 * @param {any} object
 * @param {string} method
 * @param {...unknown} args
 */
function ask(object, method, ...args) {
  try {
    return object[method](...args);
  } catch {
    return undefined;
  }
}

/** The values as the page's accountFactory says them; src/content/bridge.js has the package judge them. */
function session() {
  const account = service("accountFactory");
  const getters = ["getUin", "getSid", "getSkey", "getUserName", "getPassticket"];
  return Object.fromEntries(getters.map((getter) => [getter, text(ask(account, getter))]));
}

/** The open chat. A contact's names are HTML where they hold emoji; the content script makes them text. */
function chat() {
  const userName = text(ask(service("chatFactory"), "getCurrentUserName"));
  const contact = ask(service("contactFactory"), "getContact", userName);
  const name = text(contact?.RemarkName) || text(contact?.NickName);
  return { userName, name };
}

/** @param {unknown} userName */
function messages(userName) {
  const list = ask(service("chatFactory"), "getChatMessage", text(userName));
  if (!Array.isArray(list)) {
    return [];
  }
  return list.slice(-MESSAGES).flatMap((message) => {
    try {
      const { MsgId, MsgType, Content, CreateTime } = message;
      return [{ msgId: text(MsgId), msgType: Number(MsgType), content: text(Content), createTime: Number(CreateTime) }];
    } catch {
      // One that cannot be read is no reason to leave out the others.
      return [];
    }
  });
}

/** @type {Record<string, (argument: unknown) => unknown>} */
const answers = { session, chat, messages };

/** @param {MessageEvent} event */
function knocked(event) {
  const { source, origin, data, ports } = event;
  const [port] = ports;
  if (source !== window || origin !== location.origin || data !== KNOCK || port === undefined) {
    return;
  }
  apply(stopImmediatePropagation, event, []);
  removeEventListener("message", knocked, true);
  port.onmessage = ({ data: { id, question, argument } }) => {
    let answer = null;
    try {
      answer = answers[question]?.(argument);
    } catch {
      // A page whose values cannot even be read says nothing.
    }
    apply(postMessage, port, [{ id, answer }]);
  };
}

// On the way down: a listener on the way up would come after every one of the page's on the way down.
addEventListener("message", knocked, true);

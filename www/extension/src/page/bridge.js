/**
 * The bridge, in the page's own world: the only part that sees the page's `angular`, and so the session, the open chat
 * and its messages. It answers questions on one port, and shows a sent picture when it is told to; by itself it does
 * nothing. Everything it hands over is a string or a number made here, however odd the page's own values are.
 *
 * It runs before any script of the page. So its listener is the first to hear of the port, which no other ever does;
 * and what it calls of the browser later is taken now, in case the page puts its own functions in their place.
 */
import { ask, isOpenChat, openChat, service, showInPage } from "../../../../src/npm/page.js";
import { KNOCK } from "../shared/knock.js";

const { postMessage, start } = MessagePort.prototype;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const { stopImmediatePropagation } = Event.prototype;
const { querySelector } = Document.prototype;
const { getAttribute } = Element.prototype;
const { apply, getOwnPropertyDescriptor } = Reflect;
const sourceOf = getterOf(MessageEvent.prototype, "source");
const originOf = getterOf(MessageEvent.prototype, "origin");
const dataOf = getterOf(MessageEvent.prototype, "data");
const portsOf = getterOf(MessageEvent.prototype, "ports");

/**
 * @param {object} prototype
 * @param {string} name
 * @returns {(object: object) => any} the property's value, by the browser's own getter
 */
function getterOf(prototype, name) {
  const get = /** @type {() => unknown} */ (getOwnPropertyDescriptor(prototype, name)?.get);
  return (object) => apply(get, object, []);
}

/** More messages than this are not handed over: the newest ones are. */
const MESSAGES = 2000;

/** MMStatus of one's own message that the service has taken. Others of one's own have no id of the service's yet. */
const SENT = 2;

/** The page as the package's functions ask it, by what was taken above. */
const page = /** @type {any} */ ({
  angular: { element: () => /** @type {any} */ (window).angular.element(document) },
  document: {
    querySelector(/** @type {string} */ selector) {
      const element = apply(querySelector, document, [selector]);
      return element && { getAttribute: (/** @type {string} */ name) => apply(getAttribute, element, [name]) };
    },
  },
});

/** A value as a string; empty for what is neither string nor number. @param {unknown} value */
const text = (value) => (typeof value === "string" || typeof value === "number" ? `${value}` : "");

/** The values as the page's accountFactory says them; src/content/bridge.js has the package judge them. */
function session() {
  const account = service(page, "accountFactory");
  const getters = ["getUin", "getSid", "getSkey", "getUserName", "getPassticket"];
  return Object.fromEntries(getters.map((getter) => [getter, text(ask(account, getter))]));
}

/** @param {unknown} userName */
function messages(userName) {
  const list = ask(service(page, "chatFactory"), "getChatMessage", text(userName));
  if (!Array.isArray(list)) {
    return [];
  }
  return list.slice(-MESSAGES).flatMap((message) => {
    try {
      const { MsgId, MsgType, Content, CreateTime, MMStatus = SENT } = message;
      const told = { msgId: text(MsgId), msgType: Number(MsgType), content: text(Content), createTime: Number(CreateTime) };
      return MMStatus === SENT ? [told] : [];
    } catch {
      // One that cannot be read is no reason to leave out the others.
      return [];
    }
  });
}

/** What is asked and told on the port. @type {Record<string, (argument: any) => unknown>} */
const answers = {
  session,
  messages,
  chat: () => openChat(page),
  isOpen: (userName) => isOpenChat(text(userName), page),
  show: ({ receipt, to }) => showInPage(receipt, { to, page }),
};

/** @param {Event} event */
function knocked(event) {
  // By its place: the iterator of arrays may be the page's.
  const port = portsOf(event)[0];
  const isDoor = sourceOf(event) === window && originOf(event) === location.origin && dataOf(event) === KNOCK;
  if (!isDoor || port === undefined) {
    return;
  }
  apply(stopImmediatePropagation, event, []);
  apply(removeEventListener, window, ["message", knocked, true]);
  const answerTo = (/** @type {Event} */ asked) => {
    const { id, question, argument } = dataOf(asked);
    let answer = null;
    try {
      answer = answers[question]?.(argument);
    } catch {
      // A page whose values cannot even be read says nothing.
    }
    apply(postMessage, port, [{ id, answer }]);
  };
  apply(addEventListener, port, ["message", answerTo]);
  apply(start, port, []);
}

// On the way down: a listener on the way up would come after every one of the page's on the way down.
window.addEventListener("message", knocked, true);

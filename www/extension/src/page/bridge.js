/**
 * The bridge, in the page's own world: the only part that sees the page's `angular`, and so the session, the open chat
 * and its messages; on the File Transfer Helper, which has none, it watches the page's requests for them. It answers questions on
 * one port, and shows a sent picture when it is told to; by itself it does nothing else. Everything it passes is a string or a number made here, however odd the page's own values are.
 *
 * It runs before any script of the page. So its listener is the first to hear of the port, which no other ever does;
 * and what it calls of the browser later is taken now, in case the page puts its own functions in their place.
 */
import { ask, isOpenChat, openChat, pageMessages, service, showInPage } from "../../../../src/npm/page.js";
import { aliasPage, seenOf, watchPage } from "../../../../src/npm/watch.js";
import { isFileHelper } from "../shared/hosts.js";
import { KNOCK } from "../shared/knock.js";

const { postMessage, start } = MessagePort.prototype;
const { addEventListener, removeEventListener } = EventTarget.prototype;
const { stopImmediatePropagation } = Event.prototype;
const { querySelector, querySelectorAll } = Document.prototype;
const { getAttribute } = Element.prototype;
const { apply, getOwnPropertyDescriptor } = Reflect;
const sourceOf = getterOf(MessageEvent.prototype, "source");
const originOf = getterOf(MessageEvent.prototype, "origin");
const dataOf = getterOf(MessageEvent.prototype, "data");
const portsOf = getterOf(MessageEvent.prototype, "ports");
const addressOf = getterOf(HTMLImageElement.prototype, "src");

/**
 * @param {object} prototype
 * @param {string} name
 * @returns {(object: object) => any} the property's value, by the browser's own getter
 */
function getterOf(prototype, name) {
  const get = /** @type {() => unknown} */ (getOwnPropertyDescriptor(prototype, name)?.get);
  return (object) => apply(get, object, []);
}

/** The page as the package's functions ask it, by what was taken above. */
const page = /** @type {any} */ ({
  get angular() {
    const { angular } = /** @type {any} */ (window);
    return angular && { element: () => angular.element(document) };
  },
  document: {
    querySelectorAll(/** @type {string} */ selector) {
      const found = apply(querySelectorAll, document, [selector]);
      return Array.from({ length: found.length }, (_, at) => ({ src: addressOf(found[at]) }));
    },
    querySelector(/** @type {string} */ selector) {
      const element = apply(querySelector, document, [selector]);
      return element && { getAttribute: (/** @type {string} */ name) => apply(getAttribute, element, [name]) };
    },
  },
});

if (isFileHelper(location.origin)) {
  watchPage(/** @type {any} */ (window));
  aliasPage(window, page);
}

/** A value as a string; empty for what is neither string nor number. @param {unknown} value */
const text = (value) => (typeof value === "string" || typeof value === "number" ? `${value}` : "");

/** The accountFactory's getters, and the value's name where it was seen on the wire. */
const GETTERS = /** @type {const} */ ([
  ["getUin", "uin"],
  ["getSid", "sid"],
  ["getSkey", "skey"],
  ["getUserName", "userName"],
  ["getPassticket", "passTicket"],
]);

/** The values as the page's accountFactory says them, or as its requests do; src/content/bridge.js has the package judge them. */
function session() {
  const account = service(page, "accountFactory");
  const { wire = {} } = seenOf(page) ?? {};
  return Object.fromEntries(GETTERS.map(([getter, name]) => [getter, text(ask(account, getter)) || text(wire[name])]));
}

/** What is asked and told on the port. @type {Record<string, (argument: any) => unknown>} */
const answers = {
  session,
  messages: (userName) => pageMessages(text(userName), page),
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

/**
 * What the content script asks the page (its session, its open chat, the messages of a chat) and tells it (a picture that
 * was sent). All answers are the page's word: they are held to their shapes here, and nothing but a request to the page's
 * own service follows from them.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").ChatMessage} ChatMessage
 * @typedef {import("webwx-image").SendReceipt} SendReceipt
 * @typedef {import("webwx-image").Session} Session
 */
import { isFileHelper } from "../shared/hosts.js";

/** A page that is busy for longer is as good as gone. */
const PATIENCE_MS = 10_000;

/** Characters of a chat's name that are shown. A group without one has those of ten members. */
const LONGEST = 60;

export class Bridge {
  #port;
  #asked = 0;
  /** @type {Map<number, (answer: any) => void>} */
  #waiting = new Map();

  /** @param {MessagePort} port */
  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      this.#waiting.get(data.id)?.(data.answer);
      this.#waiting.delete(data.id);
    };
  }

  /**
   * @param {"session" | "chat" | "isOpen" | "messages" | "show"} question
   * @param {unknown} [argument]
   * @returns {Promise<any>} null where there is no answer
   */
  #ask(question, argument) {
    const id = (this.#asked += 1);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => {
        this.#waiting.delete(id);
        resolve(null);
      }, PATIENCE_MS);
      this.#port.postMessage({ id, question, argument });
    });
  }

  /**
   * The session, in memory only. The package reads it from the page's services, which are played here with the values
   * that the bridge relayed; the cookies and the addresses are the document's own, whatever the page says.
   *
   * @returns {Promise<Session>} rejects with session-lost, which names what is missing
   */
  async session() {
    const said = (await this.#ask("session")) ?? {};
    const account = Object.fromEntries(Object.entries(said).map(([getter, value]) => [getter, () => value]));
    const angular = { element: () => ({ injector: () => ({ get: () => account }) }) };
    const { origin, search } = location;
    const page = { angular, document, performance, location: { origin, search } };
    return WebwxImage.sessionFromPage(/** @type {any} */ (page));
  }

  /** The open chat, or null while there is none. @returns {Promise<Chat | null>} */
  async chat() {
    const said = await this.#ask("chat");
    const userName = typeof said?.userName === "string" ? said.userName.trim() : "";
    if (userName === "" || userName.length > 200) {
      return null;
    }
    if (isFileHelper(location.origin)) {
      return { userName, name: chrome.i18n.getMessage("fileHelper") };
    }
    return { userName, name: typeof said.name === "string" && said.name !== "" ? shortened(said.name) : userName };
  }

  /** Whether this chat is the open one, as the page checks it before each send of its own. @param {string} userName */
  async isOpen(userName) {
    return (await this.#ask("isOpen", userName)) === true;
  }

  /**
   * Has the page show a picture that was sent, of which it knows nothing yet. A page that cannot is left as it is.
   *
   * @param {SendReceipt} receipt
   * @param {string} to
   */
  async show({ msgId, localId, media: { mediaId, type } }, to) {
    await this.#ask("show", { receipt: { msgId, localId, media: { mediaId, type } }, to });
  }

  /**
   * Messages of a chat, oldest first: those that the page has loaded.
   *
   * @param {string} userName
   * @returns {Promise<ChatMessage[]>}
   */
  async messages(userName) {
    const said = await this.#ask("messages", userName);
    return Array.isArray(said) ? said.filter(isMessage) : [];
  }
}

/** @param {string} name */
function shortened(name) {
  const characters = [...name.slice(0, 4 * LONGEST)];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : name;
}

/**
 * @param {Record<string, unknown> | null | undefined} message
 * @returns {boolean}
 */
function isMessage(message) {
  return (
    typeof message?.["msgId"] === "string" &&
    /^\d{1,20}$/.test(message["msgId"]) &&
    typeof message["content"] === "string" &&
    Number.isInteger(message["msgType"]) &&
    (message["createTime"] === null || Number.isFinite(message["createTime"]))
  );
}

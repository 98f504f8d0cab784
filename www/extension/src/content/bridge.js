/**
 * What the content script asks the page: its session, its open chat, the messages of a chat. All answers are the
 * page's word: they are held to their shapes here, and nothing but a request to the page's own service follows from
 * them.
 *
 * @typedef {import("../types.js").Chat} Chat
 * @typedef {import("../types.js").ChatMessage} ChatMessage
 * @typedef {import("webwx-image").Session} Session
 */

/** A page that is busy for longer is as good as gone. */
const PATIENCE_MS = 10_000;

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
   * @param {"session" | "chat" | "messages"} question
   * @param {string} [argument]
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
   * that the bridge relayed; the cookies and the address are the document's own, whatever the page says.
   *
   * @returns {Promise<Session>} rejects with session-lost, which names what is missing
   */
  async session() {
    const said = (await this.#ask("session")) ?? {};
    const account = Object.fromEntries(Object.entries(said).map(([getter, value]) => [getter, () => value]));
    const angular = { element: () => ({ injector: () => ({ get: () => account }) }) };
    const page = { angular, document: { cookie: document.cookie }, location: { origin: location.origin } };
    return WebwxImage.sessionFromPage(/** @type {any} */ (page));
  }

  /** The open chat, or null while there is none. @returns {Promise<Chat | null>} */
  async chat() {
    const said = await this.#ask("chat");
    const userName = typeof said?.userName === "string" ? said.userName.trim() : "";
    if (userName === "" || userName.length > 200) {
      return null;
    }
    return { userName, name: plain(said.name) || userName };
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

/** @type {Record<string, string>} */
const ENTITIES = { lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " ", amp: "&" };

/**
 * A name as text. The page's names are HTML: emoji are `<span class="emoji emoji1f604"></span>`. It is only ever shown
 * as text, so whatever else is left of it is harmless.
 *
 * @param {unknown} html
 */
function plain(html) {
  if (typeof html !== "string") {
    return "";
  }
  return html
    .slice(0, 1000)
    .replace(/<span class="emoji emoji([0-9a-f]{2,5})"[^>]*><\/span>/gi, (_, hex) => {
      const point = Number.parseInt(hex, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "";
    })
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name) => ENTITIES[name] ?? "")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 60);
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
    Number.isFinite(message["createTime"])
  );
}

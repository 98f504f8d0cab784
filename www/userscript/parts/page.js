/**
 * What the script asks the page: the session, the open chat, and that chat's messages.
 *
 * @typedef {{ userName: string, name: string }} Chat
 * @typedef {{ MsgId: unknown, MsgType?: unknown, Content?: unknown, CreateTime: unknown }} ChatMessage
 */

/** The page's own window, where its `angular` is. @type {any} */
const page = typeof unsafeWindow === "undefined" ? window : unsafeWindow;

/** Whether the manager lets the script see the page's own objects. */
export const seesPage = () => page.angular !== undefined;

/**
 * What a method of one of the page's services gives; undefined where there is no such thing, or it throws.
 *
 * @param {string} service
 * @param {string} method
 * @param {...unknown} values
 * @returns {any}
 */
function ask(service, method, ...values) {
  try {
    return page.angular.element(page.document).injector().get(service)[method](...values);
  } catch {
    return undefined;
  }
}

/** @returns {Chat | null} */
export function openChat() {
  const userName = String(ask("chatFactory", "getCurrentUserName") ?? "").trim();
  const contact = ask("contactFactory", "getContact", userName);
  const name = plain(contact?.RemarkName) || plain(contact?.NickName) || userName;
  return userName === "" ? null : { userName, name };
}

const EMOJI = /<span class="emoji emoji(1?[0-9a-f]{2,4})"[^>]*><\/span>/g;

/** @type {Record<string, string>} */
const ENTITIES = { lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " ", amp: "&" };

/**
 * A name as text: in the page's model it is HTML, with emoji as `<span class="emoji emoji1f604"></span>`.
 *
 * @param {unknown} html
 */
function plain(html) {
  return String(html ?? "")
    .replace(EMOJI, (_, hex) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/<[^>]*>/g, "")
    .replace(/&(lt|gt|quot|#39|nbsp|amp);/g, (_, name) => ENTITIES[name] ?? "")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim()
    .slice(0, 60);
}

/**
 * The pictures among the messages that the page has loaded, oldest first.
 *
 * @param {Chat} chat
 * @returns {ChatMessage[]}
 */
export function pictureMessages({ userName }) {
  const messages = ask("chatFactory", "getChatMessage", userName);
  return Array.isArray(messages) ? Array.from(messages).filter(({ MsgType }) => Number(MsgType) === 3) : [];
}

/** @type {{ key: string, client: import("webwx-image").WebWx } | undefined} */
let held;

/**
 * The library's client for the page's session; the same one as long as the session is the same, since it knows which
 * messages may be out. It asks by the manager's request function: a page may be under a policy (connect-src) that
 * keeps a script's own fetch from the file host.
 */
export function client() {
  const session = WebwxImage.sessionFromPage(page);
  const key = JSON.stringify(session);
  if (held?.key !== key) {
    const request = typeof GM_xmlhttpRequest === "function" ? GM_xmlhttpRequest : GM.xmlHttpRequest;
    held = { key, client: new WebwxImage.WebWx(session, { fetch: WebwxImage.gmFetch(request) }) };
  }
  return held.client;
}

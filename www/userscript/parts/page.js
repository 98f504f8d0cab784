/**
 * What the script asks the page (the session, the open chat, that chat's messages) and tells it (a picture that was sent).
 *
 * @typedef {{ userName: string, name: string }} Chat
 * @typedef {{ MsgId: unknown, MsgType?: unknown, Content?: unknown, CreateTime: unknown, MMStatus?: unknown }} ChatMessage
 */

import { isFileHelper, request } from "./request.js";
import { t } from "./words.js";

/** MsgType of a picture and of an emoticon. */
const [PICTURE, EMOTICON] = [3, 47];

/** MMStatus of one's own message that the service has taken. Others of one's own have no original there yet. */
const SENT = 2;

/** Characters of a chat's name that are shown. A group without one has those of ten members. */
const LONGEST = 60;

/** The page's own window, where its `angular` is. @type {any} */
const page = typeof unsafeWindow === "undefined" ? window : unsafeWindow;

const library = typeof WebwxImage === "undefined" ? undefined : WebwxImage;

/** Whether the manager has run the library before this script: a global of the page's is not it. */
export const hasLibrary = library !== undefined && library !== page.WebwxImage;

/** Whether the manager lets the script see the page's own objects. */
export const seesPage = () => isFileHelper || page.angular !== undefined;

/** Sees what the File Transfer Helper's page says on the wire; WeChat Web's tells it when it is asked. */
export function watch() {
  if (isFileHelper && hasLibrary) {
    WebwxImage.watchPage(page);
  }
}

/** Which assumptions hold in this page, a line each, without a value of the page's. */
export const diagnosis = () =>
  Object.entries(WebwxImage.diagnosePage(page))
    .map(([name, holds]) => `${holds ? "✓" : "✗"} ${name}`)
    .join("\n");

/** @returns {Chat | null} */
export function openChat() {
  const chat = WebwxImage.openChat(page);
  if (isFileHelper) {
    return chat && { ...chat, name: t("fileHelper") };
  }
  const characters = [...(chat?.name ?? "")];
  return chat && { ...chat, name: characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : chat.name };
}

/** Whether this chat is still the open one. @param {Chat} chat */
export const isOpen = ({ userName }) => WebwxImage.isOpenChat(userName, page);

/**
 * Has the page show a picture that was sent, of which it knows nothing yet.
 *
 * @param {import("webwx-image").SendReceipt} receipt
 * @param {Chat} chat
 */
export const showSent = (receipt, { userName }) => WebwxImage.showInPage(receipt, { to: userName, page });

/**
 * The messages that the page has loaded of a chat, oldest first.
 *
 * @param {Chat | null} chat
 * @returns {ChatMessage[]}
 */
function messagesOf(chat) {
  if (isFileHelper) {
    return WebwxImage.pageMessages(chat?.userName, page).map(({ msgId, msgType, content, createTime }) => {
      return { MsgId: msgId, MsgType: msgType, Content: content, CreateTime: createTime ?? Date.now() / 1000 };
    });
  }
  try {
    const { get } = page.angular.element(page.document).injector();
    return chat === null ? [] : Array.from(get("chatFactory").getChatMessage(chat.userName));
  } catch {
    return [];
  }
}

/** Whether the service has what the message shows. @param {ChatMessage} message */
const isThere = ({ MMStatus = SENT }) => MMStatus === SENT;

/**
 * The chat's pictures, oldest first. Those that are still being sent, and those that failed, are none yet.
 *
 * @param {Chat} chat
 * @returns {ChatMessage[]}
 */
export const pictureMessages = (chat) =>
  messagesOf(chat).filter((message) => Number(message.MsgType) === PICTURE && isThere(message));

/** Whether the message is an emoticon, whose picture has a size of its own. @param {ChatMessage} message */
export const isEmoticon = ({ MsgType }) => Number(MsgType) === EMOTICON;

/**
 * The message that an image of the page shows, if it is a picture or an emoticon: around it WeChat Web writes which one, and in its
 * address the File Transfer Helper. One that is not in the page's model any more has its id alone.
 *
 * @param {HTMLImageElement} image
 * @returns {ChatMessage | null}
 */
export function messageOf(image) {
  const { type, msgType, msgId } = isFileHelper ? addressed(image) : said(image.closest("[data-cm]")?.getAttribute("data-cm"));
  if (type !== "message" || ![PICTURE, EMOTICON].includes(Number(msgType)) || !/^\d{1,20}$/.test(msgId)) {
    return null;
  }
  const known = messagesOf(openChat()).find(({ MsgId }) => MsgId === msgId);
  const message = known ?? { MsgId: msgId, MsgType: msgType, CreateTime: Date.now() / 1000 };
  return isThere(message) ? message : null;
}

/**
 * As much of a message as the address of its picture tells.
 *
 * @param {HTMLImageElement} image
 * @returns {{ type?: string, msgType?: number, msgId: string }}
 */
function addressed(image) {
  const { search } = image.closest(".msg-item") === null ? { search: "" } : new URL(image.src, location.href);
  const [, msgId = ""] = /[?&]MsgID=(\d{1,20})(?:&|$)/.exec(search) ?? [];
  return { type: "message", msgType: /[?&]type=big(?:&|$)/.test(search) ? EMOTICON : PICTURE, msgId };
}

/**
 * @param {string | null | undefined} json
 * @returns {any}
 */
function said(json) {
  try {
    return JSON.parse(json ?? "") ?? {};
  } catch {
    return {};
  }
}

/** @type {{ key: string, client: import("webwx-image").WebWx } | undefined} */
let held;

/**
 * The library's client for the page's session; the same one as long as the session is the same, since it knows which
 * messages may be out.
 */
export function client() {
  const session = WebwxImage.sessionFromPage(page);
  const key = JSON.stringify(session);
  if (held?.key !== key) {
    held = { key, client: new WebwxImage.WebWx(session, { fetch: WebwxImage.gmFetch(request) }) };
  }
  return held.client;
}

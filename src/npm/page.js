/**
 * What the library asks of, and tells, the page of WeChat Web that it runs in: which chat is open, and that a message was
 * sent. It needs no init() and no module, so that a script in the page's own world can have it alone, as the
 * extension's bridge does. Everything of the page's is called as what it may be: missing, another thing, or hostile.
 *
 * @typedef {{ userName: string, name: string }} Chat
 * @typedef {{ MsgId?: unknown, LocalID?: unknown }} ChatMessage
 */
import { plainName } from "./name.js";
import { FILE_HELPER, MESSAGES, SERVICES, messageOf, seenOf } from "./watch.js";

/** MsgType of a picture, of an emoticon, as which a GIF goes out, and of a file (docs/protocol.md, "Send"). */
const PICTURE = 3;
const EMOTICON = 47;
const FILE = 49;

/** EmojiFlag of a GIF of one's own. */
const GIF = 2;

/** MMStatus of a message that the service has taken. Others of one's own have no id of the service's yet. */
const SENT = 2;

/** Where the File Transfer Helper shows its chat, and the pictures in it (docs/protocol.md, "File Transfer Helper"). */
const HELPER_CHAT = "#chatBody, .chat-panel__body";
const HELPER_PICTURES = ".msg-item .msg-image img";
const HELPER_NAME = "File Transfer Helper";

/** What the page makes of each type that it sends as a picture or as an emoticon. @type {Record<string, object>} */
const KINDS = {
  "image/bmp": { MsgType: PICTURE },
  "image/gif": { MsgType: EMOTICON, EmojiFlag: GIF },
  "image/jpeg": { MsgType: PICTURE },
  "image/png": { MsgType: PICTURE },
};

/** Where the page says in its document which chat it shows, before it sends anything: both have to name the receiver. */
const MARKS = ["#chatArea .title_name[data-username]", "#J_NavChatScrollBody[data-username]"];

/**
 * What a method gives; undefined if there is none, or if it throws.
 *
 * @param {any} object
 * @param {string} method
 * @param {...unknown} values
 */
export function ask(object, method, ...values) {
  try {
    return object[method](...values);
  } catch {
    return undefined;
  }
}

/**
 * One of the page's services; undefined in another page, or before this one is ready.
 *
 * @param {any} page
 * @param {string} name
 */
export function service(page, name) {
  try {
    return page.angular.element(page.document).injector().get(name);
  } catch {
    return undefined;
  }
}

/**
 * A property that holds a string; empty where there is none.
 *
 * @param {any} object
 * @param {string} key
 */
export function stringOf(object, key) {
  try {
    const value = object[key];
    return typeof value === "string" ? value : "";
  } catch {
    return "";
  }
}

/**
 * Whether this is the page of the File Transfer Helper, with its chat open: told by what it is made of, as WeChat Web is by its services.
 *
 * @param {any} page
 */
function isFileHelper(page) {
  try {
    return page.angular === undefined && page.document.querySelector(HELPER_CHAT) !== null;
  } catch {
    return false;
  }
}

/** The addresses of the pictures that the File Transfer Helper's page shows, oldest first. @param {any} page @returns {string[]} */
export function pictureUrls(page) {
  try {
    const images = Array.from(page.document.querySelectorAll(HELPER_PICTURES));
    return images.map((image) => stringOf(image, "src")).filter((url) => url.includes(SERVICES));
  } catch {
    return [];
  }
}

/** The open chat's UserName; empty while there is none. @param {unknown} page */
function currentUserName(page) {
  if (isFileHelper(page)) {
    return FILE_HELPER;
  }
  const userName = ask(service(page, "chatFactory"), "getCurrentUserName");
  return typeof userName === "string" ? userName.trim() : "";
}

/**
 * What the page has of a contact. Without the third argument it may ask the service for one that it does not have.
 *
 * @param {unknown} page
 * @param {string} userName
 */
const contactOf = (page, userName) => ask(service(page, "contactFactory"), "getContact", userName, "", true);

/**
 * @param {unknown} [page]
 * @returns {Chat | null}
 */
export function openChat(page = globalThis) {
  const userName = currentUserName(page);
  if (userName === "") {
    return null;
  }
  if (isFileHelper(page)) {
    return { userName, name: HELPER_NAME };
  }
  const contact = contactOf(page, userName);
  const names = [ask(contact, "getDisplayName"), stringOf(contact, "RemarkName"), stringOf(contact, "NickName")];
  return { userName, name: names.map(plainName).find((name) => name !== "") ?? userName };
}

/**
 * @param {string} userName
 * @param {unknown} [page]
 * @returns {boolean}
 */
export function isOpenChat(userName, page = globalThis) {
  const current = currentUserName(page);
  return current !== "" && current === userName && MARKS.every((mark) => [null, userName].includes(shownAt(page, mark)));
}

/**
 * The UserName that the page's document shows at a mark; null in an older page, which has none.
 *
 * @param {any} page
 * @param {string} mark
 * @returns {string | null}
 */
function shownAt(page, mark) {
  try {
    return page.document.querySelector(mark)?.getAttribute("data-username") ?? null;
  } catch {
    return null;
  }
}

/**
 * @param {string} [chat]
 * @param {unknown} [page]
 * @returns {import("./watch.js").PageMessage[]}
 */
export function pageMessages(chat, page = globalThis) {
  const userName = chat ?? currentUserName(page);
  return (isFileHelper(page) ? helperMessages(userName, page) : webMessages(userName, page)).slice(-MESSAGES);
}

/** Of a chat of WeChat Web: those that the page has loaded. @param {string} userName @param {unknown} page */
function webMessages(userName, page) {
  const list = ask(service(page, "chatFactory"), "getChatMessage", userName);
  if (userName === "" || !Array.isArray(list)) {
    return [];
  }
  return list.slice(-MESSAGES).flatMap((message) => {
    const told = messageOf(message);
    return told === undefined || statusOf(message) !== SENT ? [] : [told];
  });
}

/** MMStatus; received messages have none. @param {any} message */
function statusOf(message) {
  try {
    return message.MMStatus ?? SENT;
  } catch {
    return undefined;
  }
}

/** Of the File Transfer Helper: pictures that were there before anybody watched, then what came. @param {string} userName @param {unknown} page */
function helperMessages(userName, page) {
  if (userName !== FILE_HELPER) {
    return [];
  }
  const came = seenOf(page)?.messages ?? new Map();
  const shown = pictureUrls(page).flatMap((url) => {
    const [, msgId = ""] = /[?&]MsgID=(\d{1,20})(?:&|$)/i.exec(url) ?? [];
    return msgId === "" || came.has(msgId) ? [] : [msgId];
  });
  const known = [...came.values()].filter(({ from, to }) => to === FILE_HELPER || from === FILE_HELPER);
  const unknown = { msgType: PICTURE, content: "", createTime: null, from: "", to: FILE_HELPER };
  return [...[...new Set(shown)].map((msgId) => ({ msgId, ...unknown })), ...known];
}

/** A receiver, and ids of a message as the service and the sender make them. */
const RECEIVER = /^(?:@\S{1,200}|filehelper)$/;
const ID = /^\d{1,20}$/;

/**
 * @param {import("./index.js").SendReceipt} receipt
 * @param {{ to: string, page?: unknown }} options
 * @returns {boolean}
 */
export function showInPage(receipt, options) {
  try {
    // Each is read once: what is looked at is what is shown.
    const { msgId, localId, media } = receipt;
    const { mediaId } = media;
    const { to, page = globalThis } = options;
    const areStrings = [to, msgId, localId, mediaId].every((value) => typeof value === "string");
    const kind = kindOf(media);
    const isReceipt = areStrings && ID.test(msgId) && ID.test(localId) && mediaId !== "" && kind !== undefined;
    // The page would ask the service for a contact that it does not know.
    if (!isReceipt || !RECEIVER.test(to) || !contactOf(page, to)) {
      return false;
    }
    return show(page, { ...kind, ToUserName: to, MediaId: mediaId }, { MsgId: msgId, LocalID: localId });
  } catch {
    return false;
  }
}

/**
 * What the page makes of an uploaded picture or file; undefined for what is neither.
 *
 * @param {import("./index.js").UploadedMedia} media
 * @returns {object | undefined}
 */
function kindOf({ type, fileName, size }) {
  if (fileName === undefined) {
    return typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  }
  if (typeof fileName !== "string" || fileName === "" || !Number.isSafeInteger(size)) {
    return undefined;
  }
  const [, extension = ""] = /.\.([^.]*)$/s.exec(fileName) ?? [];
  // The name under which it is fetched again is its own, encoded, where the service's answer to the upload is not at hand.
  const EncryFileName = encodeURIComponent(fileName);
  return { MsgType: FILE, FileName: fileName, FileSize: size, MMFileExt: extension, EncryFileName };
}

/**
 * Adds a message to its chat as the page does with its own, but for the sending (docs/protocol.md, "Send").
 *
 * @param {any} page
 * @param {{ ToUserName: string, MediaId: string }} message
 * @param {{ MsgId: string, LocalID: string }} ids
 * @returns {boolean} whether the chat has it, be it from before
 */
function show(page, message, ids) {
  const [chats, scope] = [service(page, "chatFactory"), service(page, "$rootScope")];
  const methods = [chats.createMessage, chats.messageProcess, chats.getChatMessage, scope.$digest];
  const isThere = () => has(chats.getChatMessage(message.ToUserName), ids);
  if (methods.some((method) => typeof method !== "function")) {
    return false;
  }
  if (isThere()) {
    return true;
  }
  const made = chats.createMessage(message);
  // `sendByLocal` makes a file one that is still on its way up.
  Object.assign(made, ids, { ClientMsgId: ids.LocalID, MMStatus: SENT, sendByLocal: false });
  // What it does after it has added the message may fail; the message is there.
  ask(chats, "messageProcess", made);
  const isShown = isThere();
  if (isShown && !scope.$$phase) {
    ask(scope, "$digest");
  }
  return isShown;
}

/**
 * Whether a chat has a message already: this one, or the same as it came by sync.
 *
 * @param {ChatMessage[]} messages
 * @param {{ MsgId: string, LocalID: string }} ids
 */
function has(messages, { MsgId, LocalID }) {
  return Array.from(messages).some((message) => {
    const [msgId, localId] = [stringOf(message, "MsgId"), stringOf(message, "LocalID")];
    return msgId === MsgId || localId === LocalID;
  });
}

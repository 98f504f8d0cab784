/**
 * "Send picture to WeChat" on any picture of any page: the worker fetches it and lays it into the queue of the newest
 * tab of WeChat Web. There it waits for the user, who sees whom it would go to.
 *
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("./ledger.js").Owner} Owner
 */
import { partCount, partOf, toBase64 } from "../shared/parts.js";
import * as ledger from "./ledger.js";
import { notify } from "./notify.js";
import * as pictures from "./pictures.js";
import { fetchPicture, reach } from "./source.js";
import { showCount, tell } from "./tabs.js";

const MENU = "send-picture";

export function registerMenu() {
  chrome.runtime.onInstalled.addListener(() => {
    chrome.contextMenus.create({ id: MENU, title: chrome.i18n.getMessage("menu"), contexts: ["image"] });
  });
  chrome.contextMenus.onClicked.addListener((info, tab) => {
    if (info.menuItemId === MENU && info.srcUrl !== undefined) {
      const reached = reach(info.srcUrl, info.pageUrl);
      void offer(info.srcUrl, reached, { tab: tab?.id, frame: info.frameId });
    }
  });
}

/**
 * @param {string} url
 * @param {Promise<boolean>} reached
 * @param {{ tab: number | undefined, frame: number | undefined }} place of the picture
 */
async function offer(url, reached, place) {
  const owner = await openTab();
  if (!(await reached)) {
    return;
  }
  if (owner === null) {
    await notify("noTab");
    return;
  }
  let blob;
  try {
    blob = await fetchPicture(url, place);
  } catch {
    await notify("notFetched");
    return;
  }
  const item = newItem(url, blob);
  await ledger.add(owner, item);
  for (let index = 0; index < partCount(item.size); index += 1) {
    await pictures.put(item.id, index, await toBase64(partOf(blob, index)));
  }
  await ledger.change(owner, item.id, { state: "ready" });
  await showCount(owner.tab);
  await tell(owner.tab, "arrived");
  await notify("waits", owner.tab);
}

/** The newest tab that still has WeChat Web in it. @returns {Promise<Owner | null>} */
async function openTab() {
  for (const owner of await ledger.owners()) {
    if (await tell(owner.tab, "there?")) {
      return owner;
    }
  }
  return null;
}

/**
 * Nothing of it is known yet but its bytes: the tab's content script looks at it, and names the chat that is open.
 *
 * @param {string} url
 * @param {Blob} blob
 * @returns {Item}
 */
function newItem(url, blob) {
  const last = /^https?:/.test(url) ? new URL(url).pathname.split("/").at(-1) : "";
  return {
    id: crypto.randomUUID(),
    taker: "worker",
    state: "taking",
    name: decoded(last ?? "").slice(-100) || "image",
    type: blob.type,
    size: blob.size,
    md5: "",
    from: null,
    to: null,
    checkpoint: null,
    error: null,
    msgId: null,
  };
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

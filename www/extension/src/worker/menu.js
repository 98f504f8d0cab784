/**
 * "Send picture to WeChat" on any picture of any page: the worker fetches it and lays it into the queue of the newest
 * tab of WeChat Web, or keeps it for the next one. There it waits for the user, who sees whom it would go to.
 *
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("./ledger.js").Owner} Owner
 */
import { newItem } from "../shared/item.js";
import { partCount, partOf, toBase64 } from "../shared/parts.js";
import * as ledger from "./ledger.js";
import { notify } from "./notify.js";
import * as pictures from "./pictures.js";
import { fetchPicture, leave, reach } from "./source.js";
import { showCount, tell } from "./tabs.js";

const MENU = "send-picture";

/** The browser stops a worker that has done nothing for half a minute. */
const AWAKE_MS = 20_000;

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
  // A worker that waits for a slow host alone would be stopped half-way.
  const awake = setInterval(() => void chrome.runtime.getPlatformInfo(), AWAKE_MS);
  try {
    if (await reached) {
      await bring(url, place);
    }
  } catch {
    await notify("notFetched");
  } finally {
    clearInterval(awake);
    await leave(url);
  }
}

/**
 * @param {string} url
 * @param {{ tab: number | undefined, frame: number | undefined }} place of the picture
 */
async function bring(url, place) {
  const owner = await openTab();
  const blob = await fetchPicture(url, place);
  const tab = await store(owner, newItem({ taker: "worker", name: nameIn(url), type: blob.type, size: blob.size }), blob);
  if (tab === null) {
    await notify("keptForNext");
    return;
  }
  await showCount(tab);
  await tell(tab, "arrived");
  await notify("waits", tab);
}

/**
 * @param {Owner | null} owner null for the next tab that comes
 * @param {Item} item
 * @param {Blob} blob
 * @returns {Promise<number | null>} the tab that has it now
 */
async function store(owner, item, blob) {
  try {
    await ledger.offer(owner, item);
    for (let index = 0; index < partCount(item.size); index += 1) {
      await pictures.put(item.id, index, await toBase64(partOf(blob, index)));
    }
    return await ledger.settle(item.id, true);
  } catch (error) {
    // What is stored by half, for want of room or of its tab, is of no use.
    await Promise.allSettled([ledger.settle(item.id, false), pictures.forget(item)]);
    throw error;
  }
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

/** The last part of an address, as a name. @param {string} url */
function nameIn(url) {
  const last = /^https?:/.test(url) ? new URL(url).pathname.split("/").at(-1) : "";
  return decoded(last ?? "").slice(-100) || "image";
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

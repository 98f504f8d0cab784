/**
 * "Send picture to WeChat" on any picture of any page: the worker fetches it and lays it into the queue of the newest
 * tab of WeChat Web or of the File Transfer Helper. Without one, it is kept for the next tab. There it waits for the user, who sees whom it would go to. While tabs of both
 * are open, the menu has an entry for each: the click itself says which is meant.
 *
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("./ledger.js").Owner} Owner
 */
import { isFileHelper } from "../shared/hosts.js";
import { newItem } from "../shared/item.js";
import { partCount, partOf, toBase64 } from "../shared/parts.js";
import * as ledger from "./ledger.js";
import { notify } from "./notify.js";
import * as pictures from "./pictures.js";
import { fetchPicture, leave, reach } from "./source.js";
import { showCount, tell } from "./tabs.js";

/** The entry while there is one kind of tab, and the two while there are both: what they are called, and which tabs they mean. */
const MENU = "send-picture";
/** @type {Record<string, { title: string, means: (owner: Owner) => boolean }>} */
const ENTRIES = {
  [MENU]: { title: "menu", means: () => true },
  "send-picture-web": { title: "menuWeb", means: ({ origin }) => !isFileHelper(origin) },
  "send-picture-filehelper": { title: "menuFileHelper", means: ({ origin }) => isFileHelper(origin) },
};

/** The browser stops a worker that has done nothing for half a minute. */
const AWAKE_MS = 20_000;

export function registerMenu() {
  chrome.runtime.onInstalled.addListener(() => {
    for (const [id, { title }] of Object.entries(ENTRIES)) {
      chrome.contextMenus.create({ id, title: chrome.i18n.getMessage(title), contexts: ["image"], visible: id === MENU });
    }
  });
  chrome.contextMenus.onClicked.addListener((info, tab) => {
    const entry = ENTRIES[info.menuItemId];
    if (entry !== undefined && info.srcUrl !== undefined) {
      const reached = reach(info.srcUrl, info.pageUrl);
      void offer(info.srcUrl, reached, { tab: tab?.id, frame: info.frameId }, entry.means);
    }
  });
}

/** Lets the menu ask which is meant while tabs of both kinds are open, and not otherwise. */
export async function showMenu() {
  const owners = await ledger.owners();
  const isBoth = owners.some(({ origin }) => isFileHelper(origin)) && !owners.every(({ origin }) => isFileHelper(origin));
  const shown = Object.keys(ENTRIES).map((id) => chrome.contextMenus.update(id, { visible: isBoth !== (id === MENU) }));
  // Before the installation is through there are none yet.
  await Promise.allSettled(shown);
}

/**
 * @param {string} url
 * @param {Promise<boolean>} reached
 * @param {{ tab: number | undefined, frame: number | undefined }} place of the picture
 * @param {(owner: Owner) => boolean} isMeant
 */
async function offer(url, reached, place, isMeant) {
  // A worker that waits for a slow host alone would be stopped half-way.
  const awake = setInterval(() => void chrome.runtime.getPlatformInfo(), AWAKE_MS);
  try {
    if (await reached) {
      await bring(url, place, isMeant);
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
 * @param {(owner: Owner) => boolean} isMeant
 */
async function bring(url, place, isMeant) {
  const owner = await openTab(isMeant);
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
    // What is stored by half, for want of room or of its tab, is not needed.
    await Promise.allSettled([ledger.settle(item.id, false), pictures.forget(item)]);
    throw error;
  }
}

/** The newest tab that is meant and still has its page in it. @param {(owner: Owner) => boolean} isMeant @returns {Promise<Owner | null>} */
async function openTab(isMeant) {
  for (const owner of await ledger.owners()) {
    if (isMeant(owner) && await tell(owner.tab, "there?")) {
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

/**
 * The background worker: keeps the queues and their pictures, takes the right click, and badges the toolbar's icon. It
 * holds nothing in memory, so it can be stopped at any moment; and it never sees a session.
 *
 * @typedef {import("../types.js").Request} Request
 * @typedef {import("./ledger.js").Owner} Owner
 */
import { isWeChat } from "../shared/hosts.js";
import * as ledger from "./ledger.js";
import { registerMenu, showMenu } from "./menu.js";
import { notify, registerNotices } from "./notify.js";
import * as pictures from "./pictures.js";
import { showCount, tell } from "./tabs.js";

/**
 * Who asks. Only our own content script in the top frame of a page of WeChat Web is let in; which tab and document it
 * is in, the browser says.
 *
 * @param {chrome.runtime.MessageSender} sender
 * @returns {Owner | null}
 */
function ownerOf({ id, tab, frameId, documentId, origin }) {
  const isOurs = id === chrome.runtime.id && frameId === 0 && isWeChat(origin);
  return isOurs && tab?.id !== undefined && documentId && origin ? { tab: tab.id, document: documentId, origin } : null;
}

/** Tabs that are in the ledger and do not answer any more: closed while the worker slept, or gone to another site. */
async function goneTabs() {
  const known = (await ledger.owners()).map(({ tab }) => tab);
  const there = await Promise.all(known.map((tab) => tell(tab, "there?")));
  return known.filter((_, index) => !there[index]);
}

/**
 * @param {Owner} owner
 * @param {Request} request
 */
async function answer(owner, request) {
  switch (request.ask) {
    case "hello": {
      const { items, dropped } = await ledger.hello(owner, await goneTabs());
      await Promise.all([...dropped.map(pictures.forget), showMenu()]);
      return items;
    }
    case "items":
      return ledger.items(owner);
    case "add":
      return ledger.add(owner, request.item);
    case "change": {
      const item = await ledger.change(owner, request.id, request.patch);
      if (item.state === "sent") {
        await pictures.forget(item);
      }
      return item;
    }
    case "remove": {
      const item = await ledger.remove(owner, request.id);
      return item && pictures.forget(item);
    }
    case "move":
      return ledger.move(owner, request.id, request.before);
    case "put":
      await ledger.item(owner, request.id);
      return pictures.put(request.id, request.index, request.base64);
    case "get":
      await ledger.item(owner, request.id);
      return pictures.read(request.id, request.index);
    case "options":
      return chrome.runtime.openOptionsPage();
  }
}

chrome.runtime.onMessage.addListener((request, sender, respond) => {
  const owner = ownerOf(sender);
  if (owner === null) {
    return false;
  }
  answer(owner, request)
    .then(async (value) => {
      await showCount(owner.tab);
      respond({ value: value ?? null });
    })
    .catch((error) => respond({ refused: error.message }));
  return true;
});

chrome.tabs.onRemoved.addListener((tab) => void ledger.closed(tab).then(showMenu));

chrome.action.onClicked.addListener(async ({ id }) => {
  if (id === undefined || !(await tell(id, "toggle"))) {
    await notify("notHere");
  }
});

registerMenu();
registerNotices();

// The browser's own start wakes no worker that does not listen for it, and the last run's pictures would stay.
chrome.runtime.onStartup.addListener(() => {});

// At every start, before anything new can be under way.
void ledger.sweep().then(pictures.keepOnly).then(showMenu);

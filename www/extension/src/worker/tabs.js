/**
 * The tabs of WeChat Web.
 *
 * @typedef {import("../types.js").Notice} Notice
 */
import { openCount } from "./ledger.js";

/** A tab that the browser has frozen takes what it is told, and answers when it is looked at again. */
const PATIENCE_MS = 3000;

/**
 * Tells a tab's content script something; false if there is none, or none that hears.
 *
 * @param {number} tab
 * @param {Notice} notice
 * @returns {Promise<boolean>}
 */
export function tell(tab, notice) {
  const heard = chrome.tabs.sendMessage(tab, notice, { frameId: 0 }).then(
    (answer) => answer === true,
    () => false,
  );
  const patience = new Promise((resolve) => setTimeout(() => resolve(false), PATIENCE_MS));
  return Promise.race([heard, patience]);
}

/** Shows on the toolbar's icon how many pictures of that tab wait for the user. @param {number} tab */
export async function showCount(tab) {
  const count = await openCount(tab);
  await chrome.action.setBadgeText({ tabId: tab, text: count > 0 ? String(count) : "" }).catch(() => {});
}

/** Notifications: what came of a right click, which happens far from the panel. */

/**
 * @param {string} key of the sentence
 * @param {number} [tab] where a click leads
 */
export async function notify(key, tab) {
  await chrome.notifications.create(tab === undefined ? "" : `tab:${tab}`, {
    type: "basic",
    iconUrl: chrome.runtime.getURL("icons/128.png"),
    title: chrome.i18n.getMessage("name"),
    message: chrome.i18n.getMessage(key),
  });
}

export function registerNotices() {
  chrome.notifications.onClicked.addListener(async (id) => {
    const [, tab] = /^tab:(\d+)$/.exec(id) ?? [];
    void chrome.notifications.clear(id);
    if (tab !== undefined) {
      const { windowId } = await chrome.tabs.update(Number(tab), { active: true }) ?? {};
      await (windowId !== undefined && chrome.windows.update(windowId, { focused: true }));
    }
  });
}

/**
 * The user's settings, in chrome.storage.local: nothing else of the extension is on the disk for long.
 *
 * @typedef {import("../types.js").Settings} Settings
 */

/** @type {Settings} */
export const DEFAULTS = { concurrency: 1, pattern: "{date}_{time}_{md5}", reportForWeb: false };

export const CONCURRENCY = { least: 1, most: 4 };

/**
 * What is stored may be from another version, or from another hand.
 *
 * @param {Record<string, unknown>} stored
 * @returns {Settings}
 */
export function checked({ concurrency, pattern, reportForWeb }) {
  const chunks = Math.trunc(Number(concurrency));
  return {
    concurrency: chunks >= CONCURRENCY.least && chunks <= CONCURRENCY.most ? chunks : DEFAULTS.concurrency,
    pattern: typeof pattern === "string" && pattern.trim() !== "" ? pattern : DEFAULTS.pattern,
    reportForWeb: reportForWeb === true,
  };
}

/** @returns {Promise<Settings>} */
export async function readSettings() {
  return checked(await chrome.storage.local.get(Object.keys(DEFAULTS)));
}

/** @param {Partial<Settings>} settings */
export const writeSettings = (settings) => chrome.storage.local.set(settings);

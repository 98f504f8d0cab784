/**
 * The user's settings, in chrome.storage.local: nothing else of the extension is on the disk for long.
 *
 * @typedef {import("../types.js").Settings} Settings
 */

/** @type {Settings} */
export const DEFAULTS = {
  concurrency: 1,
  pattern: "{date}_{time}_{md5}",
  form: "original",
  side: 1920,
  strip: false,
  welcomed: false,
};

/** Chunks at once, by the speeds that the user chooses from: as the page itself, faster, fastest. */
export const SPEEDS = [1, 2, 4];

/** @type {import("../types.js").Form[]} */
export const FORMS = ["original", "compatible", "file"];

/** Pixels of the longer side that the user chooses from; 0 for no limit. */
export const SIDES = [0, 1280, 1920, 2560, 4096];

/**
 * What is stored may be from another version, or from another hand.
 *
 * @param {Record<string, unknown>} stored
 * @returns {Settings}
 */
export function checked({ concurrency, pattern, form, side, strip, welcomed }) {
  return {
    concurrency: oneOf(SPEEDS, Number(concurrency), DEFAULTS.concurrency),
    pattern: typeof pattern === "string" && pattern.trim() !== "" ? pattern : DEFAULTS.pattern,
    form: oneOf(FORMS, form, DEFAULTS.form),
    side: side === undefined ? DEFAULTS.side : oneOf(SIDES, Number(side), DEFAULTS.side),
    strip: strip === true,
    welcomed: welcomed === true,
  };
}

/**
 * @template T
 * @param {T[]} known
 * @param {unknown} value
 * @param {T} otherwise
 */
const oneOf = (known, value, otherwise) => known.find((one) => one === value) ?? otherwise;

/** @returns {Promise<Settings>} */
export async function readSettings() {
  return checked(await chrome.storage.local.get(Object.keys(DEFAULTS)));
}

/** @param {Partial<Settings>} settings */
export const writeSettings = (settings) => chrome.storage.local.set(settings);

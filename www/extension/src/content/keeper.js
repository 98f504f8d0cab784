/**
 * The worker, as the content script asks it. The browser stops the worker when it likes: a request that finds it gone
 * wakes it, and one whose answer is lost is made again, which does no harm.
 *
 * @typedef {import("../types.js").Item} Item
 * @typedef {import("../types.js").Patch} Patch
 * @typedef {import("../types.js").Request} Request
 */

const TRIES = 4;

/** The extension was updated or removed under this page, which has to be reloaded. */
export class ExtensionGone extends Error {}

export const isGone = () => !chrome.runtime?.id;

/**
 * @param {Request} request
 * @returns {Promise<any>}
 */
async function ask(request) {
  for (let attempt = 1; ; attempt += 1) {
    if (isGone()) {
      throw new ExtensionGone();
    }
    let answer;
    try {
      answer = await chrome.runtime.sendMessage(request);
    } catch (error) {
      if (attempt < TRIES && !isGone()) {
        continue;
      }
      throw isGone() ? new ExtensionGone() : error;
    }
    if (answer?.refused !== undefined) {
      throw new Error(`the worker refused: ${answer.refused}`);
    }
    // A worker that is stopped while it works leaves no answer at all.
    if (answer !== undefined && answer !== null) {
      return answer.value;
    }
    if (attempt === TRIES) {
      throw new Error("the worker gave no answer");
    }
  }
}

/** Makes this document the one that the tab's pictures belong to. @returns {Promise<Item[]>} */
export const hello = () => ask({ ask: "hello" });

/** @returns {Promise<Item[]>} */
export const items = () => ask({ ask: "items" });

/** @param {Item} item */
export const add = (item) => ask({ ask: "add", item });

/**
 * @param {string} id
 * @param {Patch} patch
 * @returns {Promise<Item>} the item as it is now
 */
export const change = (id, patch) => ask({ ask: "change", id, patch });

/** @param {string} id */
export const remove = (id) => ask({ ask: "remove", id });

/**
 * @param {string} id
 * @param {string | null} before null: behind all others
 */
export const move = (id, before) => ask({ ask: "move", id, before });

/**
 * @param {string} id
 * @param {number} index
 * @param {string} base64
 */
export const put = (id, index, base64) => ask({ ask: "put", id, index, base64 });

/**
 * @param {string} id
 * @param {number} index
 * @returns {Promise<string | null>}
 */
export const get = (id, index) => ask({ ask: "get", id, index });

export const openOptions = () => ask({ ask: "options" });

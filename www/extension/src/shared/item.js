/**
 * A picture as it begins: nothing of it is known yet but its bytes.
 *
 * @typedef {import("../types.js").Item} Item
 */

/**
 * @param {Pick<Item, "taker" | "name" | "type" | "size"> & Partial<Item>} known
 * @returns {Item}
 */
export const newItem = (known) => ({
  id: crypto.randomUUID(),
  state: "taking",
  md5: "",
  width: 0,
  height: 0,
  from: null,
  to: null,
  how: null,
  checkpoint: null,
  converted: null,
  stripped: null,
  error: null,
  msgId: null,
  ...known,
});

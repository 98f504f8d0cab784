/**
 * The bytes of waiting pictures, in the extension's own IndexedDB, which no page can open. They lie there in the parts
 * in which they come, so that storing needs no memory that would die with the worker.
 */
import { createStore, delMany, get, keys, set } from "idb-keyval";
import { fromBase64, partCount, toBase64 } from "../shared/parts.js";

/** @type {ReturnType<typeof createStore> | undefined} */
let opened;
const store = () => (opened ??= createStore("pictures", "parts"));

/**
 * @param {string} id
 * @param {number} index
 * @param {string} base64
 */
export const put = (id, index, base64) => set([id, index], fromBase64(base64), store());

/**
 * @param {string} id
 * @param {number} index
 * @returns {Promise<string | null>}
 */
export async function read(id, index) {
  const bytes = await get([id, index], store());
  return bytes === undefined ? null : toBase64(new Blob([bytes]));
}

/** @param {{ id: string, size: number }} item */
export const forget = ({ id, size }) =>
  delMany(
    Array.from({ length: partCount(size) }, (_, index) => [id, index]),
    store(),
  );

/**
 * Deletes all pictures but these: what the last run of the browser, or a stopped worker, left behind.
 *
 * @param {string[]} kept
 */
export async function keepOnly(kept) {
  const all = /** @type {[string, number][]} */ (await keys(store()));
  await delMany(
    all.filter(([id]) => !kept.includes(id)),
    store(),
  );
}

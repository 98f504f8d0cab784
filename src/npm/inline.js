/**
 * The entry with the module inside: no second file and no network, and every call works at once.
 *
 * @typedef {import("./index.js")} Contract
 */
import { embedded } from "./embedded.js";
import { initSync, load } from "./load.js";
import { onFirstUse } from "./module.js";

export * from "./api.js";
export { initSync };

onFirstUse(() => initSync(embedded()));

/** @type {Contract["default"]} */
export default function init(input) {
  return load(() => input ?? embedded());
}

/** @type {Contract["backend"]} */
export const backend = () => "wasm";

/**
 * The entry for pages, workers, extensions and bundlers: the module is a file of its own, which init() loads.
 *
 * @typedef {import("./index.js")} Contract
 */
import { load } from "./load.js";

export * from "./api.js";
export { initSync } from "./load.js";

/** @type {Contract["default"]} */
export default function init(input) {
  // Made only when it is asked for: some places where this runs have no URL of their own. In this form, bundlers find
  // the file and ship it along.
  return load(() => input ?? new URL("webwx_image_bg.wasm", import.meta.url));
}

/** @type {Contract["backend"]} */
export const backend = () => "wasm";

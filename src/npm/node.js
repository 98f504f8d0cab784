/**
 * The entry for Node. The module is read from beside this file when it is first needed, so that every call works at once.
 *
 * @typedef {import("./index.js")} Contract
 */
import { readFileSync } from "node:fs";
import { WebwxError } from "./error.js";
import { initSync, load } from "./load.js";
import { onFirstUse } from "./module.js";

export * from "./api.js";
export { initSync };

function read() {
  try {
    return readFileSync(new URL("webwx_image_bg.wasm", import.meta.url));
  } catch (cause) {
    const message = "webwx_image_bg.wasm is not beside the script: mark webwx-image as external in the bundler, or import webwx-image/inline";
    throw new WebwxError("not-initialized", message, { cause });
  }
}

onFirstUse(() => initSync(read()));

/** @type {Contract["default"]} */
export default function init(input) {
  return load(() => input ?? read());
}

/** @type {Contract["backend"]} */
export const backend = () => "wasm";

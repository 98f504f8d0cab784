/**
 * The single script, global WebwxImage: for `<script>`, a userscript's `@require`, `importScripts` and content scripts. It
 * holds both builds, and runs the JavaScript one where WebAssembly is forbidden.
 *
 * @typedef {import("./index.js")} Contract
 */
import { embedded } from "./embedded.js";
import { initSync as initWasm, isForbidden, load } from "./load.js";
import { onFirstUse } from "./module.js";
import { startScript } from "./script.js";

export * from "./api.js";

/** Known with the first use. @type {"wasm" | "js" | undefined} */
let chosen;

/** @type {Contract["backend"]} */
export function backend() {
  chosen ??= isForbidden() ? "js" : "wasm";
  return chosen;
}

onFirstUse(() => (backend() === "js" ? startScript() : initWasm(embedded())));

/** @type {Contract["default"]} */
export default async function init(input) {
  return backend() === "js" ? startScript() : load(() => input ?? embedded());
}

/** @type {Contract["initSync"]} */
export function initSync(input) {
  return backend() === "js" ? startScript() : initWasm(input);
}

/**
 * The entry for Node. The module is read from beside this file and started at import, so every call works at once.
 *
 * @typedef {import("./index.js")} Contract
 */
import { readFileSync } from "node:fs";
import { instantiate } from "./module.js";

export * from "./api.js";

// Node's fetch keeps no cookies: the module has to send the session's own.
instantiate(new WebAssembly.Module(readFileSync(new URL("webwx_image_bg.wasm", import.meta.url))), false);

/** There is nothing left to load; here for code that runs in pages as well. @type {Contract["default"]} */
export default async function init() {}

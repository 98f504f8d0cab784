/**
 * The entry without WebAssembly, for pages whose policy forbids it. There is nothing to load: every call works at once.
 *
 * @typedef {import("./index.js")} Contract
 */
import { onFirstUse } from "./module.js";
import { startScript } from "./script.js";

export * from "./api.js";

onFirstUse(startScript);

/** @type {Contract["default"]} */
export default async function init() {
  startScript();
}

/** @type {Contract["initSync"]} */
export const initSync = startScript;

/** @type {Contract["backend"]} */
export const backend = () => "js";

/**
 * The JavaScript build's engine: the same module, translated to JavaScript, for pages that forbid WebAssembly.
 */
import { instantiate } from "./core.js";
import { start } from "./module.js";
import { Trap } from "./trap.js";

class Module {}

class Instance {
  /**
   * @param {Module} _module there is only one
   * @param {object} imports
   */
  constructor(_module, imports) {
    this.exports = instantiate(imports);
  }
}

export function startScript() {
  start({ Module, Instance, RuntimeError: Trap }, new Module());
}

/**
 * What runs the module: the platform's WebAssembly, or what the JavaScript build has in its place (script.js). The build
 * makes the glue use this one instead of the global.
 *
 * @typedef {{
 *   Module: new (module: never) => object,
 *   Instance: new (module: never, imports: never) => { exports: object },
 *   RuntimeError: new () => Error,
 * }} Engine
 */

/** Undefined until the module is started. @type {Engine} */
export let engine;

/** @param {Engine} chosen */
export function runOn(chosen) {
  engine = chosen;
}

/**
 * A 64-bit integer that the module hands out: WebAssembly gives a bigint, and JavaScript has two halves of it.
 *
 * @param {bigint | number} low
 * @param {number} high
 */
export function int64(low, high) {
  return typeof low === "bigint" ? low : (BigInt(high) << 32n) | BigInt(low >>> 0);
}

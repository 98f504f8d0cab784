/** The module as JavaScript: wasm2js makes core.js. Each call gives an instance with a memory of its own. */
export function instantiate(imports: object): object;

/**
 * From what init() may be given to a compiled module.
 *
 * @typedef {import("./index.js").InitInput} InitInput
 */
import { WebwxError } from "./error.js";
import { isLoaded, start } from "./module.js";

/**
 * The load that is under way. A second init() waits for it; one that failed leaves no trace, so the next tries again.
 *
 * @type {Promise<void> | undefined}
 */
let loading;

/**
 * @param {() => InitInput | PromiseLike<InitInput>} input asked for only when there is something to load
 * @returns {Promise<void>}
 */
export function load(input) {
  if (isLoaded()) {
    return Promise.resolve();
  }
  loading ??= compile(input)
    .then(instantiate)
    .finally(() => {
      loading = undefined;
    });
  return loading;
}

/**
 * @param {BufferSource | WebAssembly.Module} input
 * @returns {void}
 */
export function initSync(input) {
  if (isLoaded()) {
    return;
  }
  if (input instanceof WebAssembly.Module) {
    return instantiate(input);
  }
  const bytes = toBytes(input);
  if (bytes === undefined) {
    throw new WebwxError("invalid-input", "initSync: expected the module's bytes or a WebAssembly.Module");
  }
  let module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch (cause) {
    throw notCompiled("initSync: the bytes", "invalid-input", cause);
  }
  instantiate(module);
}

/**
 * Throws invalid-input for a module that is another one.
 *
 * @param {WebAssembly.Module} module
 */
function instantiate(module) {
  try {
    // Looked at first: the glue would keep a module without them as its own.
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === "parseMessage")) {
      throw new TypeError("the exports are missing");
    }
    start(WebAssembly, module);
  } catch (cause) {
    throw new WebwxError("invalid-input", "init: not the WebAssembly module of this version of webwx-image", { cause });
  }
}

/**
 * What init() was given, once it is there: a fetch of the caller's may fail, and a page at a blob: or data: URL has no
 * place beside it where the module could lie.
 *
 * @param {() => InitInput | PromiseLike<InitInput>} input
 */
async function asked(input) {
  try {
    return await input();
  } catch (cause) {
    if (WebwxError.is(cause)) {
      throw cause;
    }
    const message = "init: could not load the WebAssembly module; pass its bytes, or a URL that can be fetched";
    throw new WebwxError("network", message, { retryable: true, cause });
  }
}

/** @param {() => InitInput | PromiseLike<InitInput>} input */
async function compile(input) {
  const given = await asked(input);
  if (given instanceof WebAssembly.Module) {
    return given;
  }
  const bytes = toBytes(given);
  if (bytes !== undefined) {
    return WebAssembly.compile(bytes).catch((cause) => {
      throw notCompiled("init: the bytes", "invalid-input", cause);
    });
  }
  if (isResponse(given)) {
    return compileResponse(given, given.url);
  }
  if (!(typeof given === "string" || given instanceof URL || given instanceof Request)) {
    throw new WebwxError("invalid-input", "init: expected a URL, Response, bytes or WebAssembly.Module");
  }
  const url = given instanceof Request ? given.url : String(given);
  const response = await fetch(given).catch((cause) => {
    const message = `init: no response from ${url}; in Node, or for a file: URL, pass the module's bytes`;
    throw new WebwxError("network", message, { retryable: true, cause });
  });
  return compileResponse(response, url);
}

/**
 * @param {Response} response
 * @param {string} url
 */
async function compileResponse(response, url) {
  const place = `init: the response from ${url || "the given Response"}`;
  if (!response.ok) {
    const { status } = response;
    // The rule of src/error.rs, which is not loaded yet; tests/node/load.test.mjs compares them.
    const retryable = status >= 500 || status === 408 || status === 429;
    throw new WebwxError("http-status", `${place} has status ${status}`, { status, retryable });
  }
  try {
    // Compiling while it comes in is refused for any other type, which many servers give; the bytes are the same.
    if (response.headers.get("content-type") === "application/wasm" && response instanceof Response) {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (cause) {
    if (cause instanceof WebAssembly.CompileError) {
      throw notCompiled(place, "malformed-response", cause);
    }
    throw new WebwxError("network", `${place} was interrupted`, { retryable: true, cause });
  }
}

/** The shortest module there is: it compiles wherever any does. */
const NOTHING = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/**
 * Whether this place has no WebAssembly, by its Content-Security-Policy above all. The browser's own error says so in
 * some places only, so it is tried.
 */
export function isForbidden() {
  try {
    return !new WebAssembly.Module(new Uint8Array(NOTHING));
  } catch {
    return true;
  }
}

/**
 * Tells a broken module from a page that allows none.
 *
 * @param {string} what
 * @param {import("./index.js").ErrorCode} code
 * @param {unknown} cause
 */
function notCompiled(what, code, cause) {
  if (isForbidden()) {
    const message = "init: the Content-Security-Policy here forbids WebAssembly; allow 'wasm-unsafe-eval' in script-src, or import webwx-image/js";
    return new WebwxError("not-initialized", message, { cause });
  }
  return new WebwxError(code, `${what} could not be compiled: not a WebAssembly module, or truncated`, { cause });
}

/**
 * The value as one of the two forms of bytes that every engine compiles, or undefined if it holds none.
 *
 * @param {unknown} value
 */
function toBytes(value) {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = /** @type {ArrayBufferView<ArrayBuffer>} */ (value);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  // By its name, so that a buffer of another realm counts.
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]" ? /** @type {ArrayBuffer} */ (value) : undefined;
}

/**
 * Also of another realm, or made by a library.
 *
 * @param {unknown} value
 * @returns {value is Response}
 */
function isResponse(value) {
  return typeof value === "object" && value !== null && "arrayBuffer" in value && "headers" in value && "ok" in value;
}

/**
 * From what init() may be given to a compiled module.
 *
 * @typedef {import("./index.js").InitInput} InitInput
 */
import { WebwxError } from "./error.js";
import { instantiate, isLoaded } from "./module.js";

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
    .then((module) => instantiate(module))
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
    throw new WebwxError("invalid-input", "initSync: give it the module's bytes or a WebAssembly.Module");
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
 * What init() was given, once it is there: a fetch of the caller's may fail, and a page at a blob: or data: URL has no
 * place beside it where the module could lie.
 *
 * @param {() => InitInput | PromiseLike<InitInput>} input
 */
async function asked(input) {
  try {
    return await input();
  } catch (cause) {
    const message = "init: what it was to load cannot be had; give it the module's bytes, or a URL that can be fetched";
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
    throw new WebwxError("invalid-input", "init: give it the module's URL, Response, bytes or WebAssembly.Module");
  }
  const url = given instanceof Request ? given.url : String(given);
  const response = await fetch(given).catch((cause) => {
    const message = `init: no answer from ${url}; in Node, or from a file: URL, give init() the module's bytes`;
    throw new WebwxError("network", message, { retryable: true, cause });
  });
  return compileResponse(response, url);
}

/**
 * @param {Response} response
 * @param {string} url
 */
async function compileResponse(response, url) {
  const place = `init: the answer from ${url || "the given Response"}`;
  if (!response.ok) {
    const { status } = response;
    throw new WebwxError("http-status", `${place} has status ${status}`, { status, retryable: status >= 500 });
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
    throw new WebwxError("network", `${place} broke off`, { retryable: true, cause });
  }
}

/** The shortest module there is: it compiles wherever any does. */
const NOTHING = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/**
 * Tells a broken module from a page that allows none: the browser's own error says so in some places only.
 *
 * @param {string} what
 * @param {import("./index.js").ErrorCode} code
 * @param {unknown} cause
 */
function notCompiled(what, code, cause) {
  try {
    new WebAssembly.Module(NOTHING);
  } catch {
    const message = "init: the Content-Security-Policy here forbids WebAssembly; allow 'wasm-unsafe-eval' in script-src";
    return new WebwxError("not-initialized", message, { cause });
  }
  return new WebwxError(code, `${what} cannot be compiled: not a WebAssembly module, or cut off`, { cause });
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

/**
 * The running module: how it is started, called by name, and started afresh. Everything that api.js offers goes through
 * `call`, `promise` and `Handle`, so that a call before init() has an answer, and a bug in the module ends one call and
 * not the page's use of the package.
 */
import * as wasm from "./webwx_image.js";
import { enter, isTrap, onStop, stop } from "./door.js";
import { WebwxError } from "./error.js";

/** How the running module is set up; the same again after it had to be started afresh. */
let setUp = () => {};

/** Counts the module's starts: 0 before init(), and a new number after each time it stopped. */
let generation = 0;

/** The promises that the module still owes: what rejects each, and the call's name. @type {Map<(error: unknown) => void, string>} */
const owed = new Map();

export function isLoaded() {
  return generation > 0;
}

/**
 * Starts the module, once. Throws invalid-input for a module that is another one.
 *
 * @param {WebAssembly.Module} module
 * @param {boolean} [cookieJar] whether the platform's fetch keeps cookies, as a browser does
 */
export function instantiate(module, cookieJar = true) {
  if (isLoaded()) {
    return;
  }
  try {
    // Looked at first: the glue would keep a module without them as its own.
    if (!WebAssembly.Module.exports(module).some(({ name }) => name === "parseMessage")) {
      throw new TypeError("it has none of the exports");
    }
    wasm.initSync({ module });
  } catch (cause) {
    throw new WebwxError("invalid-input", "init: this is not the module of webwx-image in this version", { cause });
  }
  setUp = () => wasm.setCookieJar(cookieJar);
  setUp();
  generation = 1;
}

/**
 * Calls into the module.
 *
 * @template T
 * @param {string} name the call as the user wrote it, for messages
 * @param {() => T} use
 * @returns {T}
 */
export function call(name, use) {
  if (!isLoaded()) {
    throw new WebwxError("not-initialized", `${name}: the module is not loaded, call init() first`);
  }
  try {
    return enter(use);
  } catch (error) {
    if (isTrap(error)) {
      throw stopped(name, error);
    }
    if (error instanceof TypeError) {
      // An argument of a type that the boundary does not take.
      throw new WebwxError("invalid-input", `${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/**
 * The same for calls that answer with a promise: all that goes wrong rejects.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} use
 * @returns {Promise<T>}
 */
export function promise(name, use) {
  return new Promise((resolve, reject) => {
    const settle = call(name, use);
    owed.set(reject, name);
    settle
      .then(resolve, (error) => {
        if (!isTrap(error)) {
          reject(error);
          return;
        }
        // The module trapped while it made the promise, which took that for its failure.
        stop(error);
        reject(stopped(name, error));
      })
      .finally(() => owed.delete(reject));
  });
}

/**
 * An object that lives in the module. It outlives the module's stop: the next use makes it anew.
 *
 * @template {{ free(): void }} T
 */
export class Handle {
  #name;
  #make;
  #generation;
  /** @type {T | null} */
  #object;

  /**
   * @param {string} name of its class, for messages
   * @param {() => T} make
   */
  constructor(name, make) {
    this.#name = name;
    this.#make = make;
    this.#object = call(`new ${name}`, make);
    // Afterwards: the call may have put a fresh module in a stopped one's place.
    this.#generation = generation;
  }

  get() {
    if (this.#object === null) {
      throw new WebwxError("invalid-input", `${this.#name}: it was freed and cannot be used any more`);
    }
    if (this.#generation !== generation) {
      this.#object = this.#make();
      this.#generation = generation;
    }
    return this.#object;
  }

  free() {
    enter(() => {
      // What a stopped module held is gone with it.
      if (this.#generation === generation) {
        this.#object?.free();
      }
    });
    this.#object = null;
  }
}

/**
 * The name of the method that `using` calls. Where the language has none yet, it is `free`, which does the same.
 *
 * @type {typeof Symbol.dispose}
 */
export const dispose = Symbol.dispose ?? "free";

/**
 * @param {string} name
 * @param {unknown} cause
 */
function stopped(name, cause) {
  const message = `${name}: a bug in webwx-image stopped the module; it was started afresh and can be used again`;
  return new WebwxError("internal", message, { cause });
}

onStop((trap) => {
  wasm.__wbg_reset_state();
  generation += 1;
  setUp();
  // Nobody waits for the stopped module's answers.
  const waiting = [...owed];
  owed.clear();
  for (const [reject, name] of waiting) {
    reject(stopped(name, trap));
  }
});

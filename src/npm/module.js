/**
 * The running module: how it is started, called by name, and restarted. Everything that api.js offers goes through
 * `call`, `promise` and `Handle`, so that a call before init() has an answer, and a bug in the module ends one call and
 * not the page's use of the package.
 */
import * as wasm from "./webwx_image.js";
import { enter, isFatal, isTrap, onStop, stop, watch } from "./door.js";
import { runOn } from "./engine.js";
import { WebwxError } from "./error.js";

/** Counts the module's starts: 0 before init(), and a new number after each time it stopped. */
let generation = 0;

/**
 * What the module keeps of a call outside its own memory, where a stop does not reach it.
 *
 * @typedef {{ checkpoint?: import("./index.js").Checkpoint, mayHaveArrived?: boolean }} Kept
 */

/** The promises that the module still owes: what rejects each, the call's name, and what is kept of it. @type {Map<(error: unknown) => void, { name: string, kept: Kept }>} */
const owed = new Map();

export function isLoaded() {
  return generation > 0;
}

/** What starts the module when it is needed and nobody called init(). Most places have to wait for init(). */
let startNow = () => {};

/** @param {() => void} handler */
export function onFirstUse(handler) {
  startNow = handler;
}

/**
 * Starts the module, once.
 *
 * @param {import("./engine.js").Engine} engine
 * @param {object} module of that engine
 */
export function start(engine, module) {
  if (isLoaded()) {
    return;
  }
  runOn(engine);
  wasm.initSync({ module: /** @type {WebAssembly.Module} */ (module) });
  setUp();
  generation = 1;
}

/** How the running module is set up; the same again after it had to be restarted. */
function setUp() {
  wasm.setCookieJar(keepsCookies());
}

/** A fetch that lets a script write the Cookie header, as Node's does, keeps no cookies itself. */
function keepsCookies() {
  return !new Request("https://localhost/", { headers: { cookie: "a=b" } }).headers.has("cookie");
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
    startNow();
  }
  if (!isLoaded()) {
    throw new WebwxError("not-initialized", `${name}: the module is not loaded, call init() first`);
  }
  try {
    return enter(use);
  } catch (error) {
    if (isFatal(error)) {
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
 * @param {(kept: Kept) => Promise<T>} use
 * @returns {Promise<T>}
 */
export function promise(name, use) {
  return new Promise((resolve, reject) => {
    /** @type {Kept} */
    const kept = {};
    watch();
    const settle = (/** @type {() => void} */ how) => {
      how();
      owed.delete(reject);
    };
    try {
      // Listened to inside: if the stack ends there, it is a stop of the module, and no job goes on unheard.
      call(name, () => {
        // Not before: a fresh start that this call makes rejects what the stopped module owed.
        owed.set(reject, { name, kept });
        use(kept).then(
          (value) => settle(() => resolve(value)),
          (error) => {
            if (!isTrap(error)) {
              settle(() => reject(error));
              return;
            }
            // The module trapped while it made the promise, which took that for its failure.
            stop(error);
            settle(() => reject(stopped(name, error, kept)));
          },
        );
      });
    } catch (error) {
      owed.delete(reject);
      throw error;
    }
  });
}

/**
 * An object that lives in the module. It outlives the module's stop: the next use makes it again.
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
      throw new WebwxError("invalid-input", `${this.#name}: used after free()`);
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
 * @param {Kept} [kept] of the call
 */
function stopped(name, cause, kept) {
  const message = `${name}: a bug in webwx-image stopped the module; it was restarted and can be used again`;
  return new WebwxError("internal", message, { ...kept, cause });
}

onStop((trap) => {
  // First, and whatever comes of the fresh start: nobody waits for the stopped module's answers.
  for (const [reject, { name, kept }] of owed) {
    reject(stopped(name, trap, kept));
    // Only now: at the end of the stack, either may fail, and then the next retry rejects the rest.
    owed.delete(reject);
  }
  wasm.__wbg_reset_state();
  generation += 1;
  setUp();
});

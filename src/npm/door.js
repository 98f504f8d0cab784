/**
 * The door into the module: every call goes through it, ours by `enter`, and by `reenter` those of the closures that
 * the module gave to promises, events and microtasks (the build makes the glue use it).
 *
 * It knows when the module trapped, which is how WebAssembly ends after a panic or the end of its memory. What such a
 * module has in its memory cannot be trusted: nothing more is asked of it, and before the next call a fresh one takes
 * its place. That waits until no frame of the stopped one is on the stack.
 */
import { engine } from "./engine.js";

/** What stopped the module; null while it is well. @type {unknown} */
let trap = null;

/** How many calls into the module are on the stack: its callbacks may call again. */
let depth = 0;

/** @type {(trap: unknown) => void} */
let startAfresh;

/** @param {(trap: unknown) => void} handler puts a fresh module in the place of the stopped one */
export function onStop(handler) {
  startAfresh = handler;
}

/** @param {unknown} error */
export function isTrap(error) {
  return error instanceof engine.RuntimeError;
}

/**
 * Whether what a call threw has left the module in the middle of its work: a trap, the end of the stack (which Firefox
 * calls an InternalError), or a memory that cannot be had.
 *
 * @param {unknown} error
 */
export function isFatal(error) {
  return isTrap(error) || error instanceof RangeError || (error instanceof Error && error.name === "InternalError");
}

/**
 * @template T
 * @param {() => T} use
 * @returns {T}
 */
export function enter(use) {
  if (trap !== null) {
    if (depth > 0) {
      throw trap;
    }
    recover();
  }
  depth += 1;
  try {
    return use();
  } catch (error) {
    const before = trap;
    // Assumed first: at the end of the stack, the question may not return.
    trap = error;
    if (isFatal(error)) {
      recoverSoon();
    } else {
      trap = before;
    }
    throw error;
  } finally {
    depth -= 1;
  }
}

/**
 * @template T
 * @param {() => T} use
 * @returns {T | undefined}
 */
export function reenter(use) {
  if (trap !== null) {
    // An event for a stopped module. Every job under way waits for one, so this comes even where stop() could not schedule anything.
    recoverSoon();
    return undefined;
  }
  try {
    return enter(use);
  } catch (error) {
    // Whatever escapes here has left the module in the middle of its work, as a trap does: what was under way never
    // ends, and what it borrowed stays borrowed. With nobody above it, it would be the page's uncaught error, and in
    // Node the end of the process. Those who wait for the module are told by the handler.
    if (trap === null) {
      stop(error);
    }
    if (depth === 0) {
      return undefined;
    }
    throw error;
  }
}

/** @param {unknown} error the trap */
export function stop(error) {
  trap = error;
  recoverSoon();
}

/**
 * Starts a fresh module in a microtask, if this one is stopped by then: pending promises are rejected even if no further call is made.
 * Called before a promise is made, since at the end of the stack nothing can be scheduled any more. Throws there.
 */
export function watch() {
  Promise.resolve()
    .then(recover)
    // There may be no memory for a fresh start now. The next call or event tries again.
    .catch(() => {});
}

function recoverSoon() {
  try {
    watch();
  } catch {
    // The end of the stack. What watches a promise does it, or the next call or event.
  }
}

function recover() {
  if (trap !== null) {
    startAfresh(trap);
    // Only now: at the end of the stack, the start can fail as well.
    trap = null;
  }
}

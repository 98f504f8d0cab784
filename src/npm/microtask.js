/**
 * The module runs its asynchronous work in microtasks. The glue takes `queueMicrotask` from here instead of from the
 * global scope, so that a trap in one of them is answered, and does not end up as the page's uncaught error (in Node:
 * as the end of the process).
 */

/** @type {(error: unknown) => void} */
let answer = (error) => {
  throw error;
};

/** @param {(error: unknown) => void} handler gets what a task threw; what it throws itself is uncaught as ever */
export function onTrap(handler) {
  answer = handler;
}

/** @param {() => void} task */
export function queueMicrotask(task) {
  globalThis.queueMicrotask(() => {
    try {
      task();
    } catch (error) {
      answer(error);
    }
  });
}

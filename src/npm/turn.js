/**
 * Turns for the page: while the module hashes, timers, frames, input and aborts run in between.
 *
 * A turn is a task of its own, and no timer, which hidden pages slow down: setImmediate in Node, where an open port would
 * keep the process alive, and a message elsewhere. The continuation of scheduler.yield() would run before timers that are due.
 */

/** Milliseconds of work after which a turn is due. */
const SPAN = 16;
/** Bytes of work, likewise: some browsers round the clock to 100 ms. */
const MOST = 2 ** 24;

// The platform's own, whatever a test puts in their place later.
const { setImmediate, setTimeout, MessageChannel } = globalThis;

/** When the last turn was, and the bytes since. */
let since = 0;
let bytes = 0;

/** Those who wait for a turn; each gets one. @type {(() => void)[]} */
const waiting = [];

/** What is sent here comes back as a task. @type {MessagePort | undefined} */
let port;

function run() {
  since = performance.now();
  bytes = 0;
  waiting.shift()?.();
}

function post() {
  if (setImmediate) {
    setImmediate(run);
  } else if (MessageChannel) {
    if (port === undefined) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = run;
      port = port2;
    }
    port.postMessage(null);
  } else {
    setTimeout(run);
  }
}

/**
 * A promise for the next turn, if one is due; for work that was cut into steps.
 *
 * @param {number} length bytes of the last step
 * @returns {Promise<void> | undefined}
 */
export function turn(length) {
  bytes += length;
  // A clock may be set back: a test's was in its place before.
  if (bytes < MOST && Math.abs(performance.now() - since) < SPAN) {
    return undefined;
  }
  return new Promise((resolve) => {
    waiting.push(resolve);
    post();
  });
}

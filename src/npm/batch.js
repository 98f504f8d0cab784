/**
 * sendImages as an async iterator. The order of it all is the core's (src/job/batch.rs); this gives it the caller's list,
 * and the caller its outcomes.
 *
 * @typedef {import("./index.js").BytesSource} BytesSource
 * @typedef {import("./index.js").SendOutcome} SendOutcome
 * @typedef {import("./index.js").SendReceipt} SendReceipt
 * @typedef {import("./index.js").SendItem} SendItem
 * @typedef {import("./index.js").Checkpoint} Checkpoint
 * @typedef {import("./index.js").BatchOptions} Options
 * @typedef {(index: number, receipt?: SendReceipt, error?: WebwxError) => Promise<void>} Deliver
 */
import { WebwxError } from "./error.js";
import { check as checkOptions } from "./options.js";

/**
 * @param {(next: () => SendItem | undefined, deliver: Deliver, options: Options) => Promise<unknown>} run
 * @param {Iterable<BytesSource | SendItem>} sources
 * @param {Options} options
 * @returns {AsyncGenerator<SendOutcome, void, undefined>}
 */
export async function* sendInTurn(run, sources, options = {}) {
  const { signal, onProgress } = check(sources, options);
  signal?.throwIfAborted();
  const leaving = new AbortController();
  const leave = () => leaving.abort(signal?.reason);
  signal?.addEventListener("abort", leave);
  const list = sources[Symbol.iterator]();

  /** Hands an outcome over, or the end. @type {(outcome: SendOutcome | Promise<never> | undefined) => void} */
  let hand = () => {};
  /** @type {() => void} */
  let take = () => {};
  /** @type {Promise<SendOutcome | undefined>} */
  let handed = new Promise((resolve) => (hand = resolve));

  /** @type {Deliver} */
  const deliver = (index, receipt, error) => {
    hand(error === undefined ? { index, status: "sent", receipt: /** @type {SendReceipt} */ (receipt) } : { index, status: "failed", error });
    return new Promise((resolve) => (take = resolve));
  };
  let listed = 0;
  const count = lengthOf(sources);
  const next = () => {
    const { done, value } = list.next();
    if (done) {
      return undefined;
    }
    listed += 1;
    return item(value);
  };
  /** @type {Options} */
  const own = { ...options, signal: leaving.signal };
  if (onProgress) {
    own.onProgress = (progress) => onProgress({ ...progress, listed, count });
  }

  try {
    run(next, deliver, own).then(
      () => hand(undefined),
      (error) => hand(Promise.reject(error)),
    );
    for (;;) {
      const outcome = await handed;
      signal?.throwIfAborted();
      if (outcome === undefined) {
        return;
      }
      handed = new Promise((resolve) => (hand = resolve));
      yield outcome;
      take();
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    leaving.abort();
    // What it rejects with is ignored.
    handed.catch(() => {});
    // The caller's iterator is closed too, whatever it holds open.
    list.return?.();
  }
}

/**
 * How many images a list has; null where it does not say.
 *
 * @param {object} sources
 */
function lengthOf(sources) {
  const { length, size } = /** @type {{ length?: unknown, size?: unknown }} */ (sources);
  const count = length ?? size;
  return typeof count === "number" ? count : null;
}

/**
 * A source with what the list says of it.
 *
 * @param {BytesSource | SendItem} value
 * @returns {SendItem}
 */
function item(value) {
  if (typeof value !== "object" || value === null || !("source" in value)) {
    return { source: value };
  }
  checkOptions("WebWx.sendImages, an item", value);
  return { ...value };
}

/**
 * What no machine can judge: whether the list is one. The rest is checked where a single picture's options are.
 *
 * @param {Iterable<BytesSource | SendItem>} sources
 * @param {Options} options
 */
function check(sources, options) {
  const invalid = (/** @type {string} */ message) => new WebwxError("invalid-input", `WebWx.sendImages: ${message}`);
  if (typeof sources?.[Symbol.iterator] !== "function" || typeof sources === "string") {
    throw invalid("expected an iterable of images");
  }
  if (options.signal != null && typeof options.signal.addEventListener !== "function") {
    throw invalid("signal: expected an AbortSignal");
  }
  for (const name of /** @type {const} */ (["onProgress", "onCheckpoint"])) {
    if (options[name] != null && typeof options[name] !== "function") {
      throw invalid(`${name}: expected a function`);
    }
  }
  checkOptions("WebWx.sendImages", options);
  return options;
}

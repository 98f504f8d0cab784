/**
 * Many pictures, one after another: while one is being sent, the next is hashed and uploaded. Never more than two are
 * in work.
 *
 * @typedef {import("./index.js").WebWx} WebWx
 * @typedef {import("./index.js").BytesSource} BytesSource
 * @typedef {import("./index.js").Checkpoint} Checkpoint
 * @typedef {import("./index.js").Progress} Progress
 * @typedef {import("./index.js").SendOutcome} SendOutcome
 * @typedef {Parameters<WebWx["sendImages"]>[1]} Options
 */
import { WebwxError } from "./error.js";

/**
 * @param {Pick<WebWx, "upload" | "send">} client
 * @param {Iterable<BytesSource>} sources
 * @param {Options} options
 * @returns {AsyncGenerator<SendOutcome, void, undefined>}
 */
export async function* sendInTurn(client, sources, options) {
  const { signal, to } = check(sources, options);
  const leaving = new AbortController();
  const leave = () => leaving.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", leave);

  const queue = numbered(sources);
  const begin = () => {
    let next;
    try {
      next = queue.next();
    } catch (thrown) {
      // The list is the caller's: what it throws ends the batch, when the pictures that it gave before are through.
      return { thrown };
    }
    if (next.done) {
      return undefined;
    }
    const { index, source } = next.value;
    return upload(client, source, index, { ...options, signal: leaving.signal });
  };

  try {
    for (let current = begin(); current !== undefined; ) {
      if ("thrown" in current) {
        throw current.thrown;
      }
      const { index } = current;
      const uploaded = await current.media;
      signal?.throwIfAborted();
      if ("error" in uploaded) {
        yield failed(index, uploaded.error);
        if (endsBatch(uploaded.error)) {
          return yield* rest(queue, uploaded.error);
        }
        current = begin();
        continue;
      }
      const following = begin();
      const { heard } = current;
      const sent = await settled(client.send(uploaded.value, { to, signal: leaving.signal, ...heard }));
      signal?.throwIfAborted();
      if ("value" in sent) {
        yield { index, status: "sent", receipt: sent.value };
      } else {
        if (endsBatch(sent.error)) {
          // First: while the caller looks at the outcome, nothing more is to be asked.
          leaving.abort();
        }
        yield failed(index, sent.error);
        if (endsBatch(sent.error)) {
          if (following !== undefined && "index" in following) {
            yield failed(following.index, notTried(sent.error, following.reached));
          }
          return yield* rest(queue, sent.error);
        }
      }
      current = following;
    }
  } finally {
    signal?.removeEventListener("abort", leave);
    leaving.abort();
    // The caller's iterator is closed too, whatever it holds open.
    queue.return(undefined);
  }
}

/**
 * @param {Iterable<BytesSource>} sources
 * @param {Options} options
 */
function check(sources, options) {
  const invalid = (/** @type {string} */ message) => new WebwxError("invalid-input", `WebWx.sendImages: ${message}`);
  if (typeof sources?.[Symbol.iterator] !== "function" || typeof sources === "string") {
    throw invalid("pass a list of pictures, or something else that can be iterated");
  }
  if (typeof options?.to !== "string") {
    throw invalid("`to` is missing");
  }
  if (options.signal != null && typeof options.signal.addEventListener !== "function") {
    throw invalid("signal must be an AbortSignal");
  }
  for (const name of /** @type {const} */ (["onProgress", "onCheckpoint"])) {
    if (options[name] != null && typeof options[name] !== "function") {
      throw invalid(`${name} must be a function`);
    }
  }
  return options;
}

/**
 * Begins the upload of one picture of the list. Its callbacks say which it is, and how far it got stays known after an abort.
 *
 * @param {Pick<WebWx, "upload">} client
 * @param {BytesSource} source
 * @param {number} index
 * @param {Options} options
 */
function upload(client, source, index, options) {
  const { onProgress } = options;
  // Only where somebody listens: an upload without a listener needs no question by the browser.
  const heard = onProgress && { onProgress: (/** @type {Progress} */ progress) => onProgress({ ...progress, index }) };
  /** @type {{ checkpoint?: Checkpoint }} */
  const reached = {};
  const onCheckpoint = (/** @type {Checkpoint} */ checkpoint) => {
    reached.checkpoint = checkpoint;
    options.onCheckpoint?.(checkpoint);
  };
  return { index, heard, reached, media: settled(client.upload(source, { ...options, ...heard, onCheckpoint })) };
}

/** @param {Iterable<BytesSource>} sources */
function* numbered(sources) {
  let index = 0;
  for (const source of sources) {
    yield { index, source };
    index += 1;
  }
}

/**
 * Once the service says "too often", or the session is gone, every further try makes it worse.
 *
 * @param {WebwxError} error
 */
function endsBatch(error) {
  return error.code === "rate-limited" || error.code === "session-lost" || error.code === "account-barred";
}

/**
 * What is left, reported and not tried.
 *
 * @param {Iterable<{ index: number }>} queue
 * @param {WebwxError} error
 */
function* rest(queue, error) {
  for (const { index } of queue) {
    yield failed(index, notTried(error));
  }
}

/**
 * The batch's end as the error of a picture behind it: with a checkpoint of its own or none, and nothing of it is out.
 *
 * @param {import("./index.js").WebwxError} end
 * @param {{ checkpoint?: Checkpoint }} [reached]
 */
function notTried(end, reached) {
  const { checkpoint, mayHaveArrived, ...facts } = end;
  const message = `WebWx.sendImages: not sent, since the batch ended before: ${end.message}`;
  return new WebwxError(end.code, message, { ...facts, ...reached, cause: end });
}

/**
 * @param {number} index
 * @param {WebwxError} error
 * @returns {SendOutcome}
 */
function failed(index, error) {
  return { index, status: "failed", error };
}

/**
 * A promise's end as a value, so that a job that is not waited for yet is never an unhandled rejection.
 *
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<{ value: T } | { error: WebwxError }>}
 */
function settled(promise) {
  return promise.then(
    (value) => ({ value }),
    (error) => ({ error }),
  );
}

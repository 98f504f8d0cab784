/**
 * The one error of the package. The Rust side makes it too, so it stands alone and imports nothing.
 */

/** The optional facts, in the order in which they are shown. */
const DETAILS = /** @type {const} */ (["ret", "status", "retryAfter", "checkpoint", "mayHaveArrived", "cause"]);

/** @implements {Contract} */
export class WebwxError extends Error {
  /** @override */
  static name = "WebwxError";

  /**
   * On the prototype, as the language's own errors have it: engines look there for the first line of `stack`.
   *
   * @override
   */
  get name() {
    return /** @type {const} */ ("WebwxError");
  }

  /**
   * @param {import("./index.js").ErrorCode} code
   * @param {string} message
   * @param {Partial<Pick<Contract, "retryable" | "endsBatch" | "ret" | "status" | "retryAfter" | "checkpoint" | "mayHaveArrived" | "cause">>} [details]
   */
  constructor(code, message, details = {}) {
    super(message);
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.endsBatch = details.endsBatch ?? false;
    // Printed where it is true.
    Object.defineProperty(this, "endsBatch", { enumerable: this.endsBatch });
    for (const key of DETAILS) {
      if (details[key] !== undefined) {
        // `cause` is hidden, as the language has it; the rest is to be seen when an error is printed.
        Object.defineProperty(this, key, {
          value: details[key],
          enumerable: key !== "cause",
          configurable: true,
          writable: true,
        });
      }
    }
  }

  /**
   * Goes by what the value says of itself: a page and a content script, or two copies of the package, each have a
   * WebwxError class of their own.
   *
   * @param {unknown} value
   * @returns {value is Contract}
   */
  static is(value) {
    if (typeof value !== "object" || value === null) {
      return false;
    }
    const { name, code, retryable } = /** @type {Record<string, unknown>} */ (value);
    return name === "WebwxError" && typeof code === "string" && typeof retryable === "boolean";
  }
}

/**
 * What a value is as a string; a URL has nothing else.
 *
 * @param {unknown} value
 */
function textOf(value) {
  try {
    return String(value);
  } catch {
    return "";
  }
}

/** Most values of a cause that are searched; one with more is not kept. */
const MOST_SEARCHED = 500;

/**
 * What the platform or a caller's fetch threw, if it quotes nothing of the request; else an Error of the same name that says so. Some
 * errors have a request's URL, headers or body in their message or in a property.
 *
 * @param {unknown} cause
 * @param {string} said what the request says: its query, credentials and body
 * @returns {unknown}
 */
export function withoutQuotes(cause, said) {
  // Everything that is as long as a session's values, the shortest of which has 16 characters. A quote may be truncated.
  const starts = (said.match(/[\w@%+/.-]{16,}/g) ?? []).map((word) => word.slice(0, 12));
  const needles = new Set([...starts, ...starts.map(encodeURIComponent)]);
  const seen = new Set();

  /** @param {unknown} value @returns {boolean} */
  const quotes = (value) => {
    if (typeof value === "string") {
      return [...needles].some((needle) => value.includes(needle));
    }
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) {
      return false;
    }
    seen.add(value);
    return (
      seen.size > MOST_SEARCHED ||
      quotes(/** @type {Error} */ (value).stack) ||
      quotes(textOf(value)) ||
      Reflect.ownKeys(value).some((key) => quotes(key) || quotes(Reflect.get(value, key)))
    );
  };

  let name = "Error";
  try {
    if (!quotes(cause)) {
      return cause;
    }
    name = cause instanceof Error && !quotes(cause.name) ? cause.name : name;
  } catch {
    // It cannot be searched: one of its getters threw.
  }
  const clean = new Error("message not shown: it quotes the request");
  clean.name = name;
  return clean;
}

/** @typedef {import("./index.js").WebwxError} Contract */

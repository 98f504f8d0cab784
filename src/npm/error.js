/**
 * The one error of the package. The Rust side makes it too, so it stands alone and imports nothing.
 */

/** The optional facts, in the order in which they are shown. */
const DETAILS = /** @type {const} */ (["ret", "status", "checkpoint", "mayHaveArrived", "cause"]);

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
   * @param {Partial<Pick<Contract, "retryable" | "endsBatch" | "ret" | "status" | "checkpoint" | "mayHaveArrived" | "cause">>} [details]
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

/** @typedef {import("./index.js").WebwxError} Contract */

/**
 * The names of all options, by call. What a call does not know is refused: a misspelt option would be ignored, and its
 * default taken. tests/types/options.ts holds the names against index.d.ts.
 */
import { WebwxError } from "./error.js";

const job = /** @type {const} */ (["signal", "onProgress"]);
const bounds = /** @type {const} */ (["maxBytes", "totalTimeout"]);
const requests = /** @type {const} */ (["fetch", "retry", "timeout"]);
const list = /** @type {const} */ ([...job, "to", "onCheckpoint", "convert", "decode"]);
const file = /** @type {const} */ ([...job, "to", "onCheckpoint", "name", "resume"]);
const upload = /** @type {const} */ ([...list, "name", "resume"]);

export const OPTIONS = /** @type {const} */ ({
  md5: job,
  "new WebWx": [
    ...requests,
    "chunkSize",
    "concurrency",
    "uploadType",
    "reportForWeb",
    "allowedOrigins",
    "now",
    "random",
  ],
  "WebWx.sendImage": upload,
  "WebWx.sendFile": file,
  "WebWx.sendImages": [...list, "pictures", "minInterval", "afterTooOften"],
  "WebWx.sendImages, an item": ["source", "name", "resume"],
  "WebWx.upload": upload,
  "WebWx.send": [...job, "to"],
  "WebWx.forward": ["signal", "to"],
  "WebWx.download": [...job, ...bounds, "size", "expect"],
  "new Gateway": [...requests, "form", "authorization", "origin", "fileBase", "newerBody", "allowPrivateHosts"],
  "Gateway.getMsgImg": ["signal"],
  "Gateway.download": [...job, ...bounds],
  retry: ["limit", "delay", "maxDelay"],
});

/**
 * Throws invalid-input for an option that the call does not know. One that is undefined is as good as absent.
 *
 * @param {keyof typeof OPTIONS} name of the call
 * @param {unknown} options
 */
export function check(name, options) {
  /** @type {readonly string[]} */
  const known = OPTIONS[name];
  const unknown = keysOf(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const [nearest = ""] = [...known].sort((a, b) => likeness(unknown, b) - likeness(unknown, a));
    const hint = likeness(unknown, nearest) < 0.25 ? `known are ${known.join(", ")}` : `did you mean "${nearest}"?`;
    throw new WebwxError("invalid-input", `${name}: unknown option ${JSON.stringify(unknown)}; ${hint}`);
  }
}

/**
 * The names of the object's own values. What throws when it is read is reported where it is used.
 *
 * @param {any} options
 */
function keysOf(options) {
  try {
    return Object.keys(options).filter((key) => options[key] !== undefined).map((key) => key.slice(0, 40));
  } catch {
    return [];
  }
}

/**
 * How many pairs of letters two words share, in any case: 0 to 1.
 *
 * @param {string} one
 * @param {string} other
 */
function likeness(one, other) {
  const [a, b] = [pairs(one), pairs(other)];
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
}

/** @param {string} word */
const pairs = (word) => new Set([...word.toLowerCase()].map((letter, at, all) => letter + (all[at + 1] ?? "")));

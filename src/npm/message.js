/**
 * The object of a message, out of the flat list of numbers that src/message/tape.rs writes and describes. The Rust side calls it.
 */
const NONE = 2 ** 32 - 1;
const BESIDE = 2 ** 31;
const KINDS = /** @type {const} */ (["image", "emoji", "opaque", "other", "text"]);

/**
 * @param {Uint32Array} words a view of the module's memory: read before this returns
 * @param {string} content as the caller gave it
 * @param {string | undefined} text what the offsets are of, where that is not the content
 * @param {string} beside the strings that are not in it
 * @returns {object}
 */
export function messageOf(words, content, text = content, beside) {
  let at = 0;
  const string = () => {
    const start = words[at];
    const end = words[at + 1];
    at += 2;
    return start < BESIDE ? text.slice(start, end) : start === NONE ? null : beside.slice(start - BESIDE, end);
  };
  const number = () => {
    const low = words[at];
    const high = words[at + 1];
    at += 2;
    return high === 0 ? low : high === NONE ? null : high * 2 ** 32 + low;
  };
  const variant = () =>
    words[at++] === 0
      ? null
      : { cdnUrl: string(), aesKey: string(), length: number(), width: number(), height: number() };
  const list = () => {
    const strings = [];
    for (let left = words[at++]; left > 0; left -= 1) {
      strings.push(/** @type {string} */ (string()));
    }
    return strings;
  };
  /** The warnings come before them. */
  const attributes = () => {
    /** @type {Record<string, string>} */
    const object = {};
    for (let left = words[at++]; left > 0; left -= 1) {
      const key = /** @type {string} */ (string());
      const value = /** @type {string} */ (string());
      if (key === "__proto__") {
        // By assignment, it would set the object's prototype or nothing.
        Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
      } else {
        object[key] = value;
      }
    }
    return object;
  };

  // Literals of one shape each: an engine makes them much faster than objects that grow. Members are read in the order of the words.
  const kind = KINDS[words[at++]];
  const sender = string();
  const inner = string();
  if (kind === "image") {
    const md5 = string();
    const aesKey = string();
    const encryVer = number();
    const thumbnail = variant();
    const normal = variant();
    const hd = variant();
    const warnings = list();
    return { kind, md5, aesKey, encryVer, thumbnail, normal, hd, attributes: attributes(), sender, content: inner, warnings };
  }
  if (kind === "emoji") {
    const md5 = string();
    const length = number();
    const width = number();
    const height = number();
    const cdnUrl = string();
    const warnings = list();
    return { kind, md5, length, width, height, cdnUrl, attributes: attributes(), sender, content: inner, warnings };
  }
  if (kind === "other") {
    return { kind, element: string(), sender, content: inner, warnings: list() };
  }
  return { kind, sender, content: inner, warnings: list() };
}

/** File names of saved originals, made from the user's pattern. */

/** The words of a pattern. What is in braces and no word stays as it is. */
export const WORDS = /** @type {const} */ (["date", "time", "md5", "chat", "id"]);

/** Names that Windows keeps for its devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Characters that one of the systems does not take in a name, and those that cannot be seen. */
const FORBIDDEN = /[\\/:*?"<>|~\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;

/** Letters of a name without its extension: enough for every word, and below every system's limit in any script. */
const LONGEST = 80;

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * @param {string} pattern
 * @param {{ createTime: number, md5: string, chat: string, msgId: string, extension: string }} facts
 */
export function fileName(pattern, { createTime, md5, chat, msgId, extension }) {
  const when = new Date(createTime * 1000);
  /** @type {Record<(typeof WORDS)[number], string> & Record<string, string>} */
  const words = {
    date: [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join("-"),
    time: [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join("-"),
    md5,
    chat: tidy(chat),
    id: msgId,
  };
  const value = (/** @type {string} */ word) => (Object.hasOwn(words, word) ? words[word] : undefined);
  const filled = pattern.replace(/\{(\w+)\}/g, (whole, word) => value(word) ?? whole);
  const tidied = [...tidy(filled)].slice(0, LONGEST).join("").trim();
  const name = tidied === "" || RESERVED.test(tidied) ? `picture_${md5}` : tidied;
  return `${name}.${extension}`;
}

/**
 * A dot at the begin would hide the file, one at the end is dropped by Windows.
 *
 * @param {string} text
 */
const tidy = (text) => text.replace(FORBIDDEN, "_").replace(/\s+/g, " ").replace(/^[. ]+|[. ]+$/g, "");

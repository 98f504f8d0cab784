/**
 * Texts of the module's memory. A message is some fifty short ones, and for each of them the platform's decoder takes longer to
 * be called than to decode.
 */

/** Bytes from which on the decoder is the faster one. */
const LONG = 20;

/**
 * The text of these bytes if it is short and plain ASCII.
 *
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} length
 */
export function shortText(bytes, start, length) {
  if (length >= LONG) {
    return;
  }
  let text = "";
  for (let at = start; at < start + length; at += 1) {
    if (bytes[at] > 0x7f) {
      return;
    }
    text += String.fromCharCode(bytes[at]);
  }
  return text;
}

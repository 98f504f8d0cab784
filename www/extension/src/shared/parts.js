/**
 * Pictures on their way between the content script and the worker. Messages there are JSON, so bytes go as base64, in
 * parts that are small enough for the worker to be stopped and woken between any two.
 */

/** Bytes of one part. */
export const PART = 1024 * 1024;

/** @param {number} size */
export const partCount = (size) => Math.ceil(size / PART);

/**
 * @param {Blob} blob
 * @param {number} index
 */
export const partOf = (blob, index) => blob.slice(index * PART, (index + 1) * PART);

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
export function toBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const url = String(reader.result);
      resolve(url.slice(url.indexOf(",") + 1));
    };
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** @param {string} base64 */
export const fromBase64 = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/**
 * The cipher of the CDN as streams. Blocks are independent in it, so that a stream holds less than two of them and all its
 * state is here: it goes on where the module was started afresh. Where the platform has the cipher, which is Node, that does
 * the work; src/cdn.rs reads the key, and does the end, which has the padding.
 */
import * as wasm from "./webwx_image.js";
import { WebwxError } from "./error.js";
import { call } from "./module.js";

const BLOCK = 16;

/** Bytes that are in the module at once. */
const PIECE = 2 ** 17;

/**
 * @param {"encryptCdnStream" | "decryptCdnStream"} name
 * @param {string} aesKey
 * @returns {TransformStream<BufferSource, Uint8Array<ArrayBuffer>>}
 */
export function cdnStream(name, aesKey) {
  const encrypts = name === "encryptCdnStream";
  if (typeof TransformStream !== "function") {
    throw new WebwxError("invalid-input", `${name}: this platform has no TransformStream`);
  }
  const key = call(name, () => wasm.cdnKey(aesKey));
  const blocks = platformCipher(key, encrypts) ?? moduleCipher(name, aesKey, encrypts);
  /** What does not fill a block yet or, decrypted, may be the last one. */
  let held = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const bytes = bytesOf(name, chunk);
      const length = held.length + bytes.length;
      const whole = encrypts ? length - (length % BLOCK) : Math.max(0, Math.ceil(length / BLOCK) - 1) * BLOCK;
      if (whole === 0) {
        held = joined(held, bytes);
        return;
      }
      // The first block may lie on both sides; the others are taken where they are.
      const first = held.length === 0 ? 0 : BLOCK - held.length;
      if (held.length > 0) {
        controller.enqueue(blocks(joined(held, bytes.subarray(0, first))));
      }
      const end = whole - held.length;
      for (let at = first; at < end; at += PIECE) {
        controller.enqueue(blocks(bytes.subarray(at, Math.min(end, at + PIECE))));
      }
      held = bytes.slice(end);
    },
    flush(controller) {
      const end = call(name, () =>
        encrypts ? wasm.encryptCdnImage(held, aesKey) : wasm.decryptCdnImage(held, aesKey),
      );
      if (end.length > 0) {
        controller.enqueue(/** @type {Uint8Array<ArrayBuffer>} */ (end));
      }
    },
  });
}

/**
 * Node's own cipher.
 *
 * @param {Uint8Array} key
 * @param {boolean} encrypts
 * @returns {((bytes: Uint8Array) => Uint8Array<ArrayBuffer>) | undefined}
 */
function platformCipher(key, encrypts) {
  try {
    const crypto = /** @type {any} */ (globalThis).process.getBuiltinModule("node:crypto");
    const cipher = encrypts
      ? crypto.createCipheriv("aes-128-ecb", key, null)
      : crypto.createDecipheriv("aes-128-ecb", key, null);
    cipher.setAutoPadding(false);
    return (bytes) => {
      const { buffer, byteOffset, length } = cipher.update(bytes);
      return new Uint8Array(buffer, byteOffset, length);
    };
  } catch {
    return undefined;
  }
}

/**
 * @param {string} name of the call
 * @param {string} aesKey
 * @param {boolean} encrypts
 * @returns {(bytes: Uint8Array) => Uint8Array<ArrayBuffer>}
 */
const moduleCipher = (name, aesKey, encrypts) => (bytes) =>
  /** @type {Uint8Array<ArrayBuffer>} */ (call(name, () => wasm.cdnBlocks(bytes, aesKey, encrypts)));

/**
 * @param {string} name of the call
 * @param {BufferSource} chunk
 */
function bytesOf(name, chunk) {
  try {
    if (ArrayBuffer.isView(chunk)) {
      return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    }
    // Of any realm.
    if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(chunk))) {
      return new Uint8Array(chunk);
    }
  } catch {
    // What says that it is a buffer, and is none.
  }
  throw new WebwxError("invalid-input", `${name}: expected chunks that are an ArrayBuffer or a view of one`);
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function joined(one, other) {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}

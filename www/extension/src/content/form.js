/**
 * What is made of a picture before it is sent, as the user wants it: nothing, something smaller, or the same without
 * what stands beside its pixels.
 *
 * @typedef {import("../types.js").How} How
 * @typedef {import("../types.js").Item} Item
 * @typedef {{ picture: Blob, stripped: Item["stripped"] }} Formed
 */
import { Refusal } from "./queue.js";

/** Of a JPEG that is made smaller. */
const QUALITY = 0.9;

/** Types that go out as pictures as they are; all others are drawn again, and have nothing beside their pixels then. */
const TAKEN = ["image/jpeg", "image/png", "image/gif", "image/bmp"];

/** Bytes of a JPEG for each pixel, where nothing better is known; and at most. */
const BYTES_PER_PIXEL = 0.25;

/**
 * @param {Blob} picture
 * @param {Item} item
 * @param {How} how
 * @returns {Promise<Formed>} the same Blob where nothing is to be done
 */
export async function formed(picture, item, { form, side, strip }) {
  const made = form === "compatible" && isLarger(item, side) ? await smaller(picture, side) : picture;
  if (!strip || made !== picture || (form !== "file" && !TAKEN.includes(item.type))) {
    return { picture: made, stripped: null };
  }
  try {
    const { blob, removed, hadLocation } = await WebwxImage.stripMetadata(picture);
    const bytes = removed.reduce((sum, { bytes }) => sum + bytes, 0);
    return bytes === 0 ? { picture, stripped: null } : { picture: blob, stripped: { bytes, location: hadLocation } };
  } catch (error) {
    // Sent as a file, it would say what the user wants to be silent about.
    throw WebwxImage.WebwxError.is(error) && error.code === "invalid-input" ? new Refusal("cannot-strip", item.name) : error;
  }
}

/**
 * Whether it is drawn again for its size alone. Animations are left as they are.
 *
 * @param {Item} item
 * @param {number} side
 */
function isLarger({ type, width, height }, side) {
  return side > 0 && type !== "image/gif" && Math.max(width, height) > side;
}

/**
 * @param {Blob} picture
 * @param {number} side
 */
async function smaller(picture, side) {
  const { width, height, hasAlpha } = await WebwxImage.inspectImage(picture);
  const share = side / Math.max(width ?? side, height ?? side);
  const [resizeWidth, resizeHeight] = [width, height].map((pixels) => Math.max(1, Math.round((pixels ?? 0) * share)));
  const size = /** @type {{ resizeWidth: number, resizeHeight: number }} */ ({ resizeWidth, resizeHeight });
  try {
    const bitmap = await createImageBitmap(picture, { imageOrientation: "from-image", resizeQuality: "high", ...size });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return await canvas.convertToBlob(hasAlpha === false ? { type: "image/jpeg", quality: QUALITY } : { type: "image/png" });
  } catch {
    // What cannot be decoded here goes the library's way, which says so.
    return picture;
  }
}

/**
 * About how many bytes will go out.
 *
 * @param {Item} item
 * @param {How} how
 */
export function estimated(item, { form, side }) {
  const { size, type, width, height } = item;
  const pixels = width * height;
  const isDrawn = form !== "file" && (!TAKEN.includes(type) || (form === "compatible" && isLarger(item, side)));
  if (!isDrawn || pixels === 0) {
    return size;
  }
  const share = isLarger(item, side) && form === "compatible" ? (side / Math.max(width, height)) ** 2 : 1;
  const each = type === "image/jpeg" ? Math.min(size / pixels, BYTES_PER_PIXEL) : BYTES_PER_PIXEL;
  return Math.round(pixels * share * (type === "image/png" ? size / pixels : each));
}

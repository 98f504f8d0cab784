/** Pictures to send: the project's own, and some that are made up byte by byte. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { projectPath } from "./standin.mjs";

const own = (name) => readFile(projectPath(`www/pictures/${name}`));

/** One chunk. */
export const small = await own("small.png");
/** Three chunks. */
export const sample = await own("sample.jpg");
/** One chunk, sent as an emoticon. */
export const moving = await own("moving.gif");

export const CHUNK = 524_288;

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

/** The bytes of each chunk. */
export const chunksOf = (bytes) =>
  Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, chunk) =>
    bytes.subarray(chunk * CHUNK, (chunk + 1) * CHUNK),
  );

/** The picture with zeros behind it: as long as is wanted, and still a picture. */
export function padded(picture, size) {
  const bytes = Buffer.alloc(size);
  picture.copy(bytes);
  return bytes;
}

/** The head of a JPEG of 640 by 480 pixels, with so many bytes of metadata before its dimensions. */
export function jpeg(metadata = 0) {
  const segments = [];
  for (let left = metadata; left > 0; left -= 65_537) {
    const segment = Buffer.alloc(Math.max(4, Math.min(left, 65_537)));
    segment.writeUInt16BE(0xffe1, 0);
    segment.writeUInt16BE(segment.length - 2, 2);
    segments.push(segment);
  }
  const dimensions = Buffer.from("ffc0001108" + "01e0" + "0280" + "03012200021101031101", "hex");
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, dimensions, Buffer.from([0xff, 0xd9])]);
}

/** The head of a BMP of 7 by 5 pixels. */
export function bmp() {
  const bytes = Buffer.alloc(54);
  bytes.write("BM");
  bytes.writeUInt32LE(54, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(7, 18);
  bytes.writeInt32LE(5, 22);
  return bytes;
}

/** The head of a lossless WebP of 7 by 5 pixels. */
export function webp() {
  const bytes = Buffer.alloc(32);
  bytes.write("RIFF");
  bytes.writeUInt32LE(24, 4);
  bytes.write("WEBPVP8L", 8);
  bytes.writeUInt32LE(12, 16);
  bytes.writeUInt8(0x2f, 20);
  bytes.writeUInt32LE((7 - 1) | ((5 - 1) << 14), 21);
  return bytes;
}

/** A box of an AVIF or HEIC. */
function box(name, ...contents) {
  const content = Buffer.concat(contents);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + content.length);
  head.write(name, 4);
  return Buffer.concat([head, content]);
}

/** An AVIF of 7 by 5 pixels that is shown turned, `gap` bytes behind its beginning, with a larger item that is not the primary one. */
export function avif(gap = 0) {
  const size = (width, height) => {
    const content = Buffer.alloc(12);
    content.writeUInt32BE(width, 4);
    content.writeUInt32BE(height, 8);
    return box("ispe", content);
  };
  const properties = box("ipco", size(65_536, 65_536), size(7, 5), box("irot", Buffer.of(3)));
  // Item 1 has the first property, and item 2 the others.
  const associations = box("ipma", Buffer.of(0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 1, 0, 2, 2, 2, 0x83));
  const items = [box("pitm", Buffer.of(0, 0, 0, 0, 0, 2)), box("iprp", properties, associations)];
  const pixels = box("mdat", Buffer.alloc(gap));
  return Buffer.concat([box("ftyp", Buffer.from("avif\0\0\0\0mif1")), pixels, box("meta", Buffer.alloc(4), ...items)]);
}

/** Writers for the two small formats: just enough of PNG and GIF to store what make.mjs draws. */

import { crc32, deflateSync } from "node:zlib";

function pngChunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** A true-colour PNG with transparency from RGBA bytes. */
export function png(width, height, rgba) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  // Every row begins with its filter; 0 is none.
  const rows = Buffer.alloc(height * (width * 4 + 1));
  for (let y = 0; y < height; y += 1) {
    rows.set(rgba.subarray(y * width * 4, (y + 1) * width * 4), y * (width * 4 + 1) + 1);
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", header),
    pngChunk("IDAT", deflateSync(rows, { level: 9 })),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** LZW as GIF has it: codes grow from `bits` + 1 up to 12 bits, lowest bit first. */
function lzw(indices, bits) {
  const clear = 1 << bits;
  const bytes = [];
  let pending = 0;
  let filled = 0;
  let width = bits + 1;
  let next = clear + 2;
  let table = new Map();
  const emit = (code) => {
    pending |= code << filled;
    filled += width;
    while (filled >= 8) {
      bytes.push(pending & 255);
      pending >>>= 8;
      filled -= 8;
    }
  };
  emit(clear);
  let prefix = indices[0];
  for (const index of indices.subarray(1)) {
    const key = (prefix << 8) | index;
    const known = table.get(key);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    emit(prefix);
    if (next === 4096) {
      emit(clear);
      table = new Map();
      next = clear + 2;
      width = bits + 1;
    } else {
      if (next === 1 << width) {
        width += 1;
      }
      table.set(key, next);
      next += 1;
    }
    prefix = index;
  }
  emit(prefix);
  // The reader has learned one code more by now, and may expect the last one wider.
  if (next === 1 << width && width < 12) {
    width += 1;
  }
  emit(clear + 1);
  if (filled > 0) {
    bytes.push(pending & 255);
  }
  return bytes;
}

const short = (value) => [value & 255, value >> 8];

/** A GIF that loops for ever. `palette` holds 2 ** bits colours; `frames` are bytes of colour indices. */
export function gif(width, height, palette, bits, frames, hundredths) {
  const bytes = [
    ...Buffer.from("GIF89a"),
    ...short(width),
    ...short(height),
    0x80 | (bits - 1),
    0,
    0,
    ...palette.flat(),
  ];
  bytes.push(0x21, 0xff, 11, ...Buffer.from("NETSCAPE2.0"), 3, 1, 0, 0, 0);
  for (const frame of frames) {
    bytes.push(0x21, 0xf9, 4, 0, ...short(hundredths), 0, 0);
    bytes.push(0x2c, 0, 0, 0, 0, ...short(width), ...short(height), 0, bits);
    const data = lzw(frame, bits);
    for (let start = 0; start < data.length; start += 255) {
      const block = data.slice(start, start + 255);
      bytes.push(block.length, ...block);
    }
    bytes.push(0);
  }
  bytes.push(0x3b);
  return Buffer.from(bytes);
}

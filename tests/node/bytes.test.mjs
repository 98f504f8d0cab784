/** Base64 and data: URLs, and what a picture's first bytes say. */
import assert from "node:assert/strict";
import { randomFillSync } from "node:crypto";
import { test } from "node:test";
import { fromBase64, inspectImage, toBase64, toDataUrl } from "webwx-image";

import { avif, bmp, jpeg, moving, sample, small, webp } from "./pictures.mjs";

const KIB = 1024;
const bytesOf = (text) => new TextEncoder().encode(text);

test("base64 both ways is what Node makes of it", async () => {
  for (let size = 0; size < 70; size += 1) {
    const bytes = randomFillSync(new Uint8Array(size));
    const text = Buffer.from(bytes).toString("base64");
    assert.equal(await toBase64(bytes), text);
    assert.equal(await toBase64(new Blob([bytes])), text);
    for (const form of [text, text.replaceAll("=", ""), Buffer.from(bytes).toString("base64url")]) {
      assert.deepEqual(fromBase64(form), bytes, form);
    }
    const padded = text.replaceAll("+", "-").replaceAll("/", "_");
    assert.deepEqual(fromBase64(padded), bytes, padded);
  }
});

test("what is decoded is a Uint8Array of its own", () => {
  for (const broken of ["AQ\r\nID", " AQID\n", "AQ ID"]) {
    assert.deepEqual([...fromBase64(broken)], [1, 2, 3], "MIME breaks lines");
  }
  const bytes = fromBase64("AQID");
  assert.equal(bytes.constructor, Uint8Array);
  assert.deepEqual([bytes.byteOffset, bytes.buffer.byteLength], [0, 3]);
  fromBase64("BBBBBBBB");
  assert.deepEqual([...bytes], [1, 2, 3]);
});

test("what is not base64 is invalid-input", () => {
  for (const text of [
    "A",
    "A===",
    "AQ=I",
    "====",
    "A-+A",
    "A_/A",
    "AR==",
    "AQ=",
    "é",
    "data:,",
    "\0\0\0\0",
  ]) {
    assert.throws(
      () => fromBase64(text),
      {
        code: "invalid-input",
        message: "fromBase64: expected base64 of the standard or URL-safe alphabet",
      },
      JSON.stringify(text),
    );
  }
  for (const value of [undefined, null, 7, {}, new Uint8Array(3)]) {
    assert.throws(() => fromBase64(value), { code: "invalid-input", message: /^fromBase64: expected a string/ });
  }
});

test("a data: URL has the source's own type, or that of its bytes", async () => {
  const base64 = small.toString("base64");
  const rows = [
    [small, `data:image/png;base64,${base64}`],
    [new Blob([small]), `data:image/png;base64,${base64}`],
    [new Blob([small], { type: "image/x-special" }), `data:image/x-special;base64,${base64}`],
    [bytesOf("hello"), "data:application/octet-stream;base64,aGVsbG8="],
    [new Uint8Array(), "data:application/octet-stream;base64,"],
    ["data:text/plain,hello", "data:text/plain;base64,aGVsbG8="],
  ];
  for (const [source, url] of rows) {
    assert.equal(await toDataUrl(source), url);
  }
  assert.equal(await toDataUrl(await toDataUrl(sample)), `data:image/jpeg;base64,${sample.toString("base64")}`);
});

test("a picture's type and dimensions are read from its bytes", async () => {
  const rows = {
    "image/png": [small, "png", 48, 32, { hasAlpha: true }],
    "image/jpeg": [sample, "jpg", 2400, 1600],
    "image/gif": [moving, "gif", moving.readUInt16LE(6), moving.readUInt16LE(8), { isAnimated: true }],
    "image/bmp": [bmp(), "bmp", 7, 5],
    "image/webp": [webp(), "webp", 7, 5],
    "image/avif": [avif(), "avif", 5, 7, { orientation: 6 }],
  };
  const rest = { orientation: 1, hasAlpha: false, isAnimated: false, warnings: [] };
  for (const [type, [bytes, extension, width, height, more]] of Object.entries(rows)) {
    for (const source of [bytes, new Blob([bytes]), new File([bytes], "wrong.txt", { type: "text/plain" })]) {
      const info = await inspectImage(source);
      assert.deepEqual(info, { type, extension, width, height, ...rest, ...more, size: bytes.length });
    }
  }
});

test("what stands far behind the beginning is read there, and a size that is nowhere is null", async () => {
  const { blob, count } = counting(avif(20_000 * KIB));
  const { width, height } = await inspectImage(blob);
  assert.deepEqual([width, height], [5, 7]);
  assert.ok(count.bytes < 17 * KIB, `${count.bytes} bytes`);
  const unknown = avif();
  unknown.write("none", unknown.indexOf("pitm"));
  const info = await inspectImage(unknown);
  assert.deepEqual([info.type, info.width, info.height], ["image/avif", null, null]);
  assert.deepEqual(info.warnings, ["width and height were not found"]);
});

/** A Blob that counts the bytes that are sliced out of it. */
function counting(bytes) {
  const blob = new Blob([bytes]);
  const count = { bytes: 0 };
  blob.slice = (start, end, ...type) => {
    const slice = Blob.prototype.slice.call(blob, start, end, ...type);
    count.bytes += slice.size;
    return slice;
  };
  blob.arrayBuffer = () => assert.fail("it was read whole");
  blob.stream = blob.arrayBuffer;
  blob.text = blob.arrayBuffer;
  return { blob, count };
}

test("only the head of a Blob is read", async () => {
  const { blob, count } = counting(sample);
  assert.equal((await inspectImage(blob)).width, 2400);
  assert.ok(count.bytes > 0 && count.bytes <= 16 * KIB, `${count.bytes} bytes`);
});

test("dimensions behind much metadata are found, without reading the whole", async () => {
  for (const metadata of [63 * KIB, 65 * KIB, 900 * KIB, 3000 * KIB]) {
    // A piece of 16 KiB for each segment, of which there are 64 KiB at most, for the frame and for the first bytes.
    const most = 16 * KIB * (Math.ceil(metadata / (60 * KIB)) + 2);
    const picture = Buffer.concat([jpeg(metadata), Buffer.alloc(5000 * KIB)]);
    const { blob, count } = counting(picture);
    const info = await inspectImage(blob);
    assert.deepEqual([info.type, info.width, info.height, info.size], ["image/jpeg", 640, 480, picture.length]);
    assert.ok(count.bytes <= most, `${count.bytes} bytes for ${metadata} of metadata`);
  }
});

test("what is no picture is told from what is a broken one, and from nothing", async () => {
  const none = "inspectImage: expected JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF or HEIC, got something else";
  const broken = (type) => `inspectImage: starts like ${type}, but its header is invalid or truncated`;
  const page = "<!doctype html><title> 502  Bad Gateway </title><p>nginx";
  const noSize = Buffer.from(small);
  noSize.writeUInt32BE(0, 16);
  const rows = [
    [new Uint8Array(), "empty-image", "inspectImage: expected an image, got 0 bytes"],
    [new Blob([]), "empty-image", "inspectImage: expected an image, got 0 bytes"],
    [bytesOf("hello, world"), "not-an-image", none],
    [new Uint8Array(100_000), "not-an-image", none],
    [new Uint8Array(1), "not-an-image", none],
    [bytesOf("%PDF-1.7\n%....................."), "not-an-image", none],
    [bytesOf(page), "not-an-image", 'inspectImage: expected an image, got an HTML page: "502 Bad Gateway"'],
    [small.subarray(0, 20), "not-an-image", broken("image/png")],
    [noSize, "not-an-image", broken("image/png")],
    [jpeg(2000).subarray(0, 1000), "not-an-image", broken("image/jpeg")],
    [sample.subarray(0, 20), "not-an-image", broken("image/jpeg")],
    [bmp().subarray(0, 20), "not-an-image", broken("image/bmp")],
  ];
  for (const [source, code, message] of rows) {
    await assert.rejects(inspectImage(source), { name: "WebwxError", code, message });
  }
});

test("more bytes than a text can hold are refused, and stop nothing", async () => {
  const wrong = { code: "invalid-input", message: "expected less than 384 MiB" };
  const bytes = new Uint8Array(384 * 1024 * 1024);
  await assert.rejects(toBase64(bytes), wrong);
  bytes.set([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0]);
  await assert.rejects(toDataUrl(bytes), wrong);
  assert.equal(await toBase64(new Uint8Array(3)), "AAAA");
});

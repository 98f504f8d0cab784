/** stripMetadata: the same image without what stands beside its pixels, from every kind of source. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inspectImage, stripMetadata } from "webwx-image";

import { small } from "./pictures.mjs";

const corpus = new URL("../fuzz/corpus/strip_metadata/", import.meta.url);
const read = (name) => readFile(new URL(name, corpus));
const bytesOf = async (blob) => Buffer.from(await blob.arrayBuffer());

test("an image loses its metadata, and keeps its type, its size and its orientation", async () => {
  for (const [name, kinds] of [
    ["jpeg_of_everything", ["thumbnail", "other", "iptc", "exif", "xmp", "text", "trailer"]],
    ["png_of_everything", ["text", "xmp", "time", "other", "exif"]],
    ["webp_of_everything", ["exif", "xmp"]],
  ]) {
    const bytes = await read(name);
    const { blob, removed, hadLocation } = await stripMetadata(bytes);
    assert.deepEqual(removed.map(({ kind }) => kind), kinds);
    assert.equal(removed.reduce((sum, { bytes }) => sum + bytes, blob.size), bytes.length);
    assert.equal(hadLocation, true);
    const [before, after] = [await inspectImage(bytes), await inspectImage(blob)];
    assert.deepEqual({ ...after, size: before.size }, before);
    assert.equal(blob.type, before.type);
  }
});

test("a Blob and a File give the same as bytes, whatever their name and type say", async () => {
  const bytes = await read("jpeg_of_everything");
  const expected = await bytesOf((await stripMetadata(bytes)).blob);
  for (const source of [new Blob([bytes]), new File([bytes], "a.png", { type: "text/plain" }), new Response(bytes)]) {
    const { blob } = await stripMetadata(source);
    assert.deepEqual(await bytesOf(blob), expected);
    assert.equal(blob.type, "image/jpeg");
  }
});

test("what has no metadata stays as it is", async () => {
  const { blob, removed, hadLocation } = await stripMetadata(small);
  assert.deepEqual([await bytesOf(blob), removed, hadLocation], [small, [], false]);
});

test("a caller's buffer is taken as it is when it is read", async () => {
  const bytes = new Uint8Array(await read("gif_of_everything"));
  const { blob } = await stripMetadata(bytes);
  bytes.fill(0);
  assert.equal((await inspectImage(blob)).type, "image/gif");
});

test("what cannot be stripped is refused with its type", async () => {
  const heic = await readFile(new URL("../fixtures/convert/picture.heic", import.meta.url));
  await assert.rejects(stripMetadata(heic), {
    code: "invalid-input",
    message: "stripMetadata: expected JPEG, PNG, GIF, WebP or BMP, got image/heic",
  });
  await assert.rejects(stripMetadata("data:,hello"), { code: "not-an-image" });
  await assert.rejects(stripMetadata(new Blob([])), { code: "empty-image" });
});

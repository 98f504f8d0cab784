/** sendImages: what a list says of a single image, and what is told of a list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx } from "webwx-image";

import { chunkSize, delivered, inShort, outcomesOf, picture, pictures, session, standin, to } from "./batch.mjs";

const wx = new WebWx(session, { chunkSize, retry: { limit: 0 } });
const names = async () =>
  (await standin.journal("webwxuploadmedia")).map(({ form }) => form.find(({ name }) => name === "name").value);

test("an item has a name of its own, beside plain sources", async () => {
  const sources = pictures(4);
  const list = [
    { source: sources[0], name: "first.bmp" },
    sources[1],
    { source: new File([sources[2]], "third.bmp") },
    { source: new File([sources[3]], "ignored.bmp"), name: "fourth.bmp", resume: undefined },
  ];
  assert.deepEqual(inShort(await outcomesOf(wx.sendImages(list, { to, pictures: 1 }))), Array(4).fill("sent"));
  assert.deepEqual(await names(), ["first.bmp", "image.bmp", "third.bmp", "fourth.bmp"]);
  assert.deepEqual(await delivered(sources), [0, 1, 2, 3]);
});

test("an item goes on where its upload stopped", async () => {
  const sources = [picture(0, 3), picture(1, 3), picture(2, 3)];
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "reset" });
  const [failed, ...rest] = await outcomesOf(wx.sendImages(sources, { to, pictures: 1 }));
  assert.deepEqual(inShort([failed, ...rest]), ["network", "sent", "sent"]);
  const { checkpoint } = failed.error;
  assert.equal(checkpoint.nextChunk, 1);
  const before = (await standin.journal("webwxuploadmedia")).length;
  const again = [{ source: sources[0], resume: checkpoint }, picture(3)];
  assert.deepEqual(inShort(await outcomesOf(wx.sendImages(again, { to }))), ["sent", "sent"]);
  assert.equal((await standin.journal("webwxuploadmedia")).length - before, 2 + 1, "two chunks of three, and one");
  assert.deepEqual(await delivered(sources), [1, 2, 0, -1]);
});

test("an item that says something wrong fails alone", async () => {
  const sources = pictures(4);
  const list = [
    { source: sources[0], name: 7 },
    { source: sources[1], resume: { version: 1 } },
    { source: undefined },
    { source: sources[3] },
  ];
  const outcomes = await outcomesOf(wx.sendImages(list, { to }));
  assert.deepEqual(inShort(outcomes), ["invalid-input", "invalid-input", "invalid-input", "sent"]);
  assert.deepEqual(
    outcomes.slice(0, 3).map(({ error }) => error.message),
    [
      "name: expected a string",
      "resume: expected a checkpoint of an upload",
      "expected a Blob, File, ArrayBuffer, typed array, Response or URL",
    ],
  );
});

test("progress has the place in the list, and how many there are", async () => {
  const sources = pictures(3, 2);
  const lists = [
    [sources, 3],
    [new Set(sources), 3],
    [sources.values(), null],
  ];
  for (const [list, count] of lists) {
    await standin.reset();
    const told = [];
    await outcomesOf(wx.sendImages(list, { to, onProgress: (progress) => told.push(progress) }));
    const shape = ["count", "index", "listed", "loaded", "step", "total"];
    for (const progress of told) {
      assert.deepEqual(shape.filter((key) => !(key in progress)), []);
      assert.equal(progress.count, count);
      assert.ok(progress.index < progress.listed && progress.listed <= progress.index + 3, JSON.stringify(progress));
    }
    assert.deepEqual([...new Set(told.map(({ index }) => index))].sort(), [0, 1, 2]);
    assert.equal(told.at(-1).listed, 3);
  }
});

test("a checkpoint of a list is told with its place, and one of a single image alone", async () => {
  const sources = pictures(2, 3);
  const told = [];
  const onCheckpoint = (checkpoint, ...more) => told.push([checkpoint.nextChunk, ...more]);
  await outcomesOf(wx.sendImages(sources, { to, onCheckpoint }));
  assert.deepEqual(told.toSorted(([a, b], [c, d]) => b - d || a - c), [1, 2, 3].flatMap((chunk) => [[chunk, 0], [chunk, 1]]).toSorted(([a, b], [c, d]) => b - d || a - c));
  told.length = 0;
  await wx.upload(picture(5, 2), { to, onCheckpoint });
  assert.deepEqual(told.map(([, index]) => index), Array(told.length).fill(undefined));
});

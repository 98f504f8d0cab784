/** Images that the service takes as files only: refused, or decoded by the caller's function. Node has no decoder of its own. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, beforeEach, test } from "node:test";
import { WebWx } from "webwx-image";

import { bmp, md5, moving, sample, small } from "./pictures.mjs";
import { projectPath, startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const wx = new WebWx(session, { timeout: 60_000 });

after(() => standin.stop());
beforeEach(() => standin.reset());

const fixture = (name) => readFile(projectPath(`tests/fixtures/convert/${name}`));
const [opaque, animated, avif, tiff, heic] = await Promise.all(
  ["opaque.webp", "animated.webp", "turned.avif", "picture.tiff", "picture.heic"].map(fixture),
);

const ADVICE = "send a JPEG, PNG, BMP or GIF, pass `decode`, or use sendFile()";

async function refuses(source, options, reason) {
  for (const call of ["upload", "sendImage"]) {
    await assert.rejects(wx[call](source, { to, ...options }), {
      name: "WebwxError",
      code: "invalid-input",
      retryable: false,
      message: `${reason}; ${ADVICE}`,
    });
  }
  assert.deepEqual(await standin.journal(), []);
}

test("without a decoder nothing is sent", async () => {
  for (const [source, type] of [
    [opaque, "image/webp"],
    [animated, "image/webp"],
    [avif, "image/avif"],
    [tiff, "image/tiff"],
    [heic, "image/heic"],
  ]) {
    await refuses(source, {}, `${type} cannot be sent as an image: this platform has no decoder for images`);
    await refuses(source, { convert: "never" }, `${type} cannot be sent as an image: convert is "never"`);
  }
});

test("what the service takes is sent byte for byte, and no decoder is asked", async () => {
  const decode = () => assert.fail("it was asked");
  for (const picture of [sample, small, moving, bmp()]) {
    for (const convert of [undefined, "auto", "never"]) {
      const { media, converted } = await wx.sendImage(picture, { to, convert, decode });
      assert.deepEqual([media.md5, media.size, media.converted, converted], [md5(picture), picture.length, undefined, undefined]);
    }
  }
});

test("the caller's decoder gets the image and what is known of it; its result is what is sent", async () => {
  const seen = [];
  const decode = async (image, info) => {
    seen.push([image instanceof Blob, Buffer.from(await image.arrayBuffer()).equals(opaque), info.type, info.width]);
    return small;
  };
  const file = new File([opaque], "holiday.webp", { lastModified: 0 });
  const { media, converted, msgId } = await wx.sendImage(file, { to, decode });
  assert.deepEqual(seen, [[true, true, "image/webp", 48]]);
  assert.deepEqual(converted, { from: "image/webp", to: "image/png" });
  assert.deepEqual(media.converted, converted);
  assert.deepEqual([media.type, media.md5, media.size], ["image/png", md5(small), small.length]);
  const [{ form }] = await standin.journal("webwxuploadmedia");
  assert.equal(form.find(({ name }) => name === "name").value, "holiday.png");
  assert.equal(form.find(({ name }) => name === "mediatype").value, "pic");
  const { blob } = await wx.download(msgId);
  assert.ok(Buffer.from(await blob.arrayBuffer()).equals(small));
  // A receipt's media is plain data: sent again after a trip through JSON, it says the same.
  const again = await wx.send(JSON.parse(JSON.stringify(media)), { to });
  assert.deepEqual(again.converted, converted);
});

test("a decoder may give a Blob, a buffer or a view, at once or later", async () => {
  for (const decode of [() => new Blob([small]), async () => small.buffer.slice(small.byteOffset, small.byteOffset + small.length), () => new Uint8Array(small)]) {
    const { media } = await wx.sendImage(opaque, { to, decode });
    assert.equal(media.md5, md5(small));
  }
});

test("of an animation only the first frame is sent, and the receipt says so", async () => {
  const { converted } = await wx.sendImage(animated, { to, decode: () => small });
  assert.deepEqual(converted, { from: "image/webp", to: "image/png", firstFrameOnly: true });
});

test("a decoder that throws, gives no picture or one that is not sendable ends the job before anything is sent", async () => {
  const because = (reason) => `image/webp cannot be sent as an image: ${reason}`;
  const boom = new Error("no memory");
  for (const [decode, reason] of [
    [() => { throw boom; }, because("`decode` threw")],
    [() => Promise.reject(boom), because("`decode` threw")],
    [() => undefined, because("`decode` returned something that is not a Blob or BufferSource")],
    [() => "data:image/png;base64,", because("`decode` returned something that is not a Blob or BufferSource")],
    [() => avif, because("`decode` returned image/avif")],
  ]) {
    await refuses(opaque, { decode }, reason);
  }
  await assert.rejects(wx.sendImage(opaque, { to, decode: () => Promise.reject(boom) }), { cause: boom });
  for (const decode of [() => new Blob(["no picture"]), () => new Uint8Array()]) {
    await assert.rejects(wx.sendImage(opaque, { to, decode }), { code: "invalid-input", message: /^image\/webp: `decode` returned no image: / });
  }
  assert.deepEqual(await standin.journal(), []);
});

test("a decoder that hangs has the client's timeout", async () => {
  const impatient = new WebWx(session, { timeout: 20 });
  await assert.rejects(impatient.sendImage(opaque, { to, decode: () => new Promise(() => {}) }), {
    code: "invalid-input",
    message: `image/webp cannot be sent as an image: \`decode\` did not finish within 20 ms; ${ADVICE}`,
  });
  assert.deepEqual(await standin.journal(), []);
});

test("an abort while decoding ends the job", async () => {
  const controller = new AbortController();
  const decode = () => {
    controller.abort(new Error("changed my mind"));
    return new Promise(() => {});
  };
  await assert.rejects(wx.sendImage(opaque, { to, decode, signal: controller.signal }), { message: "changed my mind" });
  assert.deepEqual(await standin.journal(), []);
});

test("a batch converts each picture by itself", async () => {
  const outcomes = [];
  for await (const outcome of wx.sendImages([sample, opaque, small], { to, decode: () => small })) outcomes.push(outcome);
  assert.deepEqual(
    outcomes.map(({ status, receipt }) => [status, receipt.converted?.from]),
    [["sent", undefined], ["sent", "image/webp"], ["sent", undefined]],
  );
  const refused = [];
  for await (const outcome of wx.sendImages([sample, opaque, small], { to, convert: "never" })) refused.push(outcome.status);
  assert.deepEqual(refused, ["sent", "failed", "sent"], "one that cannot be sent does not stop the rest");
});

test("convert and decode are checked before anything is read", async () => {
  const options = [
    [{ convert: "always" }, 'convert: expected "auto" or "never"'],
    [{ convert: true }, "convert: expected a string"],
    [{ decode: "sharp" }, "decode: expected a function"],
  ];
  for (const [given, message] of options) {
    await assert.rejects(wx.sendImage(small, { to, ...given }), { code: "invalid-input", message });
  }
  assert.deepEqual(await standin.journal(), []);
});

/** sendFile: any bytes as a file, by the same upload and a message of its own. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { WebWx } from "webwx-image";

import { CHUNK, md5, moving, padded, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const wx = new WebWx(session, { retry: { limit: 2, delay: 1 } });

after(() => standin.stop());
beforeEach(() => standin.reset());

const field = ({ form }, name) => form.find((part) => part.name === name)?.value;
const pdf = Buffer.from("%PDF-1.4 of no pages");

/** The journal's one message, by its keys in their order. */
async function message() {
  const [entry, ...more] = await standin.journal("webwxsendappmsg");
  assert.deepEqual(more, []);
  return entry;
}

test("a file goes up as doc and out by webwxsendappmsg, as the page does it", async () => {
  const file = new File([pdf], "a & b.pdf", { type: "application/pdf", lastModified: 0 });
  const receipt = await wx.sendFile(file, { to });
  const [upload, ...more] = await standin.journal("webwxuploadmedia");
  assert.deepEqual(more, []);
  assert.deepEqual(
    ["name", "type", "mediatype", "size"].map((name) => field(upload, name)),
    ["a & b.pdf", "application/pdf", "doc", String(pdf.length)],
  );
  const { query, json } = await message();
  assert.deepEqual([query.fun, query.f, query.lang], ["async", "json", "zh_CN"]);
  assert.deepEqual(Object.keys(json), ["BaseRequest", "Msg", "Scene"]);
  assert.deepEqual(Object.keys(json.Msg), ["Type", "Content", "FromUserName", "ToUserName", "LocalID", "ClientMsgId"]);
  assert.equal(json.Msg.Type, 6);
  assert.equal(
    json.Msg.Content,
    "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a &amp; b.pdf</title><des></des><action></action><type>6</type>" +
      `<content></content><url></url><lowurl></lowurl><appattach><totallen>${pdf.length}</totallen>` +
      `<attachid>${receipt.media.mediaId}</attachid><fileext>pdf</fileext></appattach><extinfo></extinfo></appmsg>`,
  );
  assert.deepEqual(
    [receipt.media.fileName, receipt.media.md5, receipt.media.type, receipt.localId],
    ["a & b.pdf", md5(pdf), "application/pdf", json.Msg.ClientMsgId],
  );
});

test("a picture sent as a file stays byte for byte, whatever its type", async () => {
  for (const [bytes, name] of [[sample, "original.jpg"], [moving, "moving.gif"], [small, "small.png"]]) {
    await standin.reset();
    const { media } = await wx.sendFile(bytes, { to, name });
    assert.deepEqual([media.md5, media.fileName], [md5(bytes), name]);
    const uploads = await standin.journal("webwxuploadmedia");
    assert.deepEqual(new Set(uploads.map((entry) => field(entry, "mediatype"))), new Set(["doc"]));
    assert.ok(await message());
    assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
  }
});

test("a nameless image goes by its type; other bytes need a name", async () => {
  const { media } = await wx.sendFile(small, { to });
  assert.equal(media.fileName, "image.png");
  await standin.reset();
  for (const source of [pdf, new Blob([pdf], { type: "application/pdf" })]) {
    await assert.rejects(wx.sendFile(source, { to }), {
      code: "invalid-input",
      message: "the file needs a name: pass `name`",
    });
  }
  await assert.rejects(wx.sendFile(new Uint8Array(), { to, name: "empty" }), { code: "empty-image" });
  assert.deepEqual(await standin.journal(), []);
});

test("a broken upload of a file goes on where it stopped", async () => {
  const big = padded(pdf, 3 * CHUNK + 5);
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, times: 9, fault: "reset" });
  const options = { to, name: "big.pdf" };
  const error = await wx.sendFile(big, options).then(() => assert.fail("sent"), (error) => error);
  assert.deepEqual([error.code, error.checkpoint.nextChunk], ["network", 2]);
  await standin.control("DELETE", "faults");
  await standin.control("DELETE", "journal");
  const { media } = await wx.sendFile(big, { ...options, resume: error.checkpoint });
  assert.equal(media.md5, md5(big));
  assert.equal((await standin.journal("webwxuploadmedia")).length, 2, "the last two chunks");
});

test("a lost answer does not become a second file", async () => {
  await standin.faults({ endpoint: "webwxsendappmsg", times: 1, fault: "accept-then-reset" });
  const before = (await standin.control("GET", "messages")).length;
  await wx.sendFile(pdf, { to, name: "once.pdf" });
  const ids = (await standin.journal("webwxsendappmsg")).map(({ json }) => json.Msg.ClientMsgId);
  assert.deepEqual([ids.length, new Set(ids).size], [2, 1]);
  assert.equal((await standin.control("GET", "messages")).length, before + 1);
});

test("above 25 MB the Signature of the check stands in a file's message, first, and in no picture's", async () => {
  const big = padded(small, 25 * 1024 * 1024 + 1);
  const { media } = await wx.sendFile(big, { to, name: "big.png" });
  const { json } = await message();
  assert.equal(json.Msg.Signature, media.signature);
  assert.equal(Object.keys(json.Msg)[0], "Signature");
  const [, ...others] = await standin.journal("webwxcheckupload");
  assert.deepEqual(others, []);
});

test("what was sent as a file is sent as a file again", async () => {
  const { media } = await wx.sendFile(pdf, { to, name: "again.pdf" });
  await wx.send(JSON.parse(JSON.stringify(media)), { to });
  assert.equal((await standin.journal("webwxsendappmsg")).length, 2);
});

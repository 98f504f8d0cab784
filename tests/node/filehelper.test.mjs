/** The File Transfer Helper: the pipeline with a session of its page. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";
import { WebWx, WebwxError, buildUploadMediaRequest, parseMessage } from "webwx-image";

import { projectPath, startStandin } from "./standin.mjs";

const sample = await readFile(projectPath("www/pictures/sample.jpg"));
const gif = await readFile(projectPath("www/pictures/moving.gif"));
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

let standin;
let session;

before(async () => {
  standin = await startStandin("--filehelper");
  ({ session } = standin.info.fileHelper);
});
after(() => standin?.stop());
beforeEach(() => standin.reset());

const file = (bytes, name) => new File([bytes], name);

test("pictures, a GIF and a file go to the File Transfer Helper, and nobody has to be named", async () => {
  const wx = new WebWx(session, { reportForWeb: true });
  assert.deepEqual([wx.origin, wx.fileOrigin], [session.origin, session.fileOrigin]);
  const receipt = await wx.sendImage(file(sample, "photo.jpg"));
  const emoticon = await wx.sendImage(file(gif, "moving.gif"), { to: "filehelper" });
  const sent = await wx.sendFile(file(sample, "original.jpg"), {});
  const again = await wx.send(receipt.media);
  const outcomes = [];
  for await (const outcome of wx.sendImages([file(gif, "a.gif"), file(sample, "b.jpg")])) {
    outcomes.push(outcome.status);
  }
  assert.deepEqual(outcomes, ["sent", "sent"]);
  const full = await wx.download(receipt.msgId);
  assert.equal(full.md5, md5(sample));
  assert.equal((await wx.download(emoticon.msgId, { size: "big" })).type, "image/gif");
  assert.equal((await wx.download(again.msgId, { size: "thumbnail" })).width, 120);
  const messages = await standin.control("GET", "messages");
  const own = messages.slice(3).map(({ MsgId, ToUserName }) => [MsgId, ToUserName]);
  assert.equal(own.length, 6);
  assert.ok(own.every(([, to]) => to === "filehelper"));
  assert.deepEqual([own[0][0], own[2][0]], [receipt.msgId, sent.msgId]);

  const journal = await standin.journal();
  assert.ok(journal.every(({ path }) => !path.includes("reportforweb")), "its page has no counters");
  for (const { method, headers, query, path, form } of journal) {
    const named = method === "GET" ? query.mmweb_appid : headers.mmweb_appid;
    assert.equal(named, "wx_webfilehelper", `${method} ${path}`);
    if (form) {
      assert.match(query.random, /^[a-zA-Z]{4}$/);
      assert.deepEqual(form.slice(0, 4).map(({ name }) => name), ["name", "lastModifiedDate", "size", "type"]);
      assert.equal(form.find(({ name }) => name === "pass_ticket").value, encodeURIComponent(session.passTicket));
    }
  }
  assert.equal(new Set(journal.filter(({ form }) => form).map(({ query }) => query.random)).size > 1, true);
});

test("what is tried again is the same upload and the same message, under another random address", async () => {
  await standin.faults(
    { endpoint: "webwxuploadmedia", chunk: 1, fault: "reset" },
    { endpoint: "webwxuploadmedia", chunk: 2, fault: "status:502" },
    { endpoint: "webwxsendmsgimg", fault: "accept-then-reset" },
  );
  const wx = new WebWx(session, { retry: { delay: 1 } });
  const receipt = await wx.sendImage(file(sample, "photo.jpg"));
  const uploads = await standin.journal("webwxuploadmedia");
  assert.equal(uploads.length, 5);
  const field = ({ form }, name) => form.find((part) => part.name === name)?.value;
  assert.equal(new Set(uploads.map((upload) => field(upload, "uploadmediarequest"))).size, 1);
  assert.ok(new Set(uploads.map(({ query }) => query.random)).size > 1);
  const sends = await standin.journal("webwxsendmsgimg");
  assert.deepEqual(sends.map(({ json }) => json.Msg.ClientMsgId), [receipt.localId, receipt.localId]);
  const own = (await standin.control("GET", "messages")).slice(3);
  assert.deepEqual(own.map(({ MsgId, ToUserName }) => [MsgId, ToUserName]), [[receipt.msgId, "filehelper"]]);
});

test("a checkpoint goes on where an upload stopped, for the same receiver", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: "ret:1205" });
  const wx = new WebWx(session);
  const error = await wx.sendImage(file(sample, "photo.jpg")).then(assert.fail, (reason) => reason);
  assert.deepEqual([error.code, error.checkpoint.to, error.checkpoint.nextChunk], ["rate-limited", "filehelper", 2]);
  await standin.control("DELETE", "journal");
  const receipt = await wx.sendImage(file(sample, "photo.jpg"), { resume: error.checkpoint });
  assert.equal((await standin.journal("webwxuploadmedia")).length, 1);
  assert.equal((await wx.download(receipt.msgId)).md5, md5(sample));
});

test("nobody else is sent to, and nothing leaves", async () => {
  const wx = new WebWx(session);
  const [photo] = await standin.control("GET", "phone");
  const message = parseMessage(photo.Content);
  const media = { mediaId: "@crypt_1", md5: md5(sample), size: 1, type: "image/png", thumbnail: { width: 0, height: 0 }, instant: false };
  const to = standin.info.peer;
  const list = async () => {
    for await (const _ of wx.sendImages([file(gif, "a.gif")], { to }));
  };
  for (const call of [
    () => wx.sendImage(file(sample, "a.jpg"), { to }),
    () => wx.sendFile(file(sample, "a.jpg"), { to }),
    () => wx.upload(file(sample, "a.jpg"), { to }),
    () => wx.send(media, { to }),
    () => wx.forward(message, { to }),
    list,
  ]) {
    await assert.rejects(call, (error) => {
      assert.ok(WebwxError.is(error));
      assert.equal(error.code, "invalid-input");
      assert.equal(error.message, '`to`: expected "filehelper" or nothing; this page sends to the File Transfer Helper alone');
      return true;
    });
  }
  assert.deepEqual(await standin.journal(), []);
  const odd = { ...session, dialect: "Filehelper" };
  assert.throws(() => new WebWx(odd), { code: "invalid-input", message: 'session.dialect: expected "web" or "filehelper"' });
});

test("what the phone sent is fetched, held against its message, and sent on", async () => {
  const wx = new WebWx(session);
  const [photo, discs, ball] = await standin.control("GET", "phone");
  for (const [{ MsgId, Content }, size] of [[photo, "full"], [discs, "full"], [ball, "big"]]) {
    const picture = await wx.download(MsgId, { size, expect: parseMessage(Content) });
    assert.equal(picture.verified, "md5");
  }
  const { msgId } = await wx.forward(parseMessage(photo.Content));
  assert.equal((await wx.download(msgId)).md5, (await wx.download(photo.MsgId)).md5);
});

test("an uploadmediarequest has the page's only receiver", () => {
  const own = { ...session, deviceId: "e123456789012345" };
  const facts = { clientMediaId: 1_700_000_000_000, totalLen: 1, fileMd5: md5(sample) };
  const request = JSON.parse(buildUploadMediaRequest({ session: own, to: "filehelper", ...facts }));
  assert.equal(request.ToUserName, "filehelper");
  assert.throws(() => buildUploadMediaRequest({ session: own, to: "@a", ...facts }), { code: "invalid-input" });
});

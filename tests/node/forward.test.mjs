/** A received picture goes on to somebody else without an upload. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { WebWx, parseMessage } from "webwx-image";

import { startStandin } from "./standin.mjs";

const standin = await startStandin();
after(() => standin.stop());
beforeEach(() => standin.reset());

const { session, peer: to } = standin.info;
const wx = new WebWx(session, { retry: { limit: 1, delay: 1 } });

/** What the peer has sent: a photo, an emoticon, and a picture whose content is opaque. */
const received = async () =>
  (await standin.control("GET", "messages")).map((entry) => ({ ...entry, message: parseMessage(entry.Content) }));

/** The MD5 of a message's original. */
const md5Of = async (msgId) => (await wx.download(msgId)).md5;

for (const kind of ["image", "opaque"]) {
  test(`an ${kind} message goes on as it came, and shows the same picture`, async () => {
    const { MsgId, message } = (await received()).find(({ message: { kind: found } }) => found === kind);
    const receipt = await wx.forward(message, { to });
    const [entry, ...others] = await standin.journal("webwxsendmsgimg");
    assert.deepEqual(others, []);
    assert.equal(entry.json.Scene, 2);
    assert.deepEqual(Object.entries(entry.json.Msg), [
      ["Type", 3],
      ["MediaId", ""],
      ["Content", message.content],
      ["FromUserName", session.userName],
      ["ToUserName", to],
      ["LocalID", receipt.localId],
      ["ClientMsgId", receipt.localId],
    ]);
    assert.match(receipt.msgId, /^\d{19,20}$/);
    assert.deepEqual(Object.keys(receipt).sort(), ["localId", "msgId"]);
    assert.equal(await md5Of(receipt.msgId), await md5Of(MsgId));
    assert.deepEqual(await standin.journal("webwxuploadmedia"), [], "nothing is uploaded");
  });
}

test("a lost answer does not make two messages of it", async () => {
  const { message } = (await received()).find(({ message: { kind } }) => kind === "image");
  const before = (await standin.control("GET", "messages")).length;
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "accept-then-reset" });
  await wx.forward(message, { to });
  assert.equal((await standin.control("GET", "messages")).length, before + 1);
  const ids = (await standin.journal("webwxsendmsgimg")).map(({ json }) => json.Msg.ClientMsgId);
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

test("what cannot be forwarded is refused before anything is sent", async () => {
  const [image] = (await received()).map(({ message }) => message).filter(({ kind }) => kind === "image");
  const before = (await standin.journal()).length;
  for (const [message, options, says] of [
    [parseMessage("just words"), { to }, /only an image or opaque message/],
    [parseMessage("<msg><videomsg/></msg>"), { to }, /only an image or opaque message/],
    [{ ...image, content: undefined }, { to }, /content is missing/],
    [undefined, { to }, /content is missing/],
    [image, {}, /to is missing/],
    [image, { to: "bob" }, /`to`: expected the receiver/],
  ]) {
    await assert.rejects(wx.forward(message, options), (error) => error.code === "invalid-input" && says.test(error.message));
  }
  assert.equal((await standin.journal()).length, before);
});

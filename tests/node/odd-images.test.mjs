/** Images that are odd, but whose bytes are the right ones: they go out and come in, and what is odd is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx, parseMessage } from "webwx-image";

import { small } from "./pictures.mjs";

const session = { uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "t" };
const to = "filehelper";
const taken = { BaseResponse: { Ret: 0, ErrMsg: "" }, MediaId: "@crypt_1", MsgID: "1", LocalID: "2" };
const wx = new WebWx(session, { fetch: async () => Response.json(taken) });
/** A JPEG with more segments before its frame than are read. */
const unmeasured = Buffer.concat([Buffer.from("ffd8", "hex"), Buffer.alloc(17 * 2 ** 20, "ffe10002", "hex")]);

test("receipts tell what is odd about an image, and nothing where nothing is", async () => {
  const warnings = ["width and height were not found"];
  const media = await wx.upload(unmeasured, { to });
  assert.deepEqual(media.warnings, warnings);
  assert.deepEqual((await wx.send(media, { to })).warnings, warnings);
  const receipt = await wx.sendImage(unmeasured, { to });
  assert.deepEqual([receipt.warnings, receipt.media.warnings], [warnings, warnings]);
  const { value } = await wx.sendImages([unmeasured], { to }).next();
  assert.deepEqual(value.receipt.warnings, warnings);

  const plain = await wx.sendImage(small, { to });
  assert.ok(!("warnings" in plain) && !("warnings" in plain.media));
  assert.ok(!("warnings" in (await wx.sendFile(unmeasured, { to, name: "a" }))));
});

test("bytes of no known type that have the message's length are handed out, with a warning", async () => {
  const bytes = Buffer.from("wxgf\x1a\0\x01\0\0\0\0\0", "latin1");
  const client = new WebWx(session, { fetch: async () => new Response(bytes) });
  const message = (attributes) => parseMessage(`<msg><img ${attributes}/></msg>`);
  const image = await client.download("1", { expect: message(`length="${bytes.length}"`) });
  assert.deepEqual([image.verified, image.type, image.size, image.width], ["length", "application/octet-stream", 12, null]);
  assert.match(image.warnings[0], /got wxgf, WeChat's own format$/);
  assert.deepEqual(Buffer.from(await image.blob.arrayBuffer()), bytes);
  await assert.rejects(client.download("1", { expect: message(`length="13"`) }), { code: "not-an-image" });
});

test("expect takes every message: what says nothing of an image verifies nothing", async () => {
  const client = new WebWx(session, { fetch: async () => new Response(small) });
  const md5 = (await client.download("1")).md5;
  const verified = async (content) => (await client.download("1", { expect: parseMessage(content) })).verified;
  assert.equal(await verified(`<msg><img md5="${md5}"/></msg>`), "md5");
  assert.equal(await verified(`<msg><emoji md5="${md5}" len="${small.length}"/></msg>`), "md5");
  assert.equal(await verified(`<msg><emoji md5="" len="${small.length}"/></msg>`), "length");
  for (const content of ["hello", `@${"0a".repeat(40)}`, "<msg><videomsg length=\"1\"/></msg>", "<msg><appmsg/></msg>", ""]) {
    assert.equal(await verified(content), "none", content);
  }
});

/**
 * Copies of the package beside each other: two tabs of one account, or a userscript beside the page's own code.
 * Not run on each form again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { dist } from "./fresh.mjs";
import { small } from "./pictures.mjs";

const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };

test("copies that start in the same millisecond give different ids, none far from the time", async (t) => {
  const now = 1_700_000_000_000;
  t.mock.method(Date, "now", () => now);
  const media = [];
  const messages = [];
  for (let copy = 0; copy < 12; copy += 1) {
    const { WebWx } = await import(new URL(`inline.js?copy=${copy}`, dist));
    const fetch = async (_, { body }) => {
      if (body instanceof FormData) {
        media.push(JSON.parse(body.get("uploadmediarequest")).ClientMediaId);
        return Response.json({ BaseResponse: { Ret: 0 }, MediaId: "@crypt_1" });
      }
      messages.push(JSON.parse(body).Msg.ClientMsgId);
      return Response.json({ BaseResponse: { Ret: 0 }, MsgID: "1", LocalID: messages.at(-1) });
    };
    await new WebWx(session, { fetch }).sendImage(new Blob([small]), { to: "@2" });
  }
  assert.equal(new Set(media).size, 12);
  assert.equal(new Set(messages).size, 12);
  for (const id of [...media, ...messages.map((id) => Number(id.slice(0, 13)))]) {
    assert.ok(id <= now && id > now - 60_000, String(id));
  }
});

test("two sends of one media to one receiver at the same time are two messages", async () => {
  const { WebWx } = await import(new URL("inline.js?copy=of", dist));
  const ids = [];
  const fetch = async (_, { body }) => {
    ids.push(JSON.parse(body).Msg.ClientMsgId);
    return Response.json({ BaseResponse: { Ret: 0 }, MsgID: String(ids.length), LocalID: ids.at(-1) });
  };
  const client = new WebWx(session, { fetch });
  const media = { mediaId: "@1", md5: "0".repeat(32), size: 1, type: "image/png", thumbnail: { width: 1, height: 1 }, instant: false };
  const receipts = await Promise.all([client.send(media, { to: "@2" }), client.send(media, { to: "@2" })]);
  assert.equal(new Set(ids).size, 2);
  assert.deepEqual(receipts.map(({ msgId }) => msgId).sort(), ["1", "2"]);
});

/** One uploaded image goes to several chats: each message is its own, and the file goes up once. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { WebWx } from "webwx-image";

import { md5, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
after(() => standin.stop());
const { session, peer } = standin.info;

test("what was uploaded for one chat is sent to others", async () => {
  const wx = new WebWx(session, { retry: { limit: 0 } });
  const media = await wx.upload(small, { to: "filehelper" });
  const receipts = [];
  for (const to of [peer, "filehelper", peer]) {
    receipts.push(await wx.send(media, { to }));
  }
  assert.equal(new Set(receipts.map(({ msgId }) => msgId)).size, 3);
  assert.equal(new Set(receipts.map(({ localId }) => localId)).size, 3);
  assert.equal((await standin.journal("webwxuploadmedia")).length, 1);
  const sent = (await standin.journal("webwxsendmsgimg")).map(({ json }) => json.Msg.ToUserName);
  assert.deepEqual(sent, [peer, "filehelper", peer]);
  for (const { msgId } of receipts) {
    assert.equal((await wx.download(msgId)).md5, md5(small));
  }
});

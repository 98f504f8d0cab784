/** What the extension is for, in both engines that take it: Chromium from its folder, Firefox from what the build makes for it. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { contactsOf, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";
import { engine } from "./harness.mjs";

const skip = engine === "webkit" && "it takes no extensions of this kind";

test("pictures of any size go out once, byte for byte, and the page shows them", { skip }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  // Above 64 KiB it is cut where it is hashed; above 2 MiB it is read on into buffers.
  const long = join(folder, "long.jpg");
  await writeFile(long, Buffer.concat([await readFile(sample), Buffer.alloc(5_000_000, "film")]));
  try {
    await visiting(async ({ open }) => {
      const wechat = await open();
      await wechat.openPanel();
      await wechat.pick(sample, small, moving, long);
      await wechat.until('.card[data-state="ready"]', 4);
      assert.deepEqual(await standin.journal(), [], "nothing goes out before the user says so");
      await wechat.click(".send");
      await wechat.until('.card[data-state="sent"]', 4);
      const { peer } = standin.info;
      const md5s = await Promise.all([sample, small, moving, long].map(md5Of));
      assert.deepEqual(await sent(), md5s.map((hash) => [hash, peer]));
      const shown = await wechat.page.evaluate((peer) => {
        const chats = angular.element(document).injector().get("chatFactory");
        return chats.getChatMessage(peer).slice(-4).map(({ MsgType }) => MsgType);
      }, peer);
      assert.deepEqual(shown, [3, 3, 47, 3]);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("the queue outlives a reload, and goes on with a click", { skip }, async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample, small);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.reload();
    await wechat.untilThere();
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    assert.deepEqual((await sent()).map(([hash]) => hash), await Promise.all([sample, small].map(md5Of)));
  });
});

test("nothing goes to a chat that is not open", { skip }, async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await wechat.openChat(hikers);
    await wechat.untilText(".receiver", "Hikers");
    await wechat.click(".send");
    await wechat.until(".card[data-held]");
    assert.deepEqual(await sent(), []);
    await wechat.openChat(ann);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
  });
});

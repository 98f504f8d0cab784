/**
 * The extension's panel in Chromium, at WeChat Web's real names: it is used with the mouse, the keyboard and files, as
 * a user does, and the stand-in's journal is the judge.
 */
import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { HOST, HOSTS, workerOf } from "./extension.mjs";
import { chunksSent, contactsOf, md5Of, moving, sample, sent, small, spoil, standin, visiting } from "./extension-suite.mjs";
import { projectPath } from "./harness.mjs";

test("three pictures from the panel: each goes out once, to the open chat, byte for byte", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    assert.deepEqual(await wechat.text(".receiver"), ["Ann 🌻"]);
    await wechat.pick(sample, small, moving);
    await wechat.until('.card[data-state="ready"]', 3);
    assert.deepEqual(await standin.journal(), [], "nothing goes out before the user says so");
    assert.deepEqual(await wechat.text(".send"), ["Send 3 to Ann 🌻"]);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 3);

    const { peer } = standin.info;
    const md5s = await Promise.all([sample, small, moving].map(md5Of));
    assert.deepEqual(
      await sent(),
      md5s.map((hash) => [hash, peer]),
    );
    const kept = (await standin.control("GET", "messages")).slice(-3);
    assert.deepEqual(
      kept.map(({ ToUserName, MsgType }) => [ToUserName, MsgType]),
      [
        [peer, 3],
        [peer, 3],
        [peer, 47],
      ],
    );
    await wechat.click(".clear");
    assert.deepEqual(await wechat.text(".card"), []);
  });
});

test("pictures are dropped on the panel and pasted into it; the keyboard does the rest", async () => {
  await visiting(async ({ browser, open }) => {
    await browser.defaultBrowserContext().overridePermissions(HOST, ["clipboard-sanitized-write"]);
    const wechat = await open();
    await wechat.openPanel();
    await wechat.drop(sample, moving);
    await wechat.until('.card[data-state="ready"]', 2);

    const { page } = wechat;
    await page.evaluate(async (base64) => {
      const png = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const item = new ClipboardItem({ "image/png": new Blob([png], { type: "image/png" }) });
      await navigator.clipboard.write([item]);
      // The page takes pasted pictures too, wherever they are pasted.
      document.addEventListener("paste", () => (document.title = "the page got it"));
    }, (await readFile(small)).toString("base64"));
    await wechat.paste();
    await wechat.until('.card[data-state="ready"]', 3);
    assert.notEqual(await page.title(), "the page got it");

    await wechat.drop(sample);
    await wechat.until('.card[data-state="refused"]');
    assert.deepEqual(await wechat.text('.card[data-state="refused"] .status'), ["It is in the queue for this chat already."]);
    await wechat.drop(projectPath("www/index.html"));
    await wechat.untilText('.card[data-state="refused"] .status', "This is not a picture");

    await wechat.focus(".send");
    await page.keyboard.press("Enter");
    await wechat.until('.card[data-state="sent"]', 3);
    assert.equal((await sent()).length, 3);
    await page.keyboard.press("Escape");
    await wechat.until(".box[hidden]");
  });
});

test("the receiver is fixed when a picture is taken, and it goes out while that chat is open", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(small, moving);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.openChat(hikers);
    await wechat.untilText(".receiver", "Hikers");
    assert.deepEqual(await wechat.text(".send"), ["Send 2 to Ann 🌻"]);
    assert.deepEqual(await wechat.text(".to"), ["To Ann 🌻", "To Ann 🌻"]);

    // One of them is to go to the other chat after all.
    await wechat.click(".card:last-child .address");
    await wechat.untilText(".card:last-child .to", "Hikers");
    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]', 3);
    assert.deepEqual(await wechat.text(".send"), ["Send 3"]);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    await wechat.until(".card:first-child[data-held]");
    assert.deepEqual(await wechat.text(".send"), ["Send 1 to Ann 🌻"]);
    const [png, gif, jpeg] = await Promise.all([small, moving, sample].map(md5Of));
    assert.deepEqual(await sent(), [
      [gif, hikers],
      [jpeg, hikers],
    ]);

    await wechat.openChat(ann);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 3);
    assert.deepEqual((await sent()).at(-1), [png, ann]);
  });
});

test("nothing is taken for a chat that the panel did not show", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    // Another chat is opened in the very moment of the drop.
    await wechat.page.evaluate((name) => {
      const open = () => angular.element(document).injector().get("chatFactory").setCurrentUserName(name);
      addEventListener("drop", open, { capture: true, once: true });
    }, hikers);
    await wechat.drop(small);
    await wechat.untilText(".notice", "Another chat was opened");
    assert.deepEqual(await wechat.text(".card"), []);
    await wechat.drop(small);
    await wechat.untilText(".to", "Hikers");
  });
});

test("neither another picture than was taken goes out, nor one from another login", async () => {
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await (await workerOf(browser)).evaluate(spoil);
    await wechat.reload();
    await wechat.untilThere();
    await wechat.until('.card[data-state="ready"]');
    await wechat.click(".send");
    await wechat.untilText(".status", "The stored picture is another one");

    await wechat.pick(moving);
    await wechat.until('.card[data-state="ready"]');
    await wechat.page.evaluate(() => {
      angular.element(document).injector().get("accountFactory").getUserName = () => `@${"0f".repeat(32)}`;
    });
    await wechat.click(".send");
    await wechat.untilText(".status", "Queued in another login");
    assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
    assert.deepEqual(await standin.journal("webwxsendemoticon"), []);
  });
});

test("pause holds the queue, going on takes up where it stopped, and what is cancelled or failed waits", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample, small, moving);
    await wechat.until('.card[data-state="ready"]', 3);
    await wechat.click(".send");
    await wechat.untilKept(({ checkpoint }) => checkpoint?.nextChunk === 1);
    await wechat.click(".pause");
    await wechat.until('.card[data-state="waiting"]', 3);
    assert.deepEqual(await sent(), []);

    await wechat.click(".card:last-child .icon-button");
    await wechat.until('.card:last-child[data-state="ready"]');
    await standin.control("DELETE", "faults");
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:1" });
    await wechat.click(".card:first-child .icon-button");
    await wechat.until('.card:first-child[data-state="ready"]');
    assert.deepEqual(await wechat.text(".send"), ["Send 3 to Ann 🌻"]);
    await wechat.click(".card:last-child .icon-button");
    assert.equal((await wechat.text(".card")).length, 2);

    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    await wechat.until('.card[data-state="failed"]');
    await wechat.click('.card[data-state="failed"] .icon-button');
    await wechat.until('.card[data-state="sent"]', 2);
    assert.equal((await sent()).length, 2);
    const { 0: first } = await chunksSent();
    assert.equal(first, 1, "what was accepted before the pause is not uploaded again");
  });
});

test("too often: the queue stops with the reason, and asks no more", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "ret:1205+mediaid" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(small, moving);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.click(".send");
    await wechat.until('.card[data-state="failed"]');
    await wechat.untilText(".status", "Too many requests");
    await wechat.until('.card[data-state="waiting"]');
    assert.match((await wechat.text(".why"))[0], /too many requests\. Try again in (1:00|0:5\d)\./);
    assert.equal(await wechat.inPanel((root) => root.querySelector(".send").disabled), true);
    assert.equal(Object.values(await chunksSent()).reduce((sum, count) => sum + count), 1);
    assert.deepEqual(await sent(), []);
  });
});

test("trying one again while the queue is paused sends that one alone", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "ret:1" });
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(small, sample, moving);
    await wechat.until('.card[data-state="ready"]', 3);
    await wechat.click(".send");
    await wechat.untilKept(({ state, checkpoint }) => state === "uploading" && checkpoint?.nextChunk === 1);
    await wechat.click(".pause");
    await wechat.until('.card[data-state="waiting"]', 2);
    await standin.control("DELETE", "faults");
    await wechat.click('.card[data-state="failed"] .icon-button');
    await wechat.until('.card[data-state="sent"]');
    assert.deepEqual(await wechat.text(".card .status"), ["Sent", "Paused", "Paused"]);
    assert.deepEqual(await sent(), [[await md5Of(small), standin.info.peer]]);
  });
});

test("a file that is gone since it was taken fails once, and the next try takes the stored one", async () => {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  try {
    await visiting(async ({ open }) => {
      const file = join(folder, "photo.jpg");
      await copyFile(sample, file);
      const wechat = await open();
      await wechat.openPanel();
      await wechat.pick(file);
      await wechat.until('.card[data-state="ready"]');
      await rm(file);
      await wechat.click(".send");
      await wechat.until('.card[data-state="failed"]');
      await wechat.click('.card[data-state="failed"] .icon-button');
      await wechat.until('.card[data-state="sent"]');
      assert.deepEqual(await sent(), [[await md5Of(sample), standin.info.peer]]);
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("pictures that are dropped on the button in the corner are taken too", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.click('.icon-button[aria-label="Close"]');
    await wechat.dropOn(".launcher", small);
    await wechat.until('.box:not([hidden]) .card[data-state="ready"]');
  });
});

for (const host of HOSTS) {
  test(`the panel is on ${host}, and the page lies as it did without it`, async () => {
    await visiting(async ({ open }) => {
      const wechat = await open({ host: `https://${host}` });
      await wechat.openPanel();
      const layout = () =>
        wechat.page.evaluate(() => {
          const { scrollWidth, scrollHeight, clientWidth, clientHeight } = document.documentElement;
          const boxes = [...document.body.querySelectorAll("*"), document.body].map((element) => {
            const { x, y, width, height } = element.getBoundingClientRect();
            return [element.tagName, x, y, width, height];
          });
          return { page: [scrollWidth, scrollHeight, clientWidth, clientHeight], boxes };
        });
      const withPanel = await layout();
      await wechat.page.evaluate(() => document.querySelector("webwx-image-panel").remove());
      assert.deepEqual(await layout(), withPanel);
    });
  });
}

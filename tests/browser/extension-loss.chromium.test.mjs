/** What the extension does when something ends: its worker, its page, its tab, or an answer's way back. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { launchWithExtension, untilAsync, WeChatPage, workerOf } from "./extension.mjs";
import { chunksSent, contactsOf, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";

/** Runs in the content script's world: sets its clock forward. */
function laterBy(_root, ms) {
  const now = Date.now;
  Date.now = () => now() + ms;
}

test("the worker is stopped half-way, and the queue does not notice", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample, small, moving);
    await wechat.until('.card[data-state="ready"]', 3);
    await (await workerOf(browser)).close();
    await wechat.click(".send");
    await wechat.untilKept(({ checkpoint }) => checkpoint?.nextChunk === 1);
    const worker = await workerOf(browser);
    await worker.evaluate(() => (globalThis.isOld = true));
    await worker.close();
    // Only now is the upload let go on: the chunk that is held back goes out again.
    await standin.control("DELETE", "faults");
    await wechat.click(".pause");
    await wechat.until('.card[data-state="waiting"]', 3);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 3);
    assert.equal(await (await workerOf(browser)).evaluate(() => globalThis.isOld), undefined);
    const md5s = await Promise.all([sample, small, moving].map(md5Of));
    assert.deepEqual(
      await sent(),
      md5s.map((hash) => [hash, standin.info.peer]),
    );
    assert.deepEqual(await chunksSent(), { 0: 1, 1: 2, 2: 1, only: 2 });
  });
});

test("a reload half-way: the queue waits for the user, then goes on where it stopped, to the same chat", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    const [, hikers] = await contactsOf(wechat);
    await wechat.openChat(hikers);
    await wechat.openPanel();
    await wechat.untilText(".receiver", "Hikers");
    await wechat.pick(sample, small);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.click(".send");
    await wechat.untilKept(({ checkpoint }) => checkpoint?.nextChunk === 1);
    await wechat.reload();
    await standin.control("DELETE", "faults");
    await wechat.untilThere();
    await wechat.until('.box:not([hidden]) .card[data-state="waiting"]', 2);
    assert.match((await wechat.text(".why"))[0], /reloaded/);
    assert.deepEqual(await wechat.text(".receiver"), ["Ann 🌻"], "another chat is open now");
    assert.deepEqual(await wechat.text(".send"), ["Continue with 2 to Hikers"]);

    // Its tab is closed as well: the next one has the queue.
    await wechat.page.close();
    await (await workerOf(browser)).close();
    const next = await open();
    await next.untilThere();
    await next.until('.card[data-state="waiting"]', 2);
    assert.deepEqual(await sent(), [], "nothing goes on by itself");
    await next.openChat(hikers);
    await next.click(".send");
    await next.until('.card[data-state="sent"]', 2);
    const md5s = await Promise.all([sample, small].map(md5Of));
    assert.deepEqual(
      await sent(),
      md5s.map((hash) => [hash, hikers]),
    );
    const { 0: first } = await chunksSent();
    assert.equal(first, 1, "the checkpoint outlived the page");
  });
});

test("a tab that goes to another page and comes back has its queue again", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await wechat.page.goto("https://wx2.qq.com/");
    await wechat.openPanel();
    assert.deepEqual(await wechat.text(".card"), [], "another host is another login");
    await wechat.page.goBack();
    await wechat.untilThere();
    // Until the thumbnail is drawn, what is below it can still move from under the mouse.
    await wechat.until('.card[data-state="ready"] .frame[data-drawn]');
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    assert.deepEqual(await sent(), [[await md5Of(small), standin.info.peer]]);
  });
});

test("a page that dies while it sends: the picture is not sent again without the user's word", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "delay:20000" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.click(".send");
    await wechat.untilKept(({ state }) => state === "sending");
    await untilAsync(async () => (await standin.journal("webwxsendmsgimg")).length === 1);
    await wechat.reload();
    await wechat.untilThere();
    await wechat.until('.card[data-state="unsure"]');
    assert.match((await wechat.text(".status"))[0], /may show it twice/);
    assert.equal(await wechat.inPanel((root) => root.querySelector(".send").hidden), true);
    await wechat.click(".choices .button:first-child");
    await wechat.until('.card[data-state="sent"]');
    assert.equal((await sent()).length, 1);
  });
});

test("an answer that is lost in a living page: sending again is the same message", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 4, fault: "accept-then-reset" });
  await visiting(
    async ({ open }) => {
      const wechat = await open();
      await wechat.openPanel();
      const before = (await standin.control("GET", "messages")).length;
      await wechat.pick(small);
      await wechat.click(".send");
      await wechat.until('.card[data-state="unsure"]');
      assert.match((await wechat.text(".status"))[0], /sending again is safe/);
      await wechat.click(".choices .button:last-child");
      await wechat.until('.card[data-state="sent"]');
      const keys = (await standin.journal("webwxsendmsgimg")).map(({ json }) => json.Msg.ClientMsgId);
      assert.equal(keys.length, 5);
      assert.equal(new Set(keys).size, 1);
      assert.equal((await standin.control("GET", "messages")).length, before + 1);
    },
    { expected: ["net::ERR_"] },
  );
});

test("an answer that is lost, and then a refusal: the message may be out, and the queue stops", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "accept-then-reset" });
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "ret:1205" });
  await visiting(
    async ({ open }) => {
      const wechat = await open();
      await wechat.openPanel();
      const before = (await standin.control("GET", "messages")).length;
      const messagesMore = async () => (await standin.control("GET", "messages")).length - before;
      await wechat.pick(small, moving);
      await wechat.until('.card[data-state="ready"]', 2);
      await wechat.click(".send");
      await wechat.until('.card[data-state="unsure"]');
      assert.match((await wechat.text(".status"))[0], /Too many requests.* It may have been delivered/);
      assert.match((await wechat.text(".why"))[0], /too many requests/);
      await wechat.inPanel(laterBy, 61_000);
      await wechat.untilText(".why", "Stopped");
      assert.deepEqual(await wechat.text('.card[data-state="waiting"] .name'), ["moving.gif"]);
      assert.equal(await messagesMore(), 1);

      // Sent again, refused again: what was unsure stays so, and it is still the same message.
      await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "ret:1205" });
      await wechat.click(".choices .button:last-child");
      await wechat.until('.card[data-state="sending"], .card[data-state="unsure"]');
      await untilAsync(async () => (await standin.journal("webwxsendmsgimg")).length === 3);
      await wechat.until('.card[data-state="unsure"] .choices .button:disabled');
      await wechat.inPanel(laterBy, 61_000);
      await wechat.until('.card[data-state="unsure"] .choices .button:last-child:enabled');
      await wechat.click(".choices .button:last-child");
      await wechat.until('.card[data-state="sent"]');
      assert.equal(await messagesMore(), 1);
      await wechat.until('.card[data-state="waiting"]');
    },
    { expected: ["net::ERR_"] },
  );
});

test("the extension is updated under the page, which then says so", async (t) => {
  const browser = await launchWithExtension(standin);
  t.after(() => browser.close());
  const wechat = await WeChatPage.open(browser);
  await wechat.openPanel();
  await wechat.pick(small);
  await wechat.until('.card[data-state="ready"]');
  // It ends before it can answer.
  void (await workerOf(browser)).evaluate(() => chrome.runtime.reload()).catch(() => {});
  // The panel's world has lost its extension, and so the tests' way into it: what is seen is asked of the browser.
  const seen = async () => JSON.stringify(await wechat.page.accessibility.snapshot());
  await untilAsync(async () => (await seen()).includes("Reload this page, look in the chat what arrived"));
});

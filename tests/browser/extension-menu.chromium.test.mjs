/**
 * The extension's right click: a picture of any page comes to WeChat's tab. Two things that automation cannot reach are
 * told where they are played: the browser's own context menu, and its question whether a host may be read.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import { untilAsync, workerOf } from "./extension.mjs";
import { md5Of, sample, sent, small, standin, visiting } from "./extension-suite.mjs";

/**
 * A right click on a picture. Automation can neither open the browser's context menu nor answer the browser's question
 * whether a host may be read: the click is dispatched to the worker's own listener, and the question is answered.
 */
function rightClick(worker, srcUrl, pageUrl = "https://elsewhere.example/") {
  const info = { menuItemId: "send-picture", srcUrl, pageUrl, frameId: 0 };
  return worker.evaluate((info) => {
    const askedFor = [];
    chrome.permissions.request = async ({ origins }) => {
      askedFor.push(...origins);
      return true;
    };
    globalThis.givenBack = [];
    chrome.permissions.remove = async ({ origins }) => {
      givenBack.push(...origins);
      return true;
    };
    chrome.contextMenus.onClicked.dispatch(info, { id: 1 });
    return askedFor;
  }, info);
}

/** How many parts of pictures the worker keeps. */
const partsKept = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("pictures");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const counting = opening.result.transaction("parts").objectStore("parts").count();
      counting.onsuccess = () => resolve(counting.result);
    };
  });

/** Whether the menu has its entry, which comes with the installation. */
const hasMenu = () =>
  chrome.contextMenus.update("send-picture", { enabled: true }).then(
    () => true,
    () => false,
  );

/** The notifications that are shown. */
const notifications = (worker) => worker.evaluate(async () => Object.keys(await chrome.notifications.getAll()));

test("a right click lays the picture into WeChat's tab, where it waits for the user", async () => {
  const server = createServer(async ({ headers, url }, response) => {
    response.setHeader("Access-Control-Allow-Origin", headers.origin ?? "*");
    response.setHeader("Access-Control-Allow-Credentials", "true");
    response.setHeader("Content-Type", url.endsWith(".html") ? "text/html" : "image/jpeg");
    response.end(await readFile(sample));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `http://127.0.0.1:${server.address().port}`;
  try {
    await visiting(async ({ browser, open }) => {
      let worker = await workerOf(browser);
      await untilAsync(() => worker.evaluate(hasMenu));
      await rightClick(worker, `${host}/cat.jpg`);
      await untilAsync(async () => (await notifications(worker)).length === 1);
      assert.equal((await browser.pages()).length, 1, "without a tab of WeChat Web, nothing is opened");

      // It is kept for the next tab.
      const wechat = await open();
      await wechat.untilThere();
      await wechat.untilText(".box:not([hidden]) .to", "To Ann");
      assert.deepEqual(await wechat.text(".name"), ["cat.jpg"]);
      await wechat.click('.icon-button[aria-label="Remove cat.jpg"]');
      const asked = await rightClick(worker, `${host}/sub/cat%20one.jpg?size=large`);
      assert.deepEqual(asked, [`${host}/*`]);
      await wechat.untilText(".box:not([hidden]) .to", "To Ann");
      assert.deepEqual(await wechat.text(".name"), ["cat one.jpg"]);
      assert.deepEqual(await standin.journal(), []);

      // What is no picture is told, and not kept.
      assert.deepEqual(await rightClick(worker, `${host}/page.html`, `${host}/`), [], "the click opens its own page");
      await untilAsync(async () => (await notifications(worker)).length === 3);
      await rightClick(worker, "data:image/png;base64,AAAA");
      await wechat.untilText(".notice", "not a picture");
      assert.equal((await wechat.text(".card")).length, 1);

      // The tab sleeps through the worker's end.
      await worker.close();
      await wechat.until(".send:not([hidden])");
      await wechat.click(".send");
      await wechat.until('.card[data-state="sent"]');
      assert.deepEqual(await sent(), [[await md5Of(sample), standin.info.peer]]);
      worker = await workerOf(browser);
      assert.equal(await worker.evaluate(partsKept), 0, "what was sent is not kept");
    });
  } finally {
    server.close();
  }
});

test("a host is given back whatever comes of the click", async () => {
  await visiting(async ({ browser, open }) => {
    const worker = await workerOf(browser);
    await untilAsync(() => worker.evaluate(hasMenu));
    const url = "http://127.0.0.1:9/a.jpg";
    const isGivenBack = () => worker.evaluate(() => givenBack.join() === "http://127.0.0.1:9/*");
    // Without a tab, and then from a host that does not answer.
    await rightClick(worker, url);
    await untilAsync(isGivenBack);
    await (await open()).untilThere();
    await rightClick(worker, url);
    await untilAsync(isGivenBack);
    // The browser cannot even ask.
    await worker.evaluate((srcUrl) => {
      givenBack = [];
      chrome.permissions.request = () => Promise.reject(new Error("no"));
      const info = { menuItemId: "send-picture", srcUrl, pageUrl: "https://elsewhere.example/", frameId: 0 };
      chrome.contextMenus.onClicked.dispatch(info, { id: 1 });
    }, url);
    await untilAsync(isGivenBack);
    await untilAsync(async () => (await notifications(worker)).length === 3);
  });
});

/** A right click on a picture that needs no host. */
const clickOnSmall = async (worker) =>
  rightClick(worker, `data:image/png;base64,${(await readFile(small)).toString("base64")}`);

test("a right click during an upload: that one arrives, and is shown as sent", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:1000" });
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]');
    await wechat.click(".send");
    await wechat.untilKept(({ checkpoint }) => checkpoint?.nextChunk === 1);
    await clickOnSmall(await workerOf(browser));
    await wechat.until('.card[data-state="ready"]');
    await wechat.until('.card[data-state="sent"]');
    assert.deepEqual(await wechat.text(".card .status"), ["Sent", "Ready"]);
  });
});

test("a right click while a picture is being stored: both are ready", async () => {
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await untilAsync(async () => (await workerOf(browser)).evaluate(hasMenu));
    // Its parts wait until the other has come.
    await wechat.inPanel(() => {
      const { sendMessage } = chrome.runtime;
      const free = new Promise((resolve) => (globalThis.letGo = resolve));
      chrome.runtime.sendMessage = async (request) => {
        await (request.ask === "put" ? free : null);
        return sendMessage.call(chrome.runtime, request);
      };
    });
    await wechat.pick(sample);
    await wechat.until('.card[data-state="taking"]');
    await clickOnSmall(await workerOf(browser));
    await wechat.until('.card[data-state="ready"]');
    await wechat.inPanel(() => letGo());
    await wechat.until('.card[data-state="ready"]', 2);
    assert.deepEqual(await wechat.text(".send"), ["Send 2 to Ann 🌻"]);
  });
});

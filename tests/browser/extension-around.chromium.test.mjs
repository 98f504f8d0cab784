/** The extension and what is around it: the user's files, its options, and pages that are hostile, strict or in Chinese. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { launchWithExtension, untilAsync, workerOf } from "./extension.mjs";
import { md5, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";
import { complaints } from "./harness.mjs";

/** Where a browser without a window puts downloads; as with a user who has allowed a page more than one. */
async function allowDownloads(browser, downloadPath) {
  const cdp = await browser.target().createCDPSession();
  await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath });
}

test("originals are saved under names with date and MD5, verified, each once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  try {
    await visiting(async ({ browser, open }) => {
      await allowDownloads(browser, folder);
      const wechat = await open();
      await wechat.openPanel();
      // One's own picture, twice.
      for (const _ of [1, 2]) {
        await wechat.pick(small);
        await wechat.click(".send");
        await wechat.until('.card[data-state="sent"]');
        await wechat.click(".clear");
      }
      await wechat.reload();
      await wechat.openPanel();
      await standin.faults({ endpoint: "webwxgetmsgimg", times: 4, fault: "html" });
      await wechat.click(".save-all");
      await wechat.untilText(".result", "Saved: 2");
      assert.deepEqual(await wechat.text(".result"), [
        "Saved: 2 · unverified: 1 · duplicates: 1 · failed: 1",
      ]);
      await wechat.click(".save-all");
      await wechat.untilText(".result", "Saved: 1");
      assert.deepEqual(await wechat.text(".result"), ["Saved: 1 · duplicates: 3"]);

      const complete = async () => (await readdir(folder)).filter((name) => !name.endsWith(".crdownload"));
      await untilAsync(async () => (await complete()).length === 3);
      const hashes = [];
      for (const name of await complete()) {
        const [, hash] = /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_([0-9a-f]{32})\.(jpg|png)$/.exec(name);
        assert.equal(md5(await readFile(join(folder, name))), hash, name);
        hashes.push(hash);
      }
      const [photo] = await standin.control("GET", "messages");
      assert.ok(hashes.includes(/ md5="([0-9a-f]{32})"/.exec(photo.Content)[1]));
      assert.ok(hashes.includes(await md5Of(small)));
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("options: names, speed and metadata are stored, and hold from the next picture on", async () => {
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await wechat.openPanel();
    const [options] = await Promise.all([
      browser.waitForTarget((target) => target.url().endsWith("/options.html")).then((target) => target.page()),
      wechat.click('.icon-button[aria-label="Options"]'),
    ]);
    const heard = complaints(options);
    await options.waitForFunction(() => document.querySelector("#preview").textContent !== "");
    const preview = () => options.$eval("#preview", (element) => element.textContent);
    assert.match(await preview(), /^\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_9e107d9d372bb6826bd81d3542a419d6\.jpg$/);
    await options.$eval("#pattern", (input) => input.select());
    await options.type("#pattern", "../{chat}: {id} {what}");
    assert.equal(await preview(), "_Ann_ 8997396119269472610 {what}.jpg");
    await options.select("#speed", "2");
    await options.click("#strip");
    await options.waitForFunction(() => document.querySelector("#saved").textContent === "Saved");
    assert.deepEqual(await options.evaluate(() => chrome.storage.local.get()), {
      concurrency: 2,
      pattern: "../{chat}: {id} {what}",
      strip: true,
      welcomed: true,
    });
    assert.deepEqual(heard, []);
    await options.close();

    await wechat.page.bringToFront();
    await wechat.pick(sample);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    // This one has nothing beside its pixels.
    assert.deepEqual(await sent(), [[await md5Of(sample), standin.info.peer]]);
  });
});

/** Loads the page again with a script of its own in it, and a policy if one is given. */
async function reloadWith(wechat, { script = "", policy }) {
  const { page } = wechat;
  const html = await (await page.reload()).text();
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.isInterceptResolutionHandled() || !request.isNavigationRequest()) {
      return request.continue();
    }
    return request.respond({
      contentType: "text/html; charset=utf-8",
      headers: policy ? { "Content-Security-Policy": policy } : {},
      body: html.replace("<head>", `<head><script>${script}</script>`),
    });
  });
  await page.reload();
}

/** What a page can try as soon as it runs: to listen in, and to put its own functions in the place of the browser's. */
function listenIn() {
  globalThis.caught = [];
  const catching = (object, name) => {
    const original = object[name];
    object[name] = function (...args) {
      caught.push(`${name} ${this} ${args.map(String)}`);
      return original.apply(this, args);
    };
  };
  addEventListener("message", ({ data, ports }) => caught.push(JSON.stringify(data), ...ports), true);
  const catchingAll = (object, name) => {
    const descriptor = Object.getOwnPropertyDescriptor(object, name);
    for (const part of ["get", "set"].filter((part) => descriptor[part])) {
      const original = descriptor[part];
      descriptor[part] = function (...args) {
        caught.push(`${part} ${name} of ${this}`);
        return original.apply(this, args);
      };
    }
    Object.defineProperty(object, name, descriptor);
  };
  for (const name of ["ports", "data", "source", "origin"]) {
    catchingAll(MessageEvent.prototype, name);
  }
  catchingAll(MessagePort.prototype, "onmessage");
  catching(MessagePort.prototype, "start");
  catching(MessagePort.prototype, "addEventListener");
  catching(EventTarget.prototype, "removeEventListener");
  catching(MessagePort.prototype, "postMessage");
  catching(Element.prototype, "attachShadow");
  catching(Event.prototype, "stopImmediatePropagation");
  catching(XMLHttpRequest.prototype, "open");
  catching(globalThis, "fetch");
}

test("a hostile page sees nothing, and cannot make the extension do anything", async () => {
  await visiting(async ({ browser, open }) => {
    const wechat = await open();
    await reloadWith(wechat, { script: `(${listenIn})()` });
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await wechat.click('.icon-button[aria-label="Close"]');
    const { page } = wechat;
    // The session and the chat have gone through the page by now, unseen.
    assert.deepEqual(await page.evaluate(() => caught.map(String)), []);
    const worker = await workerOf(browser);
    const inside = worker.url().replace("/built/worker.js", "");

    const reached = await page.evaluate(async (inside) => {
      const host = document.querySelector("webwx-image-panel");
      const { left, top, width, height } = host.getBoundingClientRect();
      const transfer = new DataTransfer();
      transfer.items.add(new File(["GIF89a"], "a.gif", { type: "image/gif" }));
      const how = { bubbles: true, composed: true, cancelable: true };
      for (const target of [host, document.elementFromPoint(left + width / 2, top + height / 2)]) {
        target.click();
        target.dispatchEvent(new MouseEvent("click", how));
        target.dispatchEvent(new DragEvent("dragenter", { ...how, dataTransfer: transfer }));
        target.dispatchEvent(new DragEvent("drop", { ...how, dataTransfer: transfer }));
        target.dispatchEvent(new ClipboardEvent("paste", { ...how, clipboardData: transfer }));
        target.dispatchEvent(new KeyboardEvent("keydown", { ...how, key: "Enter" }));
      }
      // The word that opens the bridge works once, and that was before the page.
      const { port1, port2 } = new MessageChannel();
      const answers = [];
      port1.onmessage = ({ data }) => answers.push(data);
      port1.postMessage({ id: 1, question: "session" });
      postMessage("webwx-image: bridge", location.origin, [port2]);
      postMessage({ ask: "add", item: { id: "x" } }, location.origin);
      const own = [];
      for (const path of ["manifest.json", "built/content.js", "options.html", "icons/128.png"]) {
        own.push(await fetch(`${inside}/${path}`).catch(() => null));
      }
      await new Promise((resolve) => setTimeout(resolve));
      return { root: host.shadowRoot, runtime: typeof globalThis.chrome?.runtime, answers, own };
    }, inside);
    assert.deepEqual(reached, { root: null, runtime: "undefined", answers: [], own: [null, null, null, null] });
    // Nor would a script's own click do anything, if it got there.
    await wechat.inPanel((root) => root.querySelector(".launcher").click());
    assert.equal(await wechat.inPanel((root) => root.querySelector(".box").hidden), true);
    assert.equal((await wechat.text(".card")).length, 1);

    // What it says of itself is text, or nothing.
    await page.evaluate(() => {
      const { get } = angular.element(document).injector();
      const { FromUserName } = get("chatFactory").getChatMessage(get("chatFactory").getCurrentUserName())[0];
      get("contactFactory").getContact(FromUserName).NickName = "<img src=x onerror='pwned = 1'>../&lt;b&gt;Eve";
      get("chatFactory").getChatMessage = () => [
        { MsgId: "../../evil", MsgType: 3, Content: "@1", CreateTime: 1 },
        { MsgId: { toString: () => "1" }, MsgType: 3, Content: "@1", CreateTime: 1 },
        {
          get MsgId() {
            throw new Error("no");
          },
        },
        null,
      ];
    });
    await wechat.click(".launcher");
    await wechat.untilText(".receiver", "../<b>Eve");
    await wechat.click(".save-all");
    await wechat.untilText(".result", "no pictures");
    await page.evaluate(() => {
      angular.element(document).injector().get("accountFactory").getSkey = () => ({ toString: () => "@crypt_0_0" });
    });
    await wechat.click(".send");
    await wechat.until('.card[data-state="failed"]');
    await wechat.untilText(".status", "login has expired");
    assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
    assert.deepEqual(await standin.journal(), []);
  }, { expected: ["ERR_FAILED"] });
});

test("a page with a strict policy changes nothing", async () => {
  const policy = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'";
  await visiting(async ({ open }) => {
    const wechat = await open();
    await reloadWith(wechat, { policy });
    await wechat.openPanel();
    await wechat.pick(sample, moving);
    await wechat.until('.card[data-state="ready"] .frame[data-drawn]', 2);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    assert.equal((await sent()).length, 2);
    assert.equal(await wechat.inPanel(() => WebwxImage.backend()), "js");
    // The page shows what was sent, as far as its own policy lets it.
  }, { expected: ["Loading the image"] });
});

test("in Chinese, and before anybody has logged in", async (t) => {
  const browser = await launchWithExtension(standin, { language: "zh-CN" });
  t.after(() => browser.close());
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.untilThere();
    await wechat.page.evaluate(() => {
      angular.element = () => ({ injector: () => undefined });
    });
    await wechat.click(".launcher");
    await wechat.untilText(".hint", "拖放");
    assert.deepEqual(await wechat.text(".receiver"), ["尚无：请登录并打开一个聊天"]);
    await wechat.pick(small);
    await wechat.untilText(".notice", "请先打开一个聊天");
    assert.deepEqual(await wechat.text(".card"), []);
  }, { browser });
});

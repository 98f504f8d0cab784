/** The extension on the page of the File Transfer Helper, and beside a tab of WeChat Web. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { FILE_HELPER, untilAsync, workerOf } from "./extension.mjs";
import { md5, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";

/** The menu's entries that are shown; automation cannot open the menu, so what the worker says of them is kept. */
const listen = (worker) =>
  worker.evaluate(() => {
    globalThis.shown ??= { "send-picture": true };
    const update = chrome.contextMenus.update.bind(chrome.contextMenus);
    chrome.contextMenus.update = (id, values) => {
      shown[id] = values.visible;
      return update(id, values);
    };
  });

const shownIn = (worker) => worker.evaluate(() => Object.keys(shown).filter((id) => shown[id]).sort());

const rightClick = async (worker, menuItemId) =>
  worker.evaluate(
    (menuItemId, srcUrl) => {
      chrome.contextMenus.onClicked.dispatch({ menuItemId, srcUrl, pageUrl: "https://elsewhere.example/", frameId: 0 }, { id: 1 });
    },
    menuItemId,
    `data:image/png;base64,${(await readFile(small)).toString("base64")}`,
  );

test("pictures go to the File Transfer Helper, by a drop, a paste and the picker, and nobody has to be chosen", async () => {
  await visiting(async ({ browser, open }) => {
    await browser.defaultBrowserContext().overridePermissions(FILE_HELPER, ["clipboard-sanitized-write"]);
    const helper = await open({ host: FILE_HELPER });
    await helper.openPanel();
    assert.deepEqual(await helper.text(".receiver"), ["File Transfer Helper"]);
    await helper.drop(sample);
    await helper.pick(small, moving);
    await helper.until('.card[data-state="ready"]', 3);
    // The browser writes its own PNG of what is copied: another picture than the file.
    await helper.page.evaluate(async (base64) => {
      const png = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([png], { type: "image/png" }) })]);
    }, (await readFile(small)).toString("base64"));
    await helper.paste();
    await helper.until('.card[data-state="ready"]', 4);
    assert.deepEqual(await helper.text(".send"), ["Send 4 to File Transfer Helper"]);
    assert.deepEqual(await helper.text(".address"), [], "there is no other chat");
    await helper.click(".send");
    await helper.until('.card[data-state="sent"]', 4);
    const messages = await sent();
    const files = await Promise.all([sample, small, moving].map(md5Of));
    assert.ok(files.every((hash) => messages.some(([found]) => found === hash)));
    assert.deepEqual(messages.map(([, to]) => to), Array(4).fill("filehelper"));
    const journal = await standin.journal();
    const posts = journal.filter(({ method, path }) => method === "POST" && /upload|send/.test(path));
    assert.ok(posts.every(({ headers }) => headers.mmweb_appid === "wx_webfilehelper"));
    // The page learns of them as of everything else.
    await helper.page.evaluate(() => standin.sync());
    assert.equal(await helper.page.evaluate(() => document.querySelectorAll(".msg-item").length), 7);
  });
});

test("originals of what the phone sent are saved, held against their messages", async () => {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  try {
    await visiting(async ({ browser, open }) => {
      const cdp = await browser.target().createCDPSession();
      await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder });
      const helper = await open({ host: FILE_HELPER });
      await helper.openPanel();
      await helper.click(".save-all");
      await helper.untilText(".result", "Saved: 2");
      assert.deepEqual(await helper.text(".result"), ["Saved: 2"], "verified, both");
      const complete = async () => (await readdir(folder)).filter((name) => !name.endsWith(".crdownload"));
      await untilAsync(async () => (await complete()).length === 2);
      for (const name of await complete()) {
        const [, hash] = /^2023-11-1\d_\d\d-\d\d-\d\d_([0-9a-f]{32})\.(jpg|png)$/.exec(name);
        assert.equal(md5(await readFile(join(folder, name))), hash, name);
      }
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a tab of each is told apart: each has its own pictures, and a right click says which is meant", async () => {
  await visiting(async ({ browser, open }) => {
    const worker = await workerOf(browser);
    await listen(worker);
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]');
    assert.deepEqual(await shownIn(worker), ["send-picture"]);

    const helper = await open({ host: FILE_HELPER });
    await helper.openPanel();
    assert.deepEqual(await helper.text(".card"), [], "the other tab's picture is not here");
    await untilAsync(async () => (await shownIn(worker)).length === 2);
    assert.deepEqual(await shownIn(worker), ["send-picture-filehelper", "send-picture-web"]);
    await helper.pick(moving);
    await helper.until('.card[data-state="ready"]');

    await rightClick(worker, "send-picture-web");
    await wechat.until('.card[data-state="ready"]', 2);
    await rightClick(worker, "send-picture-filehelper");
    await helper.until('.card[data-state="ready"]', 2);
    await wechat.untilText(".card:last-child .to", "Ann");
    await helper.untilText(".card:last-child .to", "File Transfer Helper");
    assert.deepEqual(await wechat.text(".to"), ["To Ann 🌻", "To Ann 🌻"]);
    assert.deepEqual(await helper.text(".to"), ["To File Transfer Helper", "To File Transfer Helper"]);

    await helper.click(".send");
    await helper.until('.card[data-state="sent"]', 2);
    await wechat.page.bringToFront();
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    const [jpeg, png, gif] = await Promise.all([sample, small, moving].map(md5Of));
    const { peer } = standin.info;
    assert.deepEqual((await sent()).sort(), [[jpeg, peer], [png, peer], [gif, "filehelper"], [png, "filehelper"]].sort());
    const sends = (await standin.journal()).filter(({ path }) => /webwxsend/.test(path));
    for (const { host, headers, json } of sends) {
      const isHelper = json.Msg.ToUserName === "filehelper";
      assert.deepEqual([host === new URL(FILE_HELPER).host, headers.mmweb_appid === "wx_webfilehelper"], [isHelper, isHelper]);
    }

    await helper.page.close();
    await untilAsync(async () => (await shownIn(worker)).join() === "send-picture");
  });
});

test("a page that is not logged in takes nothing, and says what to do", async () => {
  await visiting(async ({ open }) => {
    const helper = await open({
      host: FILE_HELPER,
      // The page as it is before the QR code is scanned; but its chat is there, as in a page whose traffic began before.
      prepare: (page) => page.evaluateOnNewDocument(() => history.replaceState(null, "", "/?logged-out")),
    });
    await helper.untilThere();
    await helper.page.evaluate(() => {
      document.body.append(Object.assign(document.createElement("div"), { id: "chatBody" }));
    });
    await helper.openPanel();
    await helper.drop(small);
    await helper.untilText(".notice", "reload this page once");
    assert.deepEqual(await helper.text(".card"), []);
  });
});

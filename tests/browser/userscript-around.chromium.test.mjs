/** The userscript's metadata, what it saves, and pages that are strict or out of its reach; in real Chromium. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { projectPath } from "./harness.mjs";
import { metadataOf } from "./manager.mjs";
import {
  PLAIN,
  STRICT_PAGE,
  APART,
  browser,
  copy,
  downloads,
  library,
  md5,
  openChat,
  paste,
  pressPaste,
  photo,
  sample,
  script,
  small,
  standin,
  strict,
  test,
  traffic,
  visiting,
} from "./userscript-suite.mjs";

test("the metadata names version, hash, and no more hosts and functions than are needed", async () => {
  const { version } = JSON.parse(await readFile(projectPath("package.json"), "utf8"));
  const metadata = metadataOf(script);
  const hosts = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];
  // Their files are at hosts of WeChat Web.
  const helpers = ["filehelper.weixin.qq.com", "szfilehelper.weixin.qq.com", "cmfilehelper.weixin.qq.com"];
  const hash = createHash("sha256").update(library).digest("hex");
  assert.deepEqual(metadata.version, [version]);
  assert.deepEqual(metadata.match, [...hosts, ...helpers].map((host) => `https://${host}/*`));
  assert.deepEqual(metadata.connect, [...hosts, ...helpers, ...hosts.map((host) => `file.${host}`)]);
  assert.deepEqual(metadata.require, [
    `https://unpkg.com/webwx-image@${version}/dist/webwx-image.iife.js#sha256=${hash}`,
  ]);
  const code = script.slice(script.indexOf("// ==/UserScript=="));
  const used = new Set(code.match(/\bGM_\w+|\bGM\.\w+|\bunsafeWindow\b/g));
  assert.deepEqual(new Set(metadata.grant), used);
  for (const key of ["name", "name:zh-CN", "namespace", "description", "description:zh-CN", "license"]) {
    assert.equal(metadata[key]?.length, 1, key);
  }
});

/**
 * Runs `work` with a function that waits until so many files were downloaded, and gives their names and MD5s.
 *
 * @param {(saved: (count: number) => Promise<{ name: string, md5: string }[]>) => Promise<void>} work
 */
async function collecting(work) {
  const cdp = await browser.target().createCDPSession();
  // Each under its own id, since names can repeat.
  const where = { behavior: "allowAndName", downloadPath: downloads, eventsEnabled: true };
  await cdp.send("Browser.setDownloadBehavior", where);
  const names = new Map();
  const done = [];
  let came = () => {};
  cdp.on("Browser.downloadWillBegin", ({ guid, suggestedFilename }) => names.set(guid, suggestedFilename));
  cdp.on("Browser.downloadProgress", ({ guid, state }) => {
    if (state === "completed") {
      done.push(guid);
      came();
    }
  });
  const facts = async (guid) => ({ name: names.get(guid), md5: md5(await readFile(join(downloads, guid))) });
  try {
    await work(async (count) => {
      while (done.length < count) {
        await new Promise((resolve) => (came = resolve));
      }
      return Promise.all(done.map(facts));
    });
  } finally {
    await cdp.detach();
  }
}

/** The image that the page shows of a message. */
const imageOf = async (page, { MsgId }) => {
  const found = await page.evaluateHandle((id) => {
    const all = [...document.querySelectorAll("#chatArea [data-cm]")];
    return all.find((element) => JSON.parse(element.dataset.cm).msgId === id).querySelector("img");
  }, MsgId);
  return found.asElement();
};

const dayOf = ({ CreateTime }) => {
  const when = new Date(CreateTime * 1000);
  const part = (number) => String(number).padStart(2, "0");
  return `${when.getFullYear()}-${part(when.getMonth() + 1)}-${part(when.getDate())}`;
};

test("over a chat's picture, a button saves its original under the message's day and the MD5", async () => {
  const [first] = await standin.control("GET", "messages");
  const expected = first.Content.match(/md5="([0-9a-f]{32})"/)[1];
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      await openChat(page, 0);
      await (await imageOf(page, first)).hover();
      await cards.click("Save original");
      await cards.says(/^Saved\. Its MD5 is the message's\.$/);
      assert.deepEqual(await saved(1), [{ name: `${dayOf(first)}_${expected}.jpg`, md5: expected }]);
    }),
  );
});

test("what comes in the original's place is not saved", async () => {
  const [first] = await standin.control("GET", "messages");
  await visiting(PLAIN, async (page, cards) => {
    await openChat(page, 0);
    await (await imageOf(page, first)).hover();
    await standin.faults({ endpoint: "webwxgetmsgimg", times: 9, fault: "html" });
    await cards.click("Save original");
    assert.match(await cards.says(/picture/), /^This is not a picture\.\n/);
  });
});

test("own pictures and emoticons have the button too; videos, texts and what is not sent yet have none", async () => {
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      const album = await openChat(page, 3);
      const [, drawn, pasted] = album.filter(({ MsgType }) => MsgType === 3);
      const [emoticon] = album.filter(({ MsgType }) => MsgType === 47);
      const [md5Sum] = emoticon.Content.match(/[0-9a-f]{32}/);
      const without = album.filter(({ MsgType, MMStatus }) => MsgType === 43 || [1, 5].includes(MMStatus));
      assert.equal(without.length, 3);
      assert.match(await (await imageOf(page, drawn)).evaluate(({ src }) => src), /^data:/);
      for (const message of without) {
        await (await imageOf(page, drawn)).hover();
        assert.deepEqual(await cards.over(), "Save original");
        await (await imageOf(page, message)).hover();
        assert.equal(await cards.over(), null);
      }
      for (const [count, message, end] of [
        [1, drawn, /^Saved\. The message has nothing/],
        [2, pasted, /^Saved\. The message has nothing/],
        [3, emoticon, /^Saved\. Its MD5 is the message's\.$/],
      ]) {
        await (await imageOf(page, message)).hover();
        await cards.click("Save original");
        await cards.says(end);
        await saved(count);
        await cards.click("Close");
      }
      const names = (await saved(3)).map(({ name }) => name);
      assert.equal(names.at(-1), `${dayOf(emoticon)}_${md5Sum}.gif`);
      const asked = (await standin.journal("webwxgetmsgimg")).filter(({ query }) => query.MsgID === emoticon.MsgId);
      assert.ok(asked.every(({ query }) => query.type === "big"));
    }),
  );
});

test("all originals of a chat: what is not sent yet is passed over, not failed", async () => {
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      await openChat(page, 3);
      await chooseSaveAll(page);
      await cards.says(/^3 of 3: 2 saved, 1 saved before, 0 failed\.$/);
      await saved(2);
      assert.equal((await cards.all())[0].title, "Originals of the chat with 😄");
    }),
  );
});

/** Chooses the script's one entry in the manager's menu. */
function chooseSaveAll(page) {
  return page.evaluate(() => {
    const detail = "Save all originals of the open chat";
    document.dispatchEvent(new CustomEvent("userscript-menu", { detail }));
  });
}

test("the manager's menu saves all pictures of the open chat, and each only once", async () => {
  const pictures = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 2 saved, 0 saved before, 0 failed\.$/);
      const files = await saved(2);
      assert.equal(new Set(files.map(({ md5: sum }) => sum)).size, 2);
      for (const [place, { name, md5: sum }] of files.entries()) {
        assert.match(name, new RegExp(`^${dayOf(pictures[place])}_${sum}\\.(jpg|png)$`));
      }
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 0 saved, 2 saved before, 0 failed\.$/);
    }),
  );
});

test("on a page that allows no WebAssembly, no requests and no styles, all of it works", async () => {
  await collecting((saved) =>
    visiting(STRICT_PAGE, async (page, cards) => {
      const forbidden = await page.evaluate(async () => {
        const fails = (work) => work.then(() => false, () => true);
        const nothing = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
        return [await fails(WebAssembly.compile(nothing)), await fails(fetch("/__standin/session"))];
      });
      assert.deepEqual(forbidden, [true, true]);
      await paste(page, [photo]);
      await cards.says(/×/);
      await page.keyboard.press("Enter");
      await cards.says(/^Sent\.$/);
      assert.ok((await cards.all())[0].hasPreview);
      const { bytes, hosts, sends, requests } = await traffic(strict);
      assert.deepEqual([bytes.length, hosts, sends.length], [3, ["file.wx2.qq.com"], 1]);
      assert.equal(JSON.parse(requests[0]).FileMd5, md5(sample));
      await chooseSaveAll(page);
      // The one that was sent is in the page's chat too.
      await cards.says(/^3 of 3: 3 saved/);
      await saved(3);
    }),
  );
});

test("in a world apart from the page, it says what is wrong, and leaves pastes to the page", async () => {
  await visiting(APART, async (page, cards) => {
    await copy(page, small);
    await pressPaste(page);
    await cards.says(/isolates this script from the page/);
    assert.deepEqual(await page.evaluate(() => heard), ["window", "document", "editor"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

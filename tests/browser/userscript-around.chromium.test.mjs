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
  folders,
  icon,
  library,
  md5,
  paste,
  photo,
  sample,
  script,
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
  const hash = createHash("sha256").update(library).digest("hex");
  assert.deepEqual(metadata.version, [version]);
  assert.deepEqual(metadata.match, hosts.map((host) => `https://${host}/*`));
  assert.deepEqual(metadata.connect, [...hosts, ...hosts.map((host) => `file.${host}`)]);
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
  const where = { behavior: "allowAndName", downloadPath: folders[2], eventsEnabled: true };
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
  const facts = async (guid) => ({ name: names.get(guid), md5: md5(await readFile(join(folders[2], guid))) });
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

/** Shows the messages' thumbnails in the page, as the real one does. */
function showPictures(page, session) {
  return page.evaluate((skey) => {
    const chat = angular.element(document).injector().get("chatFactory");
    for (const { MsgId } of chat.getChatMessage(chat.getCurrentUserName())) {
      const picture = document.createElement("img");
      picture.id = `m${MsgId}`;
      picture.width = picture.height = 120;
      picture.src = `/cgi-bin/mmwebwx-bin/webwxgetmsgimg?&MsgID=${MsgId}&skey=${encodeURIComponent(skey)}&type=slave`;
      document.body.append(picture);
    }
  }, session.skey);
}

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
      await showPictures(page, standin.info.session);
      await page.hover(`#m${first.MsgId}`);
      await cards.click("Save original");
      await cards.says(/^Saved\. Its MD5 is the message's\.$/);
      assert.deepEqual(await saved(1), [{ name: `${dayOf(first)}_${expected}.jpg`, md5: expected }]);
    }),
  );
});

test("what comes in the original's place is not saved", async () => {
  const [first] = await standin.control("GET", "messages");
  await visiting(PLAIN, async (page, cards) => {
    await showPictures(page, standin.info.session);
    await page.hover(`#m${first.MsgId}`);
    await standin.faults({ endpoint: "webwxgetmsgimg", times: 9, fault: "html" });
    await cards.click("Save original");
    assert.match(await cards.says(/picture/), /^That is no picture\.\n/);
  });
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
      const { bytes, hosts, sends, requests } = await traffic(strict);
      assert.deepEqual([bytes.length, hosts, sends.length], [3, ["file.wx2.qq.com"], 1]);
      assert.equal(JSON.parse(requests[0]).FileMd5, md5(sample));
      assert.ok((await cards.all())[0].hasPreview);
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 2 saved/);
      await saved(2);
    }),
  );
});

test("in a world apart from the page, it says what is wrong, and leaves pastes to the page", async () => {
  await visiting(APART, async (page, cards) => {
    assert.equal(await paste(page, [icon]), false);
    await cards.says(/keeps this script apart from the page/);
    assert.deepEqual(await page.evaluate(() => heard), ["window", "document", "editor"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

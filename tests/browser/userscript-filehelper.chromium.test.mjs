/** The userscript on the page of the File Transfer Helper, in real Chromium, at its real name. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { Cards } from "./cards.mjs";
import { untilAsync } from "./extension.mjs";
import { launchChromium, projectPath, startStandin } from "./harness.mjs";
import { QUIRKS, install } from "./manager.mjs";

const HOST = "szfilehelper.weixin.qq.com";
const [script, library] = await Promise.all(
  ["dist/webwx-image.user.js", "dist/webwx-image.iife.js"].map((path) => readFile(projectPath(path), "utf8")),
);
const small = await readFile(projectPath("www/pictures/small.png"));

let standin;
let browser;
let folders;

before(async () => {
  standin = await startStandin("--tls");
  folders = [
    await install(script, library, { matches: [`https://${HOST}/*`], quirks: QUIRKS }),
    await mkdtemp(join(tmpdir(), "userscript-helper-")),
  ];
  const { origin, fileOrigin } = standin.info;
  browser = await launchChromium({
    hosts: { [HOST]: origin, "file.wx2.qq.com": fileOrigin },
    pipe: true,
    enableExtensions: [folders[0]],
  });
  const cdp = await browser.target().createCDPSession();
  await cdp.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folders[1] });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
  await Promise.all((folders ?? []).map((folder) => rm(folder, { recursive: true })));
});

beforeEach(() => standin.reset());

/** Opens the page, and waits until its own requests are through. */
async function visiting(visit) {
  const page = await browser.newPage();
  try {
    await page.goto(`https://${HOST}/`);
    await page.waitForFunction(() => document.querySelectorAll(".msg-item").length === 3);
    await visit(page, await Cards.of(page));
  } finally {
    await page.close();
  }
}

test("a picture that is pasted goes to the File Transfer Helper", { timeout: 60_000 }, async () => {
  await visiting(async (page, cards) => {
    await browser.defaultBrowserContext().overridePermissions(`https://${HOST}`, ["clipboard-sanitized-write"]);
    await page.bringToFront();
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
      document.querySelector("textarea").focus();
    }, small.toString("base64"));
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyV", { commands: ["Paste"] });
    await page.keyboard.up("Control");
    await cards.says(/×/);
    const [card] = await cards.all();
    assert.deepEqual([card.title, card.buttons], ["Send to File Transfer Helper?", ["Send", "Cancel"]]);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);
    const [message, ...more] = (await standin.control("GET", "messages")).slice(3);
    assert.deepEqual([message.ToUserName, message.MsgType, more], ["filehelper", 3, []]);
    const uploads = (await standin.journal("webwxuploadmedia")).filter(({ method }) => method === "POST");
    assert.ok(uploads.length > 0);
    assert.ok(uploads.every(({ headers, host }) => headers.mmweb_appid === "wx_webfilehelper" && host === "file.wx2.qq.com"));
  });
});

test("the button over a picture saves its original, held against its message", { timeout: 60_000 }, async () => {
  await visiting(async (page, cards) => {
    const [photo] = await standin.control("GET", "phone");
    await page.hover(".msg-item .msg-image img");
    await page.waitForFunction(() => document.querySelector(".msg-image img").complete);
    await cards.click("Save original");
    await cards.says(/^Saved\. Its MD5 is the message's\.$/);
    const complete = async () => (await readdir(folders[1])).filter((name) => !name.endsWith(".crdownload"));
    await untilAsync(async () => (await complete()).length === 1);
    const [name] = await complete();
    const [, hash] = / md5="([0-9a-f]{32})"/.exec(photo.Content);
    assert.match(name, new RegExp(`^2023-11-1\\d_${hash}\\.jpg$`));
  });
});

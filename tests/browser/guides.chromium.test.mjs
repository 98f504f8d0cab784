/** The programs of docs/start/extension.md, letter by letter, in the page at its real name that they are written for. */

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { blocks, read } from "../types/blocks.mjs";
import { untilAsync } from "./extension.mjs";
import { launchChromium, projectPath, startStandin } from "./harness.mjs";

const pictures = ["jpg", "gif"].map((extension) => projectPath(`tests/fixtures/pictures/tiny.${extension}`));

let standin;
let browser;
let folder;

before(async () => {
  [standin, folder] = await Promise.all([startStandin("--tls"), mkdtemp(join(tmpdir(), "guide-"))]);
  const guide = read("docs/start/extension.md");
  const files = [...guide.matchAll(/^`([\w.]+)`[,:]/gm)].map(([, name]) => name);
  assert.deepEqual(files, ["manifest.json", "session.js", "content.js"]);
  await Promise.all(blocks(guide).map(({ code }, index) => writeFile(join(folder, files[index]), code)));
  await cp(projectPath("dist/webwx-image.iife.js"), join(folder, "webwx-image.iife.js"));
  browser = await launchChromium({
    hosts: { "wx.qq.com": standin.info.origin, "file.wx.qq.com": standin.info.fileOrigin },
    // Extensions are loaded through the pipe; a port does not let them.
    pipe: true,
    enableExtensions: [folder],
  });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
  await rm(folder, { recursive: true });
});

test("the extension sends the pictures that are chosen to the open chat, which then shows them", async () => {
  const page = await browser.newPage();
  await page.goto("https://wx.qq.com/");
  const input = await page.waitForSelector("input[type=file]");
  await input.uploadFile(...pictures);

  const sends = async () => [
    ...(await standin.journal("webwxsendmsgimg")),
    ...(await standin.journal("webwxsendemoticon")),
  ];
  await untilAsync(async () => (await sends()).length === pictures.length);
  assert.deepEqual(
    (await sends()).map(({ response }) => response.BaseResponse.Ret),
    [0, 0],
  );
  const messages = await standin.control("GET", "messages");
  const { userName } = standin.info.session;
  const receivers = messages.filter(({ FromUserName }) => FromUserName === userName).map(({ ToUserName }) => ToUserName);
  assert.deepEqual([...new Set(receivers.slice(-pictures.length))], [standin.info.peer]);

  const sent = messages.slice(-pictures.length).map(({ MsgId }) => MsgId);
  await page.waitForFunction(
    (ids, peer) => {
      const chat = angular.element(document).injector().get("chatFactory").getChatMessage(peer);
      return ids.every((id) => chat.some(({ MsgId }) => MsgId === id));
    },
    {},
    sent,
    standin.info.peer,
  );
});

/** The README's two programs, letter by letter, in the page at its real name that they are written for. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";

import { blocks, read } from "../types/blocks.mjs";
import { sample } from "./demo.mjs";
import { launch, startStandin, visit } from "./harness.mjs";

const PAGE = "https://wx.qq.com";
const IMAGE = 3;
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

let standin;
let browser;

before(async () => {
  standin = await startStandin("--tls");
  const { origin, fileOrigin } = standin.info;
  browser = await launch({ hosts: { "wx.qq.com": origin, "file.wx.qq.com": fileOrigin } });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

/** The one program of the README that calls this. */
function program(called) {
  const [{ code }, ...more] = blocks(read("README.md")).filter(({ code }) => code.includes(called));
  assert.deepEqual(more, []);
  return code.replaceAll('"webwx-image"', `"${PAGE}/dist/index.js"`);
}

/** Opens the logged-in page, runs a program in it, and looks at what came of it. */
const running = (code, look) =>
  visit(browser, async (page) => {
    await page.goto(`${PAGE}/`);
    await page.evaluate(async (text) => {
      globalThis.logged = [];
      console.log = (...values) => globalThis.logged.push(...values);
      await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    }, code);
    await look(page);
  });

test("Send: the picture that is chosen goes to the open chat, and appears in it", async () => {
  await running(program("wx.sendImage("), async (page) => {
    await page.choose("input", sample);
    await page.until(() => globalThis.logged.some(({ msgId }) => msgId));
    const logged = await page.evaluate(() => globalThis.logged);
    const steps = [...new Set(logged.map(({ step }) => step))];
    assert.deepEqual(steps.slice(-4, -1), ["hash", "upload", "send"]);

    const [{ msgId, media }, isShown] = logged.slice(-2);
    assert.equal(isShown, true);
    assert.equal(media.md5, md5(await readFile(sample)));
    const [message] = (await standin.control("GET", "messages")).filter(({ MsgId }) => MsgId === msgId);
    assert.equal(message.ToUserName, standin.info.peer);
    const ids = await page.evaluate((peer) => {
      const chat = angular.element(document).injector().get("chatFactory").getChatMessage(peer);
      return chat.map(({ MsgId }) => MsgId);
    }, standin.info.peer);
    assert.equal(ids.at(-1), msgId);
  });
});

test("Receive: the originals of the open chat are shown", async () => {
  await running(program("wx.download("), async (page) => {
    const { peer } = standin.info;
    const messages = (await standin.control("GET", "messages")).filter(
      ({ MsgType, FromUserName, ToUserName }) => MsgType === IMAGE && [FromUserName, ToUserName].includes(peer),
    );
    assert.ok(messages.length > 0);
    const shown = await page.$$eval("img", (images) =>
      Promise.all(images.map((image) => image.decode().then(() => [image.title, image.naturalWidth > 0]))),
    );
    assert.equal(shown.length, messages.length);
    assert.ok(shown.every(([verified, isThere]) => ["md5", "length", "none"].includes(verified) && isThere));
    assert.ok(shown.some(([verified]) => verified === "md5"));
  });
});

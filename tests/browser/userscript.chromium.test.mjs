/** Pictures that are pasted, as the userscript offers and sends them in real Chromium, at the real names. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { untilAsync } from "./extension.mjs";
import { projectPath } from "./harness.mjs";
import {
  PLAIN,
  SECOND,
  copy,
  icon,
  md5,
  paste,
  photo,
  sample,
  sentMessages,
  small,
  standin,
  test,
  traffic,
  visiting,
} from "./userscript-suite.mjs";

const CHUNK = 524_288;

test("a picture that the user pastes is offered with its receiver, and Enter sends it", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await copy(page, small);
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyV", { commands: ["Paste"] });
    await page.keyboard.up("Control");

    assert.match(await cards.says(/×/), /^\d+ × \d+, \d+ kB$/);
    const [card, ...others] = await cards.all();
    assert.deepEqual([card.title, card.buttons, others], ["Send to Ann 🌻?", ["Send", "Cancel"], []]);
    assert.equal(await cards.focused(), "Send");
    assert.deepEqual((await traffic()).chunks, [], "nothing leaves before the user says so");
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);

    const [message, ...more] = await sentMessages();
    assert.deepEqual([message.ToUserName, message.MsgType, more], [standin.info.peer, 3, []]);
    const { bytes, requests, hosts } = await traffic();
    assert.deepEqual([JSON.parse(requests[0]).FileMd5, hosts], [bytes[0], ["file.wx.qq.com"]]);
    // The page heard of none of it, and has its focus back.
    assert.deepEqual(await page.evaluate(() => heard.filter((what) => what !== "Control" && what !== "v")), []);
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
    assert.equal(await page.evaluate(() => document.querySelector("#editArea").innerHTML), "");
  });
});

test("a large picture arrives whole, once, at the host that belongs to the page", async () => {
  await visiting(SECOND, async (page, cards) => {
    assert.equal(await paste(page, [photo]), true);
    await cards.says(/^2400 × 1600, 1\.4 MB$/);
    await cards.click("Send");
    await cards.says(/^Sent\.$/);
    assert.ok((await cards.all())[0].hasPreview);
    const { chunks, bytes, hosts, requests, sends } = await traffic();
    assert.deepEqual([chunks, hosts], [[0, 1, 2], ["file.web2.wechat.com"]]);
    assert.deepEqual(bytes, chunks.map((chunk) => md5(sample.subarray(chunk * CHUNK, (chunk + 1) * CHUNK))));
    assert.deepEqual([JSON.parse(requests[0]).FileMd5, sends.length], [md5(sample), 1]);
  });
});

test("text, other files, and pictures beside their text are the page's to paste", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const document = { bytes: Buffer.from("%PDF-1.7"), name: "paper.pdf", type: "application/pdf" };
    const drawing = { bytes: Buffer.from("<svg/>"), name: "drawing.svg", type: "image/svg+xml" };
    for (const [files, text] of [
      [[], "hello"],
      [[document]],
      [[drawing]],
      [[icon, document]],
      [[icon], "the words that were copied"],
    ]) {
      assert.equal(await paste(page, files, text), false);
    }
    assert.deepEqual(await page.evaluate(() => heard), Array(5).fill(["window", "document", "editor"]).flat());
    assert.equal(await page.$("webwx-image"), null, "nothing was added to the page");
    // A file manager puts the name beside the file.
    assert.equal(await paste(page, [icon], icon.name), true);
    await cards.says(/×/);
  });
});

test("without an open chat, a pasted picture is the page's", async () => {
  await visiting(PLAIN, async (page) => {
    await page.evaluate(() => angular.element(document).injector().get("chatFactory").setCurrentUserName(""));
    assert.equal(await paste(page, [icon]), false);
    assert.equal(await page.$("webwx-image"), null);
  });
});

test("Escape takes the offer back, and gives the focus back", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [icon]);
    await cards.says(/×/);
    await page.keyboard.press("Escape");
    await cards.gone();
    assert.deepEqual(await page.evaluate(() => [heard, document.activeElement.id]), [[], "editArea"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

test("several pictures are asked about one after another, and arrive in the order of the answers", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [photo, icon, { ...icon, name: "third.png" }]);
    await page.keyboard.press("Enter");
    assert.equal(await cards.focused(), "Send");
    await page.keyboard.press("Enter");
    assert.equal(await cards.focused(), "Send");
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
    await cards.gone();
    const { sends, bytes, requests } = await traffic();
    assert.equal(sends.length, 2);
    const sums = requests.map((request) => JSON.parse(request).FileMd5);
    assert.deepEqual(sums, [md5(sample), md5(sample), md5(sample), md5(small)]);
    assert.equal(bytes.at(-1), md5(small));
  });
});

test("the receiver is the one that was asked about, and nothing is sent while another chat is open", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const open = (userName) =>
      page.evaluate((name) => angular.element(document).injector().get("chatFactory").setCurrentUserName(name), userName);
    await paste(page, [icon]);
    await cards.says(/×/);
    await open("filehelper");
    await page.keyboard.press("Enter");
    const said = await cards.says(/another chat/);
    assert.equal(said, "Not sent: another chat is open. Open the chat with Ann 🌻, then try again.");
    assert.deepEqual((await traffic()).chunks, [], "nor uploaded");
    await paste(page, [icon]);
    await cards.says(/×/);
    assert.equal((await cards.all()).at(-1).title, "Send to File Transfer?");

    await open(standin.info.peer);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    assert.equal((await traffic()).sends[0].ToUserName, standin.info.peer);
  });
});

test("a WebP goes out as JPEG, and the card says so; an image that cannot be decoded is not sent", async () => {
  const file = async (name) => ({ bytes: await readFile(projectPath(`tests/fixtures/convert/${name}`)), name });
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [{ ...(await file("opaque.webp")), type: "image/webp" }]);
    await cards.says(/×/);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.\nWebP → JPEG$/);
    const [upload] = await standin.journal("webwxuploadmedia");
    assert.equal(upload.form.find(({ name }) => name === "type").value, "image/jpeg");

    await paste(page, [{ ...(await file("animated.webp")), type: "image/webp" }]);
    await cards.says(/×/);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.\nWebP → JPEG, first frame only$/);

    await paste(page, [{ ...(await file("picture.heic")), type: "image/heic" }]);
    await cards.says(/×/);
    await page.keyboard.press("Enter");
    assert.match(await cards.says(/JPEG or PNG/), /^WeChat does not accept pictures .+\n.*image\/heic/);
    assert.equal((await traffic()).sends.length, 2);
  });
});

test("what is no picture is told, and not sent", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [{ bytes: Buffer.from("<!doctype html>"), name: "image.png", type: "image/png" }]);
    assert.match(await cards.says(/picture/), /^This is not a picture\.\n.+/);
    assert.deepEqual((await cards.all())[0].buttons, ["Close"]);
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
  });
});

test("an upload that is cancelled goes on from where it was", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:600000" });
    await paste(page, [photo]);
    await page.keyboard.press("Enter");
    await cards.says(/^Uploading, 3\d %$/);
    // The service has taken the second chunk, and keeps the answer.
    await untilAsync(async () => (await traffic()).chunks.includes(1));
    await cards.click("Cancel");
    await cards.says(/^Cancelled\.$/);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    const { chunks, requests, sends } = await traffic();
    assert.deepEqual([chunks, new Set(requests).size, sends.length], [[0, 1, 1, 2], 1, 1]);
  });
});

test("a send whose answers are lost may have arrived, and trying again makes no second message", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", times: 4, fault: "accept-then-reset" });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    assert.match(await cards.says(/delivered/), /^No response from WeChat\.\n.+\nIt may have been delivered\. /);
    assert.equal((await sentMessages()).length, 1);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    const { sends, chunks } = await traffic();
    assert.deepEqual([sends.length, new Set(sends.map(({ ClientMsgId }) => ClientMsgId)).size], [5, 1]);
    assert.deepEqual([chunks, (await sentMessages()).length], [[0], 1]);
  });
});

test("a send that is cancelled may have arrived too", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "delay:600000" });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/^Sending…$/);
    await untilAsync(async () => (await traffic()).sends.length === 1);
    await cards.click("Cancel");
    assert.match(await cards.says(/delivered/), /^Cancelled\.\nIt may have been delivered\. /);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    assert.equal((await sentMessages()).length, 1);
  });
});

test("a refusal is told in words, and leaves no button that the next Enter would press", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:1205" });
    await page.evaluate(() => document.activeElement.blur());
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    const said = await cards.says(/many/);
    assert.match(said, /^Too many requests: wait some minutes\.\nwebwxsendmsgimg: Ret 1205/);
    assert.doesNotMatch(said, /delivered/);
    assert.equal((await sentMessages()).length, 0);
    assert.equal(await cards.focused(), null);
    await paste(page, [icon]);
    assert.equal(await cards.focused(), "Send");
  });
});
test("an answer that is lost and then a refusal leave a message unsure, which trying again does not repeat", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "accept-then-reset" });
    await standin.faults({ endpoint: "webwxsendmsgimg", times: 1, fault: "ret:1205" });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    assert.match(await cards.says(/many/), /^Too many requests: wait some minutes\.\n.+\nIt may have been delivered\. /);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    assert.equal((await sentMessages()).length, 1);
  });
});

/** The queue as a daily tool: many pictures with one Send, their order, all of them at once, and the forms they go out in. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { contactsOf, md5, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";
import { projectPath } from "./harness.mjs";
import { inspectImage, stripMetadata } from "../../dist/node.js";

const everything = projectPath("tests/fuzz/corpus/strip_metadata/jpeg_of_everything");
let folder;
/** Copies of a picture that differ in their last bytes. */
let many;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  const bytes = await readFile(small);
  many = Array.from({ length: 12 }, (_, index) => join(folder, `${index + 1}.jpg`));
  await Promise.all(many.map((path, index) => writeFile(path, Buffer.concat([bytes, Buffer.from(`${index}`)]))));
  await writeFile(join(folder, "located.jpg"), await readFile(everything));
});
after(() => rm(folder, { recursive: true }));

/** A click on a button while others are still being stored. */
const pressSend = (wechat) => wechat.click(".send");

test("one Send is for all twelve, those too that are still being stored, and one that is refused stays", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(projectPath("www/index.html"), ...many);
    await wechat.untilText(".send", "Send 12 to Ann");
    await pressSend(wechat);
    await wechat.until('.card[data-state="sent"]', 12);
    assert.deepEqual((await sent()).map(([hash]) => hash), await Promise.all(many.map(md5Of)));
    assert.deepEqual(await wechat.text(".far"), ["12 of 12 · 57.8 kB"]);
    assert.deepEqual(await wechat.text('.card[data-state="refused"] .name'), ["index.html"]);
    await wechat.click(".clear");
    assert.equal((await wechat.text(".card")).length, 1);
    await wechat.click('.card[data-state="refused"] .icon-button');
    assert.deepEqual(await wechat.text(".card"), []);
  });
});

test("pictures go out in the order that the keyboard or the mouse gave them, also after a reload", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample, small, moving);
    await wechat.until('.card[data-state="ready"]', 3);
    await wechat.focus(".card:last-child .grip");
    await wechat.page.keyboard.press("ArrowUp");
    await wechat.page.keyboard.press("ArrowUp");
    assert.deepEqual(await wechat.text(".name"), ["moving.gif", "sample.jpg", "small.png"]);
    const isHeld = (root) => root.activeElement?.closest(".card")?.querySelector(".name").textContent;
    assert.equal(await wechat.inPanel(isHeld), "moving.gif");
    const boxes = (root) => [...root.querySelectorAll(".button.grip")].map((grip) => grip.getBoundingClientRect().toJSON());
    const [first, second] = await wechat.inPanel(boxes);
    const { mouse } = wechat.page;
    await mouse.move(second.x + 8, second.y + 20);
    await mouse.down();
    await mouse.move(second.x + 8, second.y - 10, { steps: 4 });
    await mouse.move(first.x + 8, first.y + 2, { steps: 8 });
    await mouse.up();
    await wechat.untilText(".card:first-child .name", "sample.jpg");
    const names = ["sample.jpg", "moving.gif", "small.png"];
    await wechat.untilKept(() => true);
    await wechat.reload();
    await wechat.untilThere();
    await wechat.until('.card[data-state="ready"]', 3);
    assert.deepEqual(await wechat.text(".name"), names);
    await wechat.page.keyboard.down("Control");
    await wechat.focus(".box");
    await wechat.page.keyboard.press("Enter");
    await wechat.page.keyboard.up("Control");
    await wechat.until('.card[data-state="sent"]', 3);
    assert.deepEqual((await sent()).map(([hash]) => hash), await Promise.all([sample, moving, small].map(md5Of)));
  });
});

test("all at once: to another chat, tried again, cleared; and a paused one can be removed", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 2, fault: "ret:1" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(small, sample);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.openChat(hikers);
    await wechat.untilText(".address-all", "All 2 to “");
    await wechat.click(".address-all");
    await wechat.untilText(".card:last-child .to", "Hikers");
    await wechat.click(".send");
    await wechat.until('.card[data-state="failed"]', 2);
    assert.deepEqual(new Set(await wechat.text(".status")), new Set(["WeChat refused the picture. Try again later, or send it in another form."]));
    await wechat.click(".retry-all");
    await wechat.until('.card[data-state="sent"]', 2);
    assert.deepEqual((await sent()).map(([, to]) => to), [hikers, hikers]);

    await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
    await wechat.click(".clear");
    await wechat.pick(sample, ...many.slice(0, 2));
    await wechat.until('.card[data-state="ready"]', 3);
    await wechat.click(".send");
    await wechat.untilKept(({ state, checkpoint }) => state === "uploading" && checkpoint?.nextChunk === 1);
    await wechat.click(".pause");
    await wechat.until('.card[data-state="waiting"]', 3);
    await wechat.click('.icon-button[aria-label="Remove sample.jpg"]');
    assert.equal((await wechat.text('.card[data-state="waiting"]')).length, 2);
    await wechat.click(".clear-all");
    assert.deepEqual(await wechat.text(".clear-all"), ["Clear all 2?"]);
    await wechat.click(".clear-all");
    assert.deepEqual(await wechat.text(".card"), []);
  });
});

/** What was uploaded: each file's bytes in all, its MD5, and its kind. */
async function uploads() {
  const forms = (await standin.journal("webwxuploadmedia")).filter(({ form, response }) => form && response?.MediaId);
  return forms.map(({ form }) => {
    const value = (name) => form.find((part) => part.name === name).value;
    const { FileMd5, TotalLen } = JSON.parse(value("uploadmediarequest"));
    return { md5: FileMd5, size: TotalLen, kind: value("mediatype"), name: value("name") };
  });
}

test("smaller, or as a file: what goes out, and what is told of it before", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]');
    assert.deepEqual(await wechat.text(".estimate"), ["1.4 MB"]);
    const choose = async (selector, value) => {
      const index = await wechat.inPanel((root, selector) => [...root.querySelector(selector).options].findIndex((o) => o.selected), selector);
      const wanted = await wechat.inPanel((root, selector, value) => [...root.querySelector(selector).options].findIndex((o) => o.value === value), selector, value);
      await wechat.focus(selector);
      for (let at = index; at !== wanted; at += Math.sign(wanted - index)) {
        await wechat.page.keyboard.press(wanted > index ? "ArrowDown" : "ArrowUp");
      }
    };
    await choose(".form", "compatible");
    await wechat.until(".side:not([hidden])");
    await choose(".side", "1280");
    await wechat.untilText(".estimate", "1.4 MB → about");
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    const [smaller] = await uploads();
    assert.ok(smaller.size < 700_000 && smaller.kind === "pic", JSON.stringify(smaller));
    assert.equal((await sent())[0][0], smaller.md5);

    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]');
    await choose(".form", "file");
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    const file = (await uploads()).at(-1);
    assert.deepEqual([file.md5, file.kind, file.name], [await md5Of(sample), "doc", "sample.jpg"]);
    assert.equal((await standin.journal("webwxsendappmsg")).length, 1);
  });
});

test("location is taken out where the user wants it, and the card says so", async () => {
  const located = join(folder, "located.jpg");
  const { blob } = await stripMetadata(await readFile(located));
  const expected = md5(Buffer.from(await blob.arrayBuffer()));
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.inPanel(() => chrome.storage.local.set({ strip: true }));
    await wechat.openPanel();
    await wechat.pick(located, small);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    assert.deepEqual((await sent()).map(([hash]) => hash), [expected, await md5Of(small)]);
    assert.deepEqual(await wechat.text(".converted:not([hidden])"), ["location and metadata removed: 191 byte"]);
    assert.equal((await inspectImage(blob)).orientation, 6);
  });
});

test("the first visit says where to click, once", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.untilThere();
    await wechat.until(".welcome:not([hidden])");
    await wechat.openPanel();
    await wechat.until(".welcome[hidden]");
    await wechat.reload();
    await wechat.untilThere();
    await wechat.openPanel();
    await wechat.until(".welcome[hidden]");
  });
});

test("a picture is seen larger, and goes back", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    await wechat.openPanel();
    await wechat.pick(sample);
    await wechat.until(".frame[data-drawn]");
    await wechat.click(".frame");
    await wechat.until('.frame[aria-expanded="true"]');
    const width = (root) => root.querySelector(".large canvas").width;
    assert.ok((await wechat.inPanel(width)) > 300);
    await wechat.click(".frame");
    await wechat.until(".large[hidden]");
  });
});

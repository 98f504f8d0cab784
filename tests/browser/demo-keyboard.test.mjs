/** The demo without a mouse and without a screen: where the focus goes, what the keys do, and what is said aloud. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { phase, pick, sample, small } from "./demo.mjs";
import { launch, projectPath, startStandin, visit } from "./harness.mjs";

let standin;
let browser;

before(async () => {
  standin = await startStandin();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

const visiting = (tour) =>
  visit(browser, async (page) => {
    await page.resize(1280, 900);
    await page.goto(`${standin.info.origin}/www/`);
    await page.waitFor("body[data-ready]");
    await tour(page);
  });

/** Runs in the page: what has the focus, by its id or its class, and whether one can see so. */
function focused() {
  const { activeElement } = document;
  // What is drawn in place of a hidden input stands around it or after it.
  const shown = [activeElement, activeElement.closest("label"), activeElement.nextElementSibling].filter(Boolean);
  const isOutlined = (element) => {
    const { opacity, outlineStyle, outlineWidth } = getComputedStyle(element);
    const isSeen = opacity !== "0" && element.offsetWidth > 1;
    return isSeen && outlineStyle === "solid" && parseFloat(outlineWidth) >= 2;
  };
  const { id, className, localName } = activeElement;
  return { name: id || className || localName, visible: shown.some(isOutlined) };
}

/** Presses Tab until that has the focus. */
async function tabTo(page, wanted) {
  for (let presses = 0; presses < 20; presses += 1) {
    await page.press("Tab");
    const { name } = await page.evaluate(focused);
    if (name.includes(wanted)) {
      return;
    }
  }
  assert.fail(`Tab does not lead to ${wanted}`);
}

const skip = (page) => page.$eval(".skip", (link) => link.focus());

/** Where Tab leads from the top of the page, in order; each stop can be seen. */
async function stops(page, count) {
  await skip(page);
  const names = [];
  while (names.length < count) {
    await page.press("Tab");
    const { name, visible } = await page.evaluate(focused);
    assert.ok(visible, `${name} has the focus, and does not show it`);
    names.push(name);
  }
  return names;
}

test("Tab leads through each part in the order in which it is read, and shows where it is", async () => {
  await visiting(async (page) => {
    await pick(page, small);
    await phase(page, "ready");
    assert.deepEqual(await stops(page, 9), [
      "language",
      "theme",
      "tab-send",
      "pick",
      "sample",
      "send-all",
      "summary",
      "button action primary",
      "icon-button",
    ]);

    await page.click("#tab-receive");
    await page.waitFor('.tile[data-state="done"]');
    const tiles = Array(3).fill("tile");
    assert.deepEqual(await stops(page, 8), ["language", "theme", "tab-receive", "gateway", "refresh", ...tiles]);

    await page.click("#tab-inspect");
    await page.click('[data-sample="plain"]');
    const buttons = [...Array(6).fill("button small"), "button quiet small"];
    const results = ["summary", "summary"];
    assert.deepEqual(await stops(page, 13), ["language", "theme", "tab-inspect", ...buttons, "message", ...results]);
  });
});

test("the keyboard alone is enough to send a picture and to look at it", async () => {
  await visiting(async (page) => {
    const name = async () => (await page.evaluate(focused)).name;
    await tabTo(page, "tab-send");
    await page.press("ArrowRight");
    assert.equal(await page.$eval("#panel-receive", (panel) => panel.hidden), false);
    await page.press("End");
    assert.equal(await name(), "tab-inspect");
    await page.press("ArrowRight");
    assert.equal(await page.$eval("#panel-send", (panel) => panel.hidden), false);

    await tabTo(page, "sample");
    await page.press("Enter");
    await phase(page, "ready");
    await tabTo(page, "action");
    await page.press("Enter");
    await phase(page, "sent");
    // The button that was pressed is spent: the next thing to do has the focus.
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "See it in the chat");
    await page.press("Enter");
    await page.until(() => document.activeElement.className === "tile");
    await page.press("Enter");
    await page.waitFor("#original .verified");
    await page.press("Escape");
    assert.equal(await name(), "tile");
  });
});

test("Space and Enter do what a click does, and Escape leaves the original where it came from", async () => {
  await visiting(async (page) => {
    await page.click("#tab-receive");
    await page.waitFor('.tile[data-state="done"]');
    await page.$eval("#gateway", (input) => input.focus());
    await page.type(" ");
    assert.equal(await page.$eval("#gateway", ({ checked }) => checked), true);
    await tabTo(page, "tile");
    await page.type(" ");
    await page.waitFor("#original .verified");
    // Nothing behind the dialog can be reached.
    for (let presses = 0; presses < 12; presses += 1) {
      await page.press("Tab");
      const { inside, name } = await page.evaluate(() => {
        const { activeElement, body } = document;
        // From the dialog's end, the way leads over the browser's own controls: the page then says its body.
        return { inside: activeElement === body || activeElement.closest("#original") !== null, name: activeElement.id };
      });
      assert.ok(inside, name);
    }
    await page.press("Escape");
    assert.equal((await page.evaluate(focused)).name, "tile");
  });
});

test("a button that has nothing more to do hands the focus on", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:20000" });
  await visiting(async (page) => {
    await pick(page, sample);
    await phase(page, "ready");
    await tabTo(page, "send-all");
    await page.press("Enter");
    await page.waitFor('.strip [data-state="accepted"]');
    const label = () => page.evaluate(() => document.activeElement.getAttribute("aria-label"));
    assert.equal(await label(), "Cancel sample.jpg");
    await page.press("Enter");
    await phase(page, "cancelled");
    await standin.control("DELETE", "faults");
    assert.equal(await label(), "Try again: sample.jpg");
    await page.press("Enter");
    await phase(page, "sent");
    await page.$eval("#clear", (button) => button.focus());
    await page.press("Enter");
    assert.equal((await page.evaluate(focused)).name, "pick");
  });
});

/** Runs in the page: keeps what screen readers are given to say. */
function listen() {
  globalThis.spoken = [];
  for (const region of document.querySelectorAll("[role=status], [role=alert]")) {
    const hear = () => region.checkVisibility() && globalThis.spoken.push(region.textContent.trim());
    new MutationObserver(hear).observe(region, { childList: true, characterData: true, subtree: true });
  }
}

test("progress and results are said aloud, each with its picture, and a failure with what to do", async () => {
  await visiting(async (page) => {
    const heard = () => page.evaluate(() => globalThis.spoken.splice(0));
    await page.evaluate(listen);
    await page.click("#tab-receive");
    await page.until(() => document.querySelectorAll('.tile[data-state="done"]').length === 3);
    assert.match((await heard()).at(-1), /^3 in all/);
    await page.click(".tile");
    await page.waitFor("#original .verified");
    assert.match((await heard()).at(-1), /^Verified/);
    await page.press("Escape");

    await page.click("#tab-send");
    await pick(page, sample);
    await phase(page, "ready");
    assert.deepEqual(await heard(), ["sample.jpg: Ready: 3 chunks."]);

    await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: "ret:1205" });
    await page.click(".card .action");
    await phase(page, "failed");
    const sending = await heard();
    assert.ok(sending.includes("sample.jpg: Uploading, 1 of 3 chunks accepted"), sending.join("\n"));
    assert.match(sending.at(-1), /^sample\.jpg: Too many requests\. Wait some minutes/);
    await page.click(".card .action");
    await phase(page, "sent");
    assert.match((await heard()).at(-1), /^sample\.jpg: Sent in [\d,]+ ms$/);

    await pick(page, projectPath("www/index.html"));
    await phase(page, "unreadable");
    assert.match((await heard()).at(-1), /^index\.html: These bytes are not a picture\. Choose another file/);

    await page.click("#tab-inspect");
    await page.click('[data-sample="video"]');
    assert.match((await heard()).at(-1), /^Well-formed, but another kind of message/);
  });
});

/**
 * How the demo looks in each of its states: nothing that axe-core objects to, nothing too wide, nothing that jumps. In
 * Chromium alone: what is looked at are colours, names and boxes, and only Chromium tells what it moved.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { puppeteerBrowser } from "./engines/puppeteer.mjs";
import { phase, pick, sample, small } from "./demo.mjs";
import { answerChat, arriveAt, dress, LOOKS, startPlaces, states, WIDTHS } from "./demo-states.mjs";
import { launch, launchChromium } from "./harness.mjs";

let places;
let browser;

before(async () => {
  places = await startPlaces();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await places?.stop();
});

/** Opens a page, brings it into a state, and looks at it. */
async function looking(name, look, { visitors = browser, width = 1280 } = {}) {
  const page = await visitors.page();
  try {
    await page.resize(width, 900);
    await arriveAt(page, places, name);
    await look(page);
  } finally {
    await page.close();
  }
}

/** Runs in the page: what axe-core objects to, one line for each element. */
async function objections() {
  const { violations } = await globalThis.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
  });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Runs in the page: whatever makes it scroll sideways, and lines of text that are too long to be read. */
function tooWide() {
  const complaints = [];
  if (document.documentElement.scrollWidth > innerWidth) {
    complaints.push(`the page: ${document.documentElement.scrollWidth} px`);
  }
  for (const paragraph of document.querySelectorAll("p:not(.unseen, .session), #session-text")) {
    const range = document.createRange();
    range.selectNodeContents(paragraph);
    const { width } = range.getBoundingClientRect();
    if (width / parseFloat(getComputedStyle(paragraph).fontSize) > 50) {
      complaints.push(`${paragraph.textContent.trim()}: ${width} px`);
    }
  }
  const dialog = document.querySelector("dialog[open]");
  if (dialog && dialog.scrollWidth > dialog.clientWidth) {
    complaints.push(`the dialog: ${dialog.scrollWidth} px`);
  }
  return complaints;
}

for (const name of Object.keys(states)) {
  test(`${name}: good to read in both languages and themes, on every screen`, async () => {
    await looking(name, async (page) => {
      await page.ask(`${axe.source}; undefined`);
      for (const look of LOOKS) {
        await dress(page, look);
        assert.deepEqual(await page.evaluate(objections), [], JSON.stringify(look));
      }
      for (const { language } of LOOKS.filter(({ theme }) => theme === "light")) {
        await dress(page, { language, theme: "light" });
        for (const width of WIDTHS) {
          await page.resize(width, 900);
          assert.deepEqual(await page.evaluate(tooWide), [], `${language}, ${width}`);
        }
      }
    });
  });
}

/** What an element of the page measures in all of these states: the same, in each language and on each screen. */
async function alike(names, selector, measure) {
  const found = {};
  for (const name of names) {
    await looking(name, async (page) => {
      for (const width of WIDTHS) {
        await page.resize(width, 900);
        for (const language of ["en", "zh-CN"]) {
          await dress(page, { language, theme: "light" });
          const screen = `${width} ${language}`;
          found[screen] = { ...found[screen], [name]: await page.$eval(selector, measure) };
        }
      }
    });
  }
  const different = Object.entries(found).filter(([, values]) => new Set(Object.values(values)).size > 1);
  assert.deepEqual(different, []);
}

test("a card is as high in every state", async () => {
  const names = ["ready", "busy", "failed", "unsure", "cancelled", "unreadable"].map((name) => `send-${name}`);
  await alike(names, ".card", (card) => card.getBoundingClientRect().height);
});

test("the chat begins at the same place in every state", async () => {
  const names = ["empty", "failed", "busy", "thumbnails-failed", "done"].map((name) => `receive-${name}`);
  await alike(names, "#chat", (chat) => chat.getBoundingClientRect().top);
});

/** Runs in the page: keeps whatever the browser moved, from the first paint on. */
function watchShifts() {
  globalThis.shifts = [];
  const named = ({ node, previousRect: from, currentRect: to }) =>
    `${node?.id || node?.className || node?.nodeName}: ${from.x},${from.y} → ${to.x},${to.y}`;
  new PerformanceObserver((list) => {
    globalThis.shifts.push(...list.getEntries().map(({ sources }) => sources.map(named).join("; ")));
  }).observe({ type: "layout-shift", buffered: true });
}

/** What was moved until now: frames that are not painted yet are waited for. */
async function shiftsOf(page) {
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page.evaluate(() => globalThis.shifts);
}

for (const width of [360, 1280]) {
  test(`nothing jumps at ${width} px: not while loading, sending, failing, trying again, receiving`, async () => {
    await looking(
      "send-empty",
      async (page) => {
        await page.evaluate(watchShifts);
        assert.deepEqual(await shiftsOf(page), [], "while loading");

        const fault = { endpoint: "webwxuploadmedia", chunk: 1, fault: "ret:1205" };
        await places.standin.faults(fault);
        await pick(page, sample, small);
        await page.until(() => document.querySelectorAll('.card[data-phase="ready"]').length === 2);
        assert.deepEqual(await shiftsOf(page), [], "when picked");
        await page.click(".card .action");
        await phase(page, "failed");
        assert.deepEqual(await shiftsOf(page), [], "when failed");
        await page.click(".card .action");
        await phase(page, "sent");
        assert.deepEqual(await shiftsOf(page), [], "when sent");

        await places.standin.faults({ endpoint: "webwxgetmsgimg", times: 99, fault: "empty" });
        await page.click("#tab-receive");
        await page.until(() => !document.querySelector('.tile[data-state="loading"]'));
        await places.standin.control("DELETE", "faults");
        await page.click("#refresh");
        await page.until(() => document.querySelectorAll('.tile[data-state="done"]').length === 4);
        assert.deepEqual(await shiftsOf(page), [], "when received");
        await page.evaluate(answerChat, null);
        await page.click("#refresh");
        await page.waitFor('#chat-note[data-state="failed"]');
        assert.deepEqual(await shiftsOf(page), [], "when the chat cannot be read");
        await page.click(".tile");
        await page.waitFor("#original .verified");
        assert.deepEqual(await shiftsOf(page), [], "when the original is there");
      },
      { width },
    );
  });
}

test("who wants no motion gets none, and who does is shown that work goes on", async () => {
  const still = await puppeteerBrowser(await launchChromium({ args: ["--force-prefers-reduced-motion"] }));
  const moving = (page) => page.evaluate(() => document.getAnimations().length);
  try {
    for (const name of ["send-busy", "receive-busy"]) {
      await looking(name, async (page) => assert.equal(await moving(page), 0, name), { visitors: still });
      await looking(name, async (page) => assert.notEqual(await moving(page), 0, name));
    }
  } finally {
    await still.close();
  }
});

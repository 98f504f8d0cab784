/** Every state in which the demo can be found, and how one comes to it: for tests and pictures of how they look. */

import { projectPath, startStandin } from "./harness.mjs";
import { phase, pick, sample, servePages, small } from "./demo.mjs";

const upload = "webwxuploadmedia";

/** Picks a picture and sends it, with these faults before it. */
async function sending({ page, standin }, path, ...faults) {
  await standin.faults(...faults);
  await pick(page, path);
  await phase(page, "ready");
  await page.click(".card .action");
}

/** Opens a picture of the chat. */
async function opening({ page, standin }, which, ...faults) {
  await page.click("#tab-receive");
  await page.until(() => {
    const tiles = [...document.querySelectorAll(".tile")];
    return tiles.length > 0 && tiles.every(({ dataset }) => dataset.state === "done");
  });
  await standin.faults(...faults);
  await page.click(`#chat li:nth-child(${which}) .tile`);
}

/** Runs in the page: whenever the chat is asked for, this comes back; null is no answer. */
export function answerChat(messages) {
  const { fetch } = globalThis;
  globalThis.fetch = (input, options) =>
    String(input).endsWith("/__standin/messages")
      ? messages === null
        ? Promise.reject(new TypeError("no answer"))
        : Promise.resolve(Response.json(messages))
      : fetch(input, options);
}

async function readingChat({ page }, messages) {
  await page.evaluate(answerChat, messages);
  await page.click("#tab-receive");
  await page.waitFor("#chat-note:not([hidden])");
}

async function inspecting({ page }, sampleName) {
  await page.click("#tab-inspect");
  await page.click(`[data-sample="${sampleName}"]`);
  await page.waitFor("#message-result .kind");
}

async function typed({ page }, content) {
  await page.click("#tab-inspect");
  await page.$eval(
    "#message",
    (area, text) => {
      area.value = text;
      area.dispatchEvent(new Event("input"));
    },
    content,
  );
}

/** A message that says odd things of its picture, and names a CDN file that is none. */
const odd = `<msg><img aeskey="123" cdnmidimgurl="3053" length="5000" hdlength="20" md5="" /></msg>`;

/** Where it holds still: an answer that comes later than any test ends. */
const HELD = "delay:60000";

/**
 * Name → how to come to it, in a page that was just opened. Where `pages` is set, these folders are served without a
 * stand-in.
 */
export const states = {
  "send-empty": { reach: async () => {} },
  "send-dragging": {
    reach: ({ page }) =>
      page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([], "picture.png"));
        document.body.dispatchEvent(new DragEvent("dragover", { dataTransfer, bubbles: true }));
      }),
  },
  "send-ready": {
    async reach({ page }) {
      await pick(page, sample);
      await phase(page, "ready");
    },
  },
  "send-busy": {
    async reach(at) {
      await sending(at, sample, { endpoint: upload, chunk: 1, fault: HELD });
      await at.page.waitFor('.strip [data-state="accepted"]');
    },
  },
  "send-waiting": {
    async reach(at) {
      await sending(at, sample, { endpoint: upload, chunk: 1, fault: HELD });
      await pick(at.page, small);
      await phase(at.page, "ready");
      await at.page.click("#send-all");
      await phase(at.page, "waiting");
    },
  },
  "send-failed": {
    async reach(at) {
      await sending(at, sample, { endpoint: upload, chunk: 1, fault: "ret:1205" });
      await phase(at.page, "failed");
    },
  },
  "send-unsure": {
    async reach(at) {
      await sending(at, small, { endpoint: "webwxsendmsgimg", times: 9, fault: "html" });
      await phase(at.page, "failed");
    },
  },
  "send-cancelled": {
    async reach(at) {
      await sending(at, sample, { endpoint: upload, chunk: 1, fault: HELD });
      await at.page.waitFor('.strip [data-state="accepted"]');
      await at.page.click(".card .action");
      await phase(at.page, "cancelled");
    },
  },
  "send-unreadable": {
    async reach({ page }) {
      await pick(page, projectPath("www/index.html"));
      await phase(page, "unreadable");
    },
  },
  "send-done": {
    async reach(at) {
      await sending(at, sample);
      await phase(at.page, "sent");
      await at.page.click(".card .request summary");
    },
  },
  "receive-empty": { reach: (at) => readingChat(at, []) },
  "receive-failed": { reach: (at) => readingChat(at, null) },
  "receive-busy": {
    async reach({ page, standin }) {
      await standin.faults({ endpoint: "webwxgetmsgimg", times: 99, fault: HELD });
      await page.click("#tab-receive");
      await page.waitFor('.tile[data-state="loading"]');
    },
  },
  "receive-thumbnails-failed": {
    async reach({ page, standin }) {
      await standin.faults({ endpoint: "webwxgetmsgimg", times: 99, fault: "empty" });
      await page.click("#tab-receive");
      await page.until(() => document.querySelectorAll('.tile[data-state="failed"]').length === 3);
    },
  },
  "receive-done": {
    async reach({ page }) {
      await page.click("#tab-receive");
      await page.until(() => document.querySelectorAll('.tile[data-state="done"]').length === 3);
    },
  },
  "original-busy": {
    reach: (at) => opening(at, 1, { endpoint: "webwxgetmsgimg", times: 99, fault: HELD }),
  },
  "original-failed": {
    async reach(at) {
      await opening(at, 1, { endpoint: "webwxgetmsgimg", times: 99, fault: "empty" });
      await at.page.waitFor("#original .error-box");
    },
  },
  "original-done": {
    async reach(at) {
      await opening(at, 1);
      await at.page.waitFor("#original .verified");
    },
  },
  "inspect-empty": { reach: ({ page }) => page.click("#tab-inspect") },
  "inspect-image": { reach: (at) => inspecting(at, "group") },
  "inspect-opaque": { reach: (at) => inspecting(at, "opaque") },
  "inspect-odd": { reach: (at) => typed(at, odd) },
  "inspect-failed": { reach: (at) => typed(at, "<".repeat(1024 ** 2 + 1)) },
  "no-session-send": {
    pages: ["www", "dist"],
    async reach({ page }) {
      await pick(page, small);
      await phase(page, "ready");
    },
  },
  "no-session-receive": { pages: ["www", "dist"], reach: ({ page }) => page.click("#tab-receive") },
  broken: { pages: ["www"], reach: ({ page }) => page.waitFor("#broken:not([hidden])") },
};

/** What a page may look like in any state. */
export const LOOKS = ["en", "zh-CN"].flatMap((language) => ["light", "dark"].map((theme) => ({ language, theme })));

/** A phone, a tablet, a laptop, a wide screen. */
export const WIDTHS = [360, 768, 1280, 2560];

/** Shows the page in that language and theme, whatever dialog may stand before its switches. */
export function dress(page, { language, theme }) {
  return page.evaluate(
    (wanted) => {
      const root = document.documentElement;
      if (root.lang !== wanted.language) {
        document.querySelector("#language").click();
      }
      if ((root.dataset.theme ?? "light") !== wanted.theme) {
        document.querySelector("#theme").click();
      }
    },
    { language, theme },
  );
}

/** Where the demo is served: by a stand-in, and as nothing but files, with the library and without. */
export async function startPlaces() {
  const standin = await startStandin();
  const plain = new Map();
  return {
    standin,
    async originOf({ pages }) {
      if (!pages) {
        return standin.info.origin;
      }
      const key = pages.join();
      if (!plain.has(key)) {
        plain.set(key, await servePages(...pages));
      }
      return plain.get(key).origin;
    },
    async stop() {
      plain.forEach((served) => served.close());
      await standin.stop();
    },
  };
}

/** Opens the demo and brings it into that state. */
export async function arriveAt(page, { standin, originOf }, name) {
  const state = states[name];
  await standin.reset();
  await page.goto(`${await originOf(state)}/www/`);
  await page.waitFor("body[data-ready], #broken:not([hidden])");
  await state.reach({ page, standin });
}

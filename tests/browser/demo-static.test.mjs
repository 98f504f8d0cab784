/** The demo as a static host serves it: no stand-in behind it, but one beside it, in a service worker. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { md5, moving, phase, pick, sample, servePages, small, textOf } from "./demo.mjs";
import { engine, launch, visit } from "./harness.mjs";
import { readFile } from "node:fs/promises";

let browser;
let site;

before(async () => {
  site = await servePages("target/site");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** The first request finds no stand-in on the host: that is how the page knows. */
const expected = ["404", "Failed to load resource"];

// WebKit's pages reach the worker, and an upload of theirs does not.
const skip = engine === "webkit" && "an upload does not get through a service worker of WebKit for Linux";

test("pictures are sent without a server", { skip }, async () => {
  await visit(
    browser,
    async (page) => {
      await page.goto(`${site.origin}/target/site/demo/`);
      await page.waitFor("[data-ready]");
      await page.waitFor('#session[data-state="worker"]');
      await pick(page, sample, small, moving);
      await phase(page, "ready");
      await page.waitFor("#send-all:enabled");
      await page.click("#send-all");
      await page.until(() => document.querySelectorAll('.card[data-phase="sent"]').length === 3);
      const shown = await textOf(page, "#jobs");
      for (const path of [sample, small]) {
        assert.ok(shown.includes(md5(await readFile(path))), "the MD5 is the file's");
      }
      // Once more: this time the worker is there from the begin.
      await page.reload();
      await page.waitFor('#session[data-state="worker"]');
    },
    expected,
  );
});

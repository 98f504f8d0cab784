/** A picture on the clipboard of the system, and Ctrl-V: only Chromium lets a test put one there. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { small } from "./demo.mjs";
import { launchChromium, startStandin } from "./harness.mjs";

/** Runs in the page: as if somebody had copied a picture. */
async function copyPicture(base64) {
  const png = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([png], { type: "image/png" }) })]);
}

test("Ctrl-V takes a copied picture in, wherever the focus is", async () => {
  const standin = await startStandin();
  const browser = await launchChromium({ args: ["--accept-lang=en-GB"] });
  try {
    const { origin } = standin.info;
    await browser.defaultBrowserContext().overridePermissions(origin, ["clipboard-sanitized-write"]);
    const page = await browser.newPage();
    await page.goto(`${origin}/www/#inspect`);
    await page.waitForSelector("body[data-ready]");
    await page.evaluate(copyPicture, await readFile(small, "base64"));
    const keyboard = await page.createCDPSession();
    const key = { key: "v", code: "KeyV", windowsVirtualKeyCode: 86, modifiers: 2 };
    for (const [count, focus] of ["#tab-inspect", "#message", "#theme"].entries()) {
      await page.focus(focus);
      await keyboard.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key, commands: ["paste"] });
      await keyboard.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
      await page.waitForFunction(
        (wanted) => document.querySelectorAll('.card[data-phase="ready"]').length === wanted,
        {},
        count + 1,
      );
      assert.equal(await page.$eval("#panel-send", (panel) => panel.hidden), false);
      await page.click("#tab-inspect");
    }
  } finally {
    await browser.close();
    await standin.stop();
  }
});

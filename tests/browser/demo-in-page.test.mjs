/** The demo in a page of WeChat Web, at its real name: the stand-in answers for it, and gives it an account. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { factsOf, md5, phase, pick, small, textOf } from "./demo.mjs";
import { launch, startStandin, visit } from "./harness.mjs";

/** Runs in WeChat Web's page: the demo takes its place, and finds the `angular` that is there. */
async function becomeDemo() {
  const html = await (await fetch("/www/")).text();
  history.replaceState(null, "", "/www/");
  document.open();
  document.write(html);
  document.close();
}

test("in a page of WeChat Web itself, its own session is used", async () => {
  const secure = await startStandin("--tls");
  const { origin, fileOrigin } = secure.info;
  const browser = await launch({ hosts: { "wx.qq.com": origin, "file.wx.qq.com": fileOrigin } });
  try {
    await visit(browser, async (page) => {
      await page.goto("https://wx.qq.com/");
      await page.evaluate(becomeDemo);
      await page.waitFor("body[data-ready]");
      assert.match(await textOf(page, "#session"), /session of this WeChat Web page/);
      await pick(page, small);
      await phase(page, "ready");
      await page.click(".card .action");
      await phase(page, "sent");
      await page.click("#tab-receive");
      await page.waitFor('.tile[data-state="done"]');
      await page.click(".tile");
      await page.waitFor("#original .verified");
      const facts = await factsOf(page, "#original .facts");
      assert.equal(facts.MD5, md5(await readFile(small)));
    });
  } finally {
    await browser.close();
    await secure.stop();
  }
});

/** The demo page at a real name of WeChat Web, which the stand-in answers for, with the account that such a page has. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { factsOf, md5, phase, pick, small, textOf } from "./demo.mjs";
import { complaints, launchChromium, startStandin } from "./harness.mjs";

test("in a page of WeChat Web itself, its own session is used", async () => {
  const secure = await startStandin("--tls");
  const { origin, fileOrigin, session, peer } = secure.info;
  const chromium = await launchChromium({ hosts: { "wx.qq.com": origin, "file.wx.qq.com": fileOrigin } });
  try {
    const page = await chromium.newPage();
    // The stand-in's page gives the cookies; its account stands in for the real page's.
    await page.goto("https://wx.qq.com/");
    const heard = complaints(page);
    await page.evaluateOnNewDocument(
      (account, peer) => {
        const factories = {
          accountFactory: {
            getUin: () => account.uin,
            getSid: () => account.sid,
            getSkey: () => account.skey,
            getUserName: () => account.userName,
            getPassticket: () => account.passTicket,
          },
          chatFactory: { getCurrentUserName: () => peer },
        };
        globalThis.angular = { element: () => ({ injector: () => ({ get: (name) => factories[name] }) }) };
        Object.defineProperty(navigator, "language", { get: () => "en" });
      },
      session,
      peer,
    );
    await page.goto("https://wx.qq.com/www/");
    await page.waitForSelector("body[data-ready]");
    assert.match(await textOf(page, "#session"), /session of this WeChat Web page/);
    await pick(page, small);
    await phase(page, "ready");
    await page.click(".card .action");
    await phase(page, "sent");
    await page.click("#tab-receive");
    await page.waitForSelector('.tile[data-state="done"]');
    await page.click(".tile");
    await page.waitForSelector("#original .verified");
    const facts = await factsOf(page, "#original .facts");
    assert.equal(facts.MD5, md5(await readFile(small)));
    assert.deepEqual(heard, []);
  } finally {
    await chromium.close();
    await secure.stop();
  }
});

/** The harness itself: where its browser gets to, and where it does not. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, startStandin, visit } from "./harness.mjs";

let standin;
let browser;

before(async () => {
  standin = await startStandin("--tls");
  browser = await launch({ hosts: { "wx.qq.com": standin.info.origin } });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

test("a page finds the given hosts and this machine, and nobody else", async (t) => {
  t.diagnostic(browser.version);
  const found = async (page) => {
    await page.goto("https://wx.qq.com/");
    const reached = await page.evaluate(
      async (urls) => {
        const answers = urls.map((url) => fetch(url, { mode: "no-cors" }).then(() => url, () => null));
        return (await Promise.all(answers)).filter((url) => url !== null);
      },
      [
        "https://wx.qq.com/",
        `${standin.info.fileOrigin}/`,
        "https://file.wx.qq.com/",
        "https://web.wechat.com/",
        "https://example.com/",
        "https://192.0.2.1/",
      ],
    );
    assert.deepEqual(reached, ["https://wx.qq.com/", `${standin.info.fileOrigin}/`]);
  };
  await visit(browser, found, ["net::ERR_", "Cross-Origin", "404"]);
});

test("what a page complains about is heard", async () => {
  const complaining = async (page) => {
    await page.goto("https://wx.qq.com/");
    await page.evaluate(async () => {
      console.log("said quietly");
      console.warn("said as a warning");
      console.error("said as an error");
      setTimeout(() => {
        throw new Error("thrown late");
      });
      await new Promise((resolve) => setTimeout(resolve, 10));
    });
    const heard = await page.complaints();
    assert.equal(heard.length, 3);
    for (const [at, part] of ["said as a warning", "said as an error", "thrown late"].entries()) {
      assert.ok(heard[at].includes(part), heard[at]);
    }
  };
  await visit(browser, complaining, ["said as", "thrown late"]);
});

/**
 * What every browser test stands on: the stand-in as a process, and a browser of its own in the engine that BROWSER
 * names: chromium (unless told), firefox or webkit.
 *
 * STANDIN is the path of the stand-in's binary; CHROME_PATH, FIREFOX_PATH and WEBKIT_DRIVER_PATH are those of the
 * programs.
 */

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { startProxy } from "./engines/proxy.mjs";
import { launchFirefox, puppeteerBrowser } from "./engines/puppeteer.mjs";
import { launchWebkit } from "./engines/webkit.mjs";
import { projectPath } from "../node/standin.mjs";

export { complaints } from "./engines/puppeteer.mjs";
export { projectPath, startStandin } from "../node/standin.mjs";

export const engine = process.env.BROWSER || "chromium";
assert.ok(["chromium", "firefox", "webkit"].includes(engine), `BROWSER is ${engine}: no engine is called that`);

/**
 * Launches the browser. It finds this machine and the given hosts, and no other: no test can reach the real service.
 *
 * Its `page()` opens a page with its own cookies and storage (engines/page.mjs); `version` says what it is.
 *
 * @param {object} [options]
 * @param {Record<string, string>} [options.hosts] host names, and the origin that answers for each: so that a page can
 *   live at its real name. The certificate of such a host is not checked.
 * @param {string} [options.language] the visitor's. WebKit's cannot be chosen.
 */
export async function launch({ hosts = {}, language = "en-GB" } = {}) {
  if (engine === "chromium") {
    return puppeteerBrowser(await launchChromium({ hosts, args: [`--accept-lang=${language}`] }));
  }
  const proxy = await startProxy(hosts);
  const browser = await { firefox: launchFirefox, webkit: launchWebkit }[engine]({ proxy, language });
  const behindProxy = {
    ...browser,
    async close() {
      await browser.close();
      proxy.close();
    },
  };
  await assertBehind(proxy, behindProxy);
  return behindProxy;
}

/** A browser that took no notice of the proxy would ask the world for the real names: found out before any is used. */
async function assertBehind(proxy, browser) {
  const page = await browser.page();
  await page.goto("https://nowhere.invalid/").catch(() => {});
  await page.close();
  if (!proxy.asked.has("nowhere.invalid")) {
    await browser.close();
    throw new Error(`${browser.version} does not use the proxy`);
  }
}

/**
 * Opens a page, uses it, and asserts that it complained about nothing but what has one of the `expected` texts in it.
 * If that fails, a picture of the page stays behind.
 *
 * @param {Awaited<ReturnType<typeof launch>>} browser
 * @param {(page: import("./engines/page.mjs").Page) => Promise<void>} use
 * @param {string[]} [expected]
 */
export async function visit(browser, use, expected = []) {
  const page = await browser.page();
  try {
    await use(page);
    const heard = await page.complaints();
    assert.deepEqual(
      heard.filter((line) => !expected.some((part) => line.includes(part))),
      [],
    );
  } catch (error) {
    const folder = projectPath("target/screenshots");
    const path = `${folder}/${engine}-${Date.now()}.png`;
    await mkdir(folder, { recursive: true });
    await page.screenshot(path).then(
      () => console.error(`the page as it was: ${path}`),
      () => {},
    );
    throw error;
  } finally {
    await page.close();
  }
}

/**
 * Launches Chromium with an empty profile, as puppeteer's browser: for tests of what only Chromium has.
 *
 * @param {object} [options]
 * @param {Record<string, string>} [options.hosts] as above, `*` allowed
 * @param {string[]} [options.args]
 */
export function launchChromium({ hosts = {}, args = [], ...options } = {}) {
  const mapped = Object.entries(hosts).map(([name, origin]) => `MAP ${name} ${new URL(origin).host}`);
  const rules = [...mapped, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"];
  return puppeteer.launch({
    ...options,
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    acceptInsecureCerts: mapped.length > 0,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--host-resolver-rules=${rules.join(",")}`,
      ...(mapped.length > 0 ? ["--ignore-certificate-errors"] : []),
      ...args,
    ],
  });
}

/** Chromium and Firefox: puppeteer drives both. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { Page } from "./page.mjs";

/** Launches Firefox with an empty profile. It goes through the proxy, but to this machine itself. */
export async function launchFirefox(how) {
  const { browser, closed } = await firefox(how);
  return puppeteerBrowser(browser, { slow: (_, bytes) => how.proxy.slow(bytes), closed });
}

/** The same as puppeteer's browser, and what there is to do when it is closed. */
export async function firefox({ proxy, language }) {
  // Its own: Firefox refuses to start in a home that belongs to somebody else, as root's does in some containers.
  const home = await mkdtemp(join(tmpdir(), "webwx-image-firefox-"));
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: process.env.FIREFOX_PATH ?? "/usr/bin/firefox-esr",
    acceptInsecureCerts: true,
    env: { ...process.env, HOME: home },
    // Nobody listens to what goes over the network, and telling it puts 40 ms on every answer.
    networkEnabled: false,
    extraPrefsFirefox: {
      "intl.accept_languages": language,
      "network.proxy.type": 1,
      "network.proxy.socks": "127.0.0.1",
      "network.proxy.socks_port": proxy.port,
      "network.proxy.socks5_remote_dns": true,
      // Else the system takes a whole chunk at once, and a slow line is not seen to be slow.
      "network.tcp.sendbuffer": 32 * 1024,
    },
  });
  return { browser, closed: () => rm(home, { recursive: true, force: true, maxRetries: 5 }) };
}

/** A browser of puppeteer's as the tests use it: each page has its own cookies and storage. */
export async function puppeteerBrowser(browser, { slow = slowByItself, closed } = {}) {
  return {
    version: await browser.version(),
    async page() {
      const context = await browser.createBrowserContext();
      return new PuppeteerPage(context, await context.newPage(), slow);
    },
    async close() {
      await browser.close();
      await closed?.();
    },
  };
}

const slowByItself = (page, bytes) =>
  page.emulateNetworkConditions(bytes === Infinity ? null : { upload: bytes, download: 50_000_000, latency: 0 });

/** Collects whatever a page of puppeteer's complains about: uncaught errors, and errors and warnings on its console. */
export function complaints(page) {
  const heard = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) {
      heard.push(message.text());
    }
  });
  return heard;
}

class PuppeteerPage extends Page {
  #context;
  #page;
  #heard;

  constructor(context, page, slow) {
    super();
    this.slow = async (bytes) => slow(page, bytes);
    this.#context = context;
    this.#page = page;
    this.#heard = complaints(page);
  }

  goto = (url) => this.#page.goto(url);
  reload = () => this.#page.reload();
  ask = (expression) => this.#page.evaluate(expression);
  click = (selector) => this.#page.click(selector);
  press = (key) => this.#page.keyboard.press(key);
  type = (text) => this.#page.keyboard.type(text);
  choose = async (selector, ...paths) => (await this.#page.$(selector)).uploadFile(...paths);
  resize = (width, height) => this.#page.setViewport({ width, height });
  screenshot = (path) => this.#page.screenshot({ path });
  complaints = async () => this.#heard;
  close = () => this.#context.close();
}

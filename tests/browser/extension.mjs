/** What the tests of the extension stand on: a Chromium with it loaded, and hands and eyes for its panel. */

import { launchChromium, projectPath } from "./harness.mjs";

export const HOSTS = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];
export const HOST = "https://wx.qq.com";
export const FILE_HELPER = "https://szfilehelper.weixin.qq.com";

/** A Chromium with the unpacked extension, in which the real names lead to the stand-in. */
export async function launchWithExtension(standin, { language = "en" } = {}) {
  const { origin, fileOrigin } = standin.info;
  const hosts = Object.fromEntries(
    HOSTS.flatMap((name) => [
      [name, origin],
      [`file.${name}`, fileOrigin],
    ]),
  );
  return launchChromium({
    hosts: { ...hosts, "support.weixin.qq.com": origin, [new URL(FILE_HELPER).host]: origin },
    // Extensions are loaded through the pipe; a port does not let them.
    pipe: true,
    enableExtensions: [projectPath("www/extension")],
    env: { ...process.env, LANGUAGE: language },
    // A page that a test answers for counts as one from afar, which may not speak to this machine.
    args: [`--lang=${language}`, "--disable-features=LocalNetworkAccessChecks"],
  });
}

/** Asks until it is so; for what lies outside of every page, where nothing tells of a change. */
export async function untilAsync(isSo) {
  const end = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error(`never: ${isSo}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The extension's background worker, which is woken if it sleeps. */
export async function workerOf(browser) {
  const target = await browser.waitForTarget((candidate) => candidate.type() === "service_worker");
  return target.worker();
}

/** A page of WeChat Web with the panel in it. */
export class WeChatPage {
  #cdp;
  #world;
  #worldCame;

  /** Opens the page in a tab of its own; `prepare` sees it before it loads. */
  static async open(browser, { host = HOST, prepare = async () => {} } = {}) {
    const page = await browser.newPage();
    await page.setViewport({ width: 1000, height: 760 });
    const made = new WeChatPage(page);
    await made.#listen();
    await prepare(page);
    await page.goto(`${host}/`);
    return made;
  }

  constructor(page) {
    this.page = page;
  }

  /** Follows the content script's world from document to document. */
  async #listen() {
    this.#cdp = await this.page.createCDPSession();
    let came;
    const expect = () => {
      this.#world = new Promise((resolve) => (came = resolve));
    };
    expect();
    this.#cdp.on("Runtime.executionContextsCleared", expect);
    this.#cdp.on("Runtime.executionContextCreated", ({ context }) => {
      if (context.origin.startsWith("chrome-extension://")) {
        came(context.uniqueId);
      }
    });
    await this.#cdp.send("Runtime.enable");
  }

  /** Runs a function in the content script's world. Its first argument is the panel's closed root. */
  async inPanel(act, ...args) {
    const host = 'document.querySelector("webwx-image-panel")';
    const root = `${host} && chrome.dom.openOrClosedShadowRoot(${host})`;
    const { result, exceptionDetails } = await this.#cdp.send("Runtime.evaluate", {
      uniqueContextId: await this.#world,
      expression: `(${act})(${[root, ...args.map((value) => JSON.stringify(value))].join()})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }

  /** Waits until the panel shows `count` elements, at least, for a selector. */
  until(selector, count = 1) {
    return this.inPanel(
      (root, selector, count) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (root && root.querySelectorAll(selector).length >= count) {
              observer.disconnect();
              resolve(true);
            }
          };
          const observer = new MutationObserver(look);
          const shown = () => root?.querySelector(".box")?.innerText ?? "no panel";
          setTimeout(() => reject(new Error(`no ${count} of ${selector}: ${shown()}`)), 20_000);
          observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
          look();
        }),
      selector,
      count,
    );
  }

  /** Waits until an element's text has `part` in it. */
  untilText(selector, part) {
    return this.inPanel(
      (root, selector, part) =>
        new Promise((resolve, reject) => {
          const texts = () => [...root.querySelectorAll(selector)].map((element) => element.textContent);
          const look = () => {
            if (texts().some((text) => text.includes(part))) {
              observer.disconnect();
              resolve(true);
            }
          };
          const observer = new MutationObserver(look);
          setTimeout(() => reject(new Error(`${selector} never says ${part}: ${texts()}`)), 20_000);
          observer.observe(root, { subtree: true, childList: true, attributes: true, characterData: true });
          look();
        }),
      selector,
      part,
    );
  }

  /** Waits until the worker has stored a picture of this tab that fits. */
  untilKept(fits) {
    return untilAsync(async () => {
      const { value } = await this.inPanel(() => chrome.runtime.sendMessage({ ask: "items" }));
      return value.some(fits);
    });
  }

  text(selector) {
    return this.inPanel((root, selector) => [...root.querySelectorAll(selector)].map((e) => e.innerText), selector);
  }

  /** A click of the mouse, as a user makes it. */
  async click(selector) {
    const visible = `${selector}:not([hidden])`;
    await this.until(visible);
    await this.page.mouse.click(...(await this.#middleOf(visible)));
  }

  #middleOf(selector) {
    return this.inPanel((root, selector) => {
      const element = root.querySelector(selector);
      element.scrollIntoView({ block: "nearest" });
      const { left, top, width, height } = element.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }, selector);
  }

  /** Opens the panel, and waits until it knows the open chat. */
  async openPanel() {
    await this.untilThere();
    await this.click(".launcher");
    await this.until('.box:not([hidden])[data-chat="open"]');
  }

  /** Waits until the content script is there and has its queue from the worker, which then knows the tab. */
  async untilThere() {
    await this.inPanel(
      () =>
        new Promise((resolve) => {
          const look = () => document.querySelector("webwx-image-panel") && resolve(true);
          new MutationObserver(look).observe(document.documentElement, { childList: true });
          look();
        }),
    );
    await this.until(".receiver:not(:empty)");
  }

  /** Picks files with the panel's button. */
  async pick(...paths) {
    const [chooser] = await Promise.all([this.page.waitForFileChooser(), this.click(".choose")]);
    await chooser.accept(paths);
  }

  /** Drops files on the panel, as from a file manager. */
  drop(...paths) {
    return this.dropOn(".drop", ...paths);
  }

  async dropOn(selector, ...paths) {
    const [x, y] = await this.#middleOf(selector);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await this.#cdp.send("Input.dispatchDragEvent", { type, x, y, data });
    }
  }

  /** Ctrl-V in the panel. */
  async paste() {
    await this.focus(".box");
    const key = { key: "v", code: "KeyV", windowsVirtualKeyCode: 86, modifiers: 2 };
    await this.#cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key, commands: ["paste"] });
    await this.#cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }

  focus(selector) {
    return this.inPanel((root, selector) => root.querySelector(selector).focus(), selector);
  }

  /** Opens another chat in the page. */
  openChat(userName) {
    return this.page.evaluate((name) => {
      angular.element(document).injector().get("chatFactory").setCurrentUserName(name);
    }, userName);
  }

  reload() {
    return this.page.reload();
  }
}

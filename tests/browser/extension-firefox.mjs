/** The extension in Firefox: loaded over BiDi, which hands out closed shadow roots too. */

import { HOST, HOSTS, WeChatPage } from "./extension.mjs";
import { firefox } from "./engines/puppeteer.mjs";
import { startProxy } from "./engines/proxy.mjs";
import { projectPath } from "./harness.mjs";

/** A Firefox with the extension, in which the real names lead to the stand-in. */
export async function launchFirefoxWithExtension(standin, { language = "en" } = {}) {
  const { origin, fileOrigin } = standin.info;
  const hosts = HOSTS.flatMap((name) => [
    [name, origin],
    [`file.${name}`, fileOrigin],
  ]);
  const proxy = await startProxy(Object.fromEntries([...hosts, ["support.weixin.qq.com", origin]]));
  const { browser, closed } = await firefox({ proxy, language });
  await install(browser);
  const close = browser.close.bind(browser);
  browser.close = async () => {
    await close();
    await closed();
    proxy.close();
  };
  return browser;
}

const installed = new WeakMap();

async function install(browser) {
  installed.set(browser, await browser.installExtension(projectPath("target/extension-firefox")));
}

/** Takes the extension away, with all that it has stored, and loads it again. */
export async function installAnew(browser) {
  await browser.uninstallExtension(installed.get(browser));
  await install(browser);
}

/** A page of WeChat Web with the panel in it. */
export class FirefoxWeChatPage extends WeChatPage {
  #browser;

  static async open(browser, { host = HOST, prepare = async () => {} } = {}) {
    const page = await browser.newPage();
    await page.setViewport({ width: 1000, height: 760 });
    const made = new FirefoxWeChatPage(page);
    made.#browser = browser;
    await prepare(page);
    await page.goto(`${host}/`);
    return made;
  }

  /** Runs a function in the page's world. Its first argument is the panel's closed root, which the page itself cannot have. */
  async inPanel(act, ...args) {
    const root = await this.#root();
    return this.#value(act, root, ...args.map((value) => toRemote(value)));
  }

  async pick(...paths) {
    const input = (root) => root.querySelector("input[type=file]");
    const { sharedId } = await this.#call(input, await this.#root());
    await this.#send("input.setFiles", { context: this.#context, element: { sharedId }, files: paths });
  }

  get #context() {
    return this.page.mainFrame()._id;
  }

  async #send(method, params) {
    const { result } = await this.#browser.connection.send(method, params);
    return result;
  }

  async #call(act, ...args) {
    const { result, exceptionDetails } = await this.#send("script.callFunction", {
      functionDeclaration: String(act),
      arguments: args,
      awaitPromise: true,
      target: { context: this.#context },
      serializationOptions: { includeShadowTree: "all", maxDomDepth: 0 },
    });
    if (exceptionDetails) {
      throw new Error(exceptionDetails.text);
    }
    return result;
  }

  /** What comes back goes through JSON, as BiDi has a form of its own for every value. */
  async #value(act, ...args) {
    const asJson = `async (...args) => JSON.stringify(await (${act})(...args)) ?? "null"`;
    return JSON.parse((await this.#call(asJson, ...args)).value);
  }

  /** The panel's root, or null as long as there is none. */
  async #root() {
    const { value } = await this.#call(() => document.querySelector("webwx-image-panel"));
    return value?.shadowRoot ? { sharedId: value.shadowRoot.sharedId } : { type: "null" };
  }
}

/** A string, a number or an array of them, as BiDi takes it. */
const toRemote = (value) =>
  Array.isArray(value) ? { type: "array", value: value.map(toRemote) } : { type: typeof value, value };

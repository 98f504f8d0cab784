/**
 * WebKit: the MiniBrowser of WebKitGTK on a display of its own, by its WebDriver.
 *
 * https://www.w3.org/TR/webdriver2/ is the protocol; only what the tests need of it is here.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Page } from "./page.mjs";

/** ms that any command may take. */
const LIMIT = 60_000;

/** Keys that are no characters, as WebDriver writes them. */
const KEYS = {
  Tab: "\uE004",
  Enter: "\uE006",
  Escape: "\uE00C",
  End: "\uE010",
  ArrowLeft: "\uE012",
  ArrowRight: "\uE014",
};

/**
 * Starts the driver. Each page is a session, and so a browser, of its own; there can be one at a time. It goes through
 * the proxy, but to this machine itself.
 */
export async function launchWebkit({ proxy }) {
  const home = await mkdtemp(join(tmpdir(), "webwx-image-webkit-"));
  // -noreset: else the display starts anew when the last page closes, and the next one may come in between.
  const display = bound("Xvfb", ["-displayfd", "1", "-screen", "0", "1600x1200x24", "-noreset", "-nolisten", "tcp"]);
  const number = await firstLine(display);
  const port = await freePort();
  const driver = bound(process.env.WEBKIT_DRIVER_PATH ?? "/usr/bin/WebKitWebDriver", [`--port=${port}`], {
    HOME: home,
    DISPLAY: `:${number}`,
    GDK_BACKEND: "x11",
    LC_ALL: "C.UTF-8",
    ...(process.getuid?.() === 0 ? { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1" } : {}),
  });
  const command = commander(`http://127.0.0.1:${port}`);
  await ready(command, driver);

  const newSession = () =>
    command("POST", "/session", {
      capabilities: {
        alwaysMatch: {
          acceptInsecureCerts: true,
          timeouts: { script: LIMIT },
          "webkitgtk:browserOptions": {
            // Here and not among the capabilities, where a proxy for https is accepted and not used.
            args: ["--automation", `--proxy=socks5://127.0.0.1:${proxy.port}`, "--ignore-host=127.0.0.1"],
          },
        },
      },
    });
  return {
    /** The driver does not know what it drives: the first page tells. */
    version: "WebKitGTK",
    async page() {
      const { sessionId, capabilities } = await newSession();
      this.version = `WebKitGTK ${capabilities.browserVersion}`;
      const inSession = (method, path, body) => command(method, `/session/${sessionId}${path}`, body);
      return new WebkitPage(inSession, proxy.slow);
    },
    async close() {
      await Promise.all([driver, display].map((program) => program.end()));
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Starts a program that ends with this process, however that ends: a shell waits for the end of its input. */
function bound(program, args, env = {}) {
  const shell = spawn("sh", ["-c", '"$@" & exec >&- 2>&-; read -r _; kill $!; wait $!', "sh", program, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  const ended = once(shell, "exit");
  return {
    stdout: shell.stdout,
    end() {
      shell.stdin.end();
      return ended;
    },
  };
}

async function firstLine({ stdout }) {
  for await (const line of createInterface({ input: stdout })) {
    return line;
  }
  throw new Error("Xvfb ended before it was ready");
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function commander(origin) {
  return async (method, path, body) => {
    const signal = AbortSignal.timeout(LIMIT);
    const answer = await fetch(origin + path, { method, body: body && JSON.stringify(body), signal });
    const { value } = await answer.json();
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    }
    return value;
  };
}

/** Waits until the driver answers. */
async function ready(command, driver) {
  let gone = false;
  driver.stdout.resume().once("end", () => (gone = true));
  for (;;) {
    try {
      return await command("GET", "/status");
    } catch (error) {
      if (gone) {
        throw new Error("WebKitWebDriver ended before it was ready", { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

class WebkitPage extends Page {
  #command;
  /** What the documents before this one complained about. */
  #heard = [];

  constructor(command, slow) {
    super();
    this.slow = async (bytes) => slow(bytes);
    this.#command = command;
  }

  goto = (url) => this.#leave(() => this.#command("POST", "/url", { url }));
  reload = () => this.#leave(() => this.#command("POST", "/refresh", {}));

  async ask(expression) {
    const script = `${expression}.then(
      (text) => arguments[0]({ text }),
      (error) => arguments[0]({ error: \`\${error}\\n\${error?.stack}\` }),
    )`;
    const { error, text } = await this.#command("POST", "/execute/async", { script, args: [] });
    if (error !== undefined) {
      throw new Error(error);
    }
    return text;
  }

  click = async (selector) => this.#command("POST", `/element/${await this.#find(selector)}/click`, {});
  press = (key) => this.#keys([KEYS[key]]);
  type = (text) => this.#keys([...text]);

  async choose(selector, ...paths) {
    await this.#command("POST", `/element/${await this.#find(selector)}/value`, { text: paths.join("\n") });
  }

  /** The window gets no narrower than its toolbar: about 450. */
  async resize(width, height) {
    const margin = await this.run("[outerWidth - innerWidth, outerHeight - innerHeight]");
    await this.#command("POST", "/window/rect", { width: width + margin[0], height: height + margin[1] });
  }

  async screenshot(path) {
    await writeFile(path, await this.#command("GET", "/screenshot"), "base64");
  }

  /** WebDriver has no console. The page's own is listened to, from the end of its loading. */
  complaints = async () => [...this.#heard, ...(await this.run("(globalThis.complaints ?? [])"))];
  close = () => this.#command("DELETE", "");

  async #leave(navigate) {
    this.#heard = await this.complaints();
    await navigate();
    await this.run(`(${listen})()`);
  }

  async #find(selector) {
    const element = await this.#command("POST", "/element", { using: "css selector", value: selector });
    return Object.values(element)[0];
  }

  #keys(values) {
    const actions = values.flatMap((value) => [
      { type: "keyDown", value },
      { type: "keyUp", value },
    ]);
    return this.#command("POST", "/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }
}

/** Runs in the page. */
function listen() {
  const heard = [];
  globalThis.complaints = heard;
  for (const name of ["error", "warn"]) {
    const say = console[name];
    console[name] = (...words) => {
      heard.push(words.join(" "));
      say.apply(console, words);
    };
  }
  addEventListener("error", ({ message }) => heard.push(message));
  addEventListener("unhandledrejection", ({ reason }) => heard.push(String(reason)));
}

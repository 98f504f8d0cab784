/**
 * Programs that install the packed package, and use it in every environment of docs/environments.md: each sends a picture to the
 * stand-in and gets it back. One table at the end tells what ran where.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";

import { complaints, launchChromium, projectPath, startStandin } from "../browser/harness.mjs";
import { buildBothSides, bundlers, serveByVite } from "./bundlers.mjs";
import { install, serveFiles } from "./installed.mjs";

let installed;
let standin;
let browser;
let expected;
const ran = [];

const { unpkg: cdnScript } = JSON.parse(await readFile(projectPath("package.json"), "utf8"));

before(async () => {
  installed = await install();
  standin = await startStandin("--serve", installed.folder);
  browser = await launchChromium();
  const picture = await readFile(join(installed.www, "picture.jpg"));
  expected = createHash("md5").update(picture).digest("hex");
});

after(async () => {
  await browser?.close();
  await standin?.stop();
  await installed?.remove();
  const width = Math.max(...ran.map(([where]) => where.length));
  console.log(ran.map(([where, backend, version]) => `${where.padEnd(width)}  ${backend.padEnd(4)}  ${version}`).join("\n"));
});

/** Holds a round trip against the picture, and notes it for the table. */
function hold(where, version, { backend, sent, received } = {}, expectedBackend = "wasm") {
  assert.deepEqual({ backend, sent, received }, { backend: expectedBackend, sent: expected, received: expected });
  ran.push([where, backend, version]);
}

const chromium = async () => (await browser.version()).replace("/", " ");

/** Opens a page, waits for its round trip, and asserts that nothing was complained about but `foreseen`. */
async function visit(url, start = () => globalThis.result, foreseen = []) {
  const page = await browser.newPage();
  const heard = complaints(page);
  try {
    await page.goto(url);
    const result = await page.evaluate(start);
    const unforeseen = heard.filter((text) => !foreseen.some((pattern) => pattern.test(text)));
    assert.deepEqual(unforeseen, []);
    return result;
  } finally {
    await page.close();
  }
}

const at = (path) => `${standin.info.origin}/www/${path}`;

describe("in Node", () => {
  const node = async (program) => {
    const env = { ...process.env, ORIGIN: standin.info.origin, NODE_NO_WARNINGS: "1" };
    const { stdout } = await promisify(execFile)(process.execPath, [join(installed.www, "node", program)], { env });
    return JSON.parse(stdout);
  };
  const version = `Node ${process.versions.node}`;

  test("import", async () => hold("Node, import", version, await node("import.mjs")));
  test("require", async () => hold("Node, require", version, await node("require.cjs")));
  test("webwx-image/inline", async () => hold("Node, inline", version, await node("inline.mjs")));
  test("webwx-image/js", async () => hold("Node, js", version, await node("js.mjs"), "js"));
});

describe("in another runtime", () => {
  // What a program needs there, and no more: the package from its folder, the stand-in, and the variable with its address.
  const runtimes = {
    deno: ["run", "--quiet", "--no-remote", "--allow-env", "--allow-read", "--allow-net=127.0.0.1"],
    bun: ["run", "--no-install"],
  };
  for (const [name, args] of Object.entries(runtimes)) {
    const program = fileURLToPath(new URL(`node_modules/.bin/${name}`, import.meta.url));
    const env = () => ({
      ...process.env,
      ORIGIN: standin.info.origin,
      DENO_DIR: join(installed.folder, "deno"),
      DENO_NO_UPDATE_CHECK: "1",
    });
    const run = async (...more) => (await promisify(execFile)(program, more, { cwd: installed.www, env: env() })).stdout;
    for (const [what, file, backend] of [
      ["import", "import.mjs", "wasm"],
      ["inline", "inline.mjs", "wasm"],
      ["js", "js.mjs", "js"],
    ]) {
      test(`${name}, ${what}`, async () => {
        const [version] = /\d+(?:\.\d+)+/.exec(await run("--version"));
        const result = JSON.parse(await run(...args, join("node", file)));
        hold(`${name}, ${what}`, `${name} ${version}`, result, backend);
      });
    }
  }
});

describe("bundled, in a page", () => {
  for (const [name, { version, build }] of Object.entries(bundlers)) {
    test(name, async () => {
      const folder = `built/${name}`;
      await build(join(installed.www, "bundled"), join(installed.www, folder));
      hold(`${name}, build`, version, await visit(at(`${folder}/index.html`)));
    });
  }

  test("Vite, while developing", async () => {
    const server = await serveByVite(join(installed.www, "bundled"), standin.info);
    try {
      hold("Vite, dev", bundlers.Vite.version, await visit(`${server.origin}/`));
    } finally {
      await server.close();
    }
  });

  test("rendered on a server", async () => {
    const app = await buildBothSides(join(installed.www, "ssr"), join(installed.www, "built/ssr"));
    assert.equal(globalThis.window, undefined);
    const { render } = await import(pathToFileURL(app));
    assert.equal(render(), "<p>text</p>");
    hold("Vite, SSR", bundlers.Vite.version, await visit(at("built/ssr/index.html")));
  });
});

describe("in an extension", () => {
  let extended;
  let worker;
  let page;

  before(async () => {
    const folder = join(installed.www, "extension");
    await cp(join(installed.www, "node_modules/webwx-image/dist"), join(folder, "webwx-image"), { recursive: true });
    await cp(join(installed.www, "round-trip.mjs"), join(folder, "round-trip.mjs"));
    extended = await launchChromium({ pipe: true, enableExtensions: [folder] });
    const target = await extended.waitForTarget((candidate) => candidate.type() === "service_worker");
    worker = await target.worker();
    // The page gives the cookies of its session.
    page = await extended.newPage();
    await page.goto(`${standin.info.origin}/`);
  });

  after(() => extended?.close());

  test("its background", async () => {
    hold("MV3 background", await chromium(), await worker.evaluate((origin) => start(origin), standin.info.origin));
  });

  test("its content script", async () => {
    const result = await worker.evaluate(async () => {
      const [{ id }] = await chrome.tabs.query({ url: "http://127.0.0.1/*" });
      return chrome.tabs.sendMessage(id, "start");
    });
    hold("MV3 content script", await chromium(), result);
  });
});

describe("unbundled", () => {
  test("a module in a page", async () => hold("<script type=module>", await chromium(), await visit(at("module/"))));
  test("a module and a script from another origin, as from a CDN", async () => {
    const cdn = await serveFiles(join(installed.www, "node_modules"));
    try {
      const page = (query) => at(`cdn/?${new URLSearchParams({ cdn: cdn.origin, ...query })}`);
      hold("CDN, module", await chromium(), await visit(page({ module: "webwx-image/dist/index.js" })));
      hold("CDN, script", await chromium(), await visit(page({ script: `webwx-image/${cdnScript}` })));
    } finally {
      cdn.close();
    }
  });

  test("a script in a page", async () => hold("<script>", await chromium(), await visit(at("script/"))));

  test("dedicated workers", async () => {
    hold("worker, module", await chromium(), await visit(at("worker/"), () => globalThis.moduleWorker()));
    hold("worker, importScripts", await chromium(), await visit(at("worker/"), () => globalThis.scriptWorker()));
  });

  test("a service worker", async () => {
    hold("service worker", await chromium(), await visit(at("service-worker/"), () => globalThis.serviceWorker()));
  });

  test("a strict page: the script goes over to JavaScript by itself, and the page hears of one refusal", async () => {
    const refusal = /violates the following Content Security Policy directive.*'unsafe-eval'/;
    const result = await visit(at("strict/script.html"), undefined, [refusal]);
    hold("strict page, <script>", await chromium(), result, "js");
  });

  test("a strict page: webwx-image/js", async () => {
    hold("strict page, js", await chromium(), await visit(at("strict/js.html")), "js");
  });
});

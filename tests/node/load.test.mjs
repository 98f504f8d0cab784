/** How the package is loaded: what import and init() do, and what they leave alone. Not run on each form again. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";

import { FORBIDDEN, dist, fresh, wasm } from "./fresh.mjs";

const works = `answer = typeof parseMessage("<msg/>");`;

describe("import", () => {
  test("does nothing in any form: no request, no file, no timer, no global, no compiling", async () => {
    const program = `
      const { runInThisContext } = await import("node:vm");
      const touched = [];
      for (const name of ["fetch", "setTimeout", "setInterval", "queueMicrotask", "atob", "Request"]) {
        globalThis[name] = function () { touched.push(name); };
      }
      for (const name of ["window", "document", "self", "location"]) {
        Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) });
      }
      for (const name of Object.getOwnPropertyNames(WebAssembly)) {
        WebAssembly[name] = function () { touched.push(name); };
      }
      const script = readFileSync(new URL("webwx-image.iife.js", dist), "utf8");
      const reading = fs.readFileSync;
      fs.readFileSync = (...args) => (touched.push("readFileSync"), reading(...args));
      syncBuiltinESMExports();
      const before = Object.getOwnPropertyNames(globalThis);
      for (const form of ["index", "node", "inline", "js"]) {
        await import(new URL(form + ".js?again", dist));
      }
      runInThisContext(script);
      const names = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
      answer = [...touched, ...names];
    `;
    const imports = `
      const { default: fs } = await import("node:fs");
      const { syncBuiltinESMExports } = await import("node:module");
      const dist = new URL(${JSON.stringify(dist.href)});
    `;
    assert.deepEqual(await fresh(imports + program), ["WebwxImage"]);
  });

  test("in Node needs no init", async () => {
    const { default: init, parseMessage, backend } = await import("webwx-image");
    assert.equal(typeof parseMessage("<msg/>"), "object");
    assert.equal(backend(), "wasm");
    assert.equal(await init(), undefined);
  });

  test("in Node works by require as well, and is the same package", async () => {
    const required = createRequire(import.meta.url)("webwx-image");
    const { WebWx } = await import("webwx-image");
    assert.equal(required.WebWx, WebWx);
  });
});

describe("before init()", () => {
  const message = (name) => `${name}: the module is not loaded, call init() first`;

  test("what answers at once throws not-initialized, naming the call", async () => {
    const calls = {
      parseMessage: `library.parseMessage("x")`,
      fromBase64: `library.fromBase64("")`,
      sessionFromPage: `library.sessionFromPage()`,
      buildUploadMediaRequest: `library.buildUploadMediaRequest({})`,
      "new Md5": `new library.Md5()`,
      "new WebWx": `new library.WebWx({})`,
      "new Gateway": `new library.Gateway({})`,
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await fresh(`answer = await thrown(() => ${call});`);
      assert.deepEqual([error.is, error.code, error.message], [true, "not-initialized", message(name)]);
    }
  });

  test("what gives a promise rejects", async () => {
    for (const name of ["md5", "toBase64", "toDataUrl", "inspectImage"]) {
      const error = await fresh(`answer = await failure(library.${name}("data:,"));`);
      assert.deepEqual([error.is, error.code, error.message], [true, "not-initialized", message(name)]);
    }
  });

  test("backend() and WebwxError work", async () => {
    assert.equal(await fresh(`answer = library.backend();`), "wasm");
    assert.equal(await fresh(`answer = new WebwxError("network", "x").code;`), "network");
  });
});

describe("init()", () => {
  let server;
  let origin;

  before(async () => {
    const bytes = await readFile(wasm);
    server = createServer((request, response) => {
      const answers = {
        "/right": [200, "application/wasm", bytes],
        "/wrong-type": [200, "text/plain", bytes],
        "/no-type": [200, undefined, bytes],
        "/html": [200, "text/html", "<!doctype html>"],
        "/html-as-wasm": [200, "application/wasm", "<!doctype html>"],
        "/cut-off": [200, "application/wasm", bytes.subarray(0, bytes.length / 2)],
        "/broken": [503, "text/plain", "no"],
      };
      const [status, type, body] = answers[request.url] ?? [404, "text/plain", "no"];
      response.writeHead(status, type ? { "content-type": type } : {}).end(body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${server.address().port}`;
  });

  after(() => server.close());

  const inputs = {
    "a string": () => `${JSON.stringify(`${origin}/right`)}`,
    "a URL": () => `new URL("${origin}/right")`,
    "a Request": () => `new Request("${origin}/right")`,
    "a Response": () => `await fetch("${origin}/right")`,
    "a promise of a Response": () => `fetch("${origin}/right")`,
    "a Response of the wrong type": () => `fetch("${origin}/wrong-type")`,
    "a Response without a type": () => `fetch("${origin}/no-type")`,
    "a Response that was made by hand": () => `new Response(wasm)`,
    "a Uint8Array": () => `new Uint8Array(wasm)`,
    "an ArrayBuffer": () => `new Uint8Array(wasm).buffer`,
    "a DataView": () => `new DataView(new Uint8Array(wasm).buffer)`,
    "a WebAssembly.Module": () => `await WebAssembly.compile(wasm)`,
    "a promise of a WebAssembly.Module": () => `WebAssembly.compile(wasm)`,
  };
  for (const [name, input] of Object.entries(inputs)) {
    test(`takes ${name}`, async () => {
      assert.equal(await fresh(`answer = [await init(${input()}) ?? null, typeof parseMessage("")][1]`), "object");
    });
  }

  test("loads once: again, and at the same time, it is the same load", async () => {
    const requests = await fresh(`
      const real = fetch;
      let requests = 0;
      globalThis.fetch = (...args) => (requests += 1, real(...args));
      await Promise.all([init("${origin}/right"), init("${origin}/right"), init()]);
      await init("${origin}/nowhere");
      initSync(wasm);
      parseMessage("");
      answer = requests;
    `);
    assert.equal(requests, 1);
  });

  test("can be tried again after a failure", async () => {
    const [first, second] = await fresh(`
      const first = await failure(init("${origin}/nowhere"));
      const second = await failure(Promise.resolve().then(() => parseMessage("")));
      await init("${origin}/right");
      parseMessage("");
      answer = [first, second];
    `);
    assert.deepEqual([first.is, first.code, first.status], [true, "http-status", 404]);
    assert.equal(second.code, "not-initialized");
  });

  test("says what went wrong", async () => {
    const failing = async (input) => {
      const { is, code, message, retryable, cause } = await fresh(`answer = await failure(init(${input}));`);
      assert.ok(is);
      return { code, message: message.replaceAll(origin, "ORIGIN"), retryable, cause };
    };
    assert.deepEqual(await failing(`"http://127.0.0.1:1/x.wasm"`), {
      code: "network",
      message:
        "init: no response from http://127.0.0.1:1/x.wasm; in Node, or for a file: URL, pass the module's bytes",
      retryable: true,
      cause: "TypeError",
    });
    assert.deepEqual(await failing(`"${origin}/broken"`), {
      code: "http-status",
      message: "init: the response from ORIGIN/broken has status 503",
      retryable: true,
      cause: undefined,
    });
    for (const path of ["/html", "/html-as-wasm", "/cut-off"]) {
      assert.deepEqual(await failing(`"${origin}${path}"`), {
        code: "malformed-response",
        message: `init: the response from ORIGIN${path} could not be compiled: not a WebAssembly module, or truncated`,
        retryable: false,
        cause: "CompileError",
      });
    }
    assert.deepEqual(await failing(`new Uint8Array([1, 2, 3])`), {
      code: "invalid-input",
      message: "init: the bytes could not be compiled: not a WebAssembly module, or truncated",
      retryable: false,
      cause: "CompileError",
    });
    for (const foreign of [`new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])`, `wasmOfAnother()`]) {
      // (module (import "env" "f" (func)))
      const other = "new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,2,9,1,3,101,110,118,1,102,0,0])";
      const error = await failing(foreign.replace("wasmOfAnother()", other));
      assert.equal(error.code, "invalid-input");
      assert.equal(error.message, "init: not the WebAssembly module of this version of webwx-image");
    }
    for (const nonsense of ["42", "{}", "[]", "null && 1 || false"]) {
      const error = await failing(nonsense);
      assert.equal(error.code, "invalid-input");
      assert.equal(error.message, "init: expected a URL, Response, bytes or WebAssembly.Module");
    }
  });

  test("in a place that forbids WebAssembly says so", async () => {
    const error = await fresh(`${FORBIDDEN} answer = await failure(init(wasm));`);
    assert.equal(error.code, "not-initialized");
    assert.match(error.message, /Content-Security-Policy here forbids WebAssembly; allow 'wasm-unsafe-eval'/);
  });
});

describe("initSync()", () => {
  test("takes bytes and modules", async () => {
    for (const input of ["wasm", "new Uint8Array(wasm).buffer", "new WebAssembly.Module(wasm)"]) {
      assert.equal(await fresh(`initSync(${input}); initSync(${input}); ${works}`), "object");
    }
  });

  test("refuses all else, and can be tried again", async () => {
    const [url, bytes] = await fresh(`
      answer = [await thrown(() => initSync("x.wasm")), await thrown(() => initSync(new Uint8Array(8)))];
      initSync(wasm);
      parseMessage("");
    `);
    assert.equal(url.code, "invalid-input");
    assert.equal(url.message, "initSync: expected the module's bytes or a WebAssembly.Module");
    assert.equal(bytes.code, "invalid-input");
    assert.equal(bytes.message, "initSync: the bytes could not be compiled: not a WebAssembly module, or truncated");
  });
});

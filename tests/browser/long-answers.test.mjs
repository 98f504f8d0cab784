/** An endless answer ends an upload in a page, whichever way it went: by XMLHttpRequest (with onProgress) or by fetch. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";

import { launch, projectPath } from "./harness.mjs";

let isPacked = false;
let closed;

/** As fast as a fast line: Firefox tells nothing of an answer while loopback floods it. */
async function* endless() {
  yield Buffer.from("<html><title>Log in</title>");
  for (;;) {
    yield Buffer.alloc(64 * 1024, " ");
    await setTimeout(1);
  }
}

const server = createServer((request, response) => {
  if (request.method === "GET") {
    const isFile = /^\/dist\/[\w.]+$/.test(request.url);
    const types = { js: "text/javascript", wasm: "application/wasm" };
    response.writeHead(200, { "content-type": types[request.url.split(".").at(-1)] ?? "text/html" });
    response.end(isFile ? readFileSync(projectPath(request.url.slice(1))) : "<!doctype html>");
    return;
  }
  request.resume();
  closed = once(response, "close");
  response.writeHead(200, isPacked ? { "content-encoding": "gzip" } : {});
  const body = Readable.from(endless());
  (isPacked ? body.pipe(createGzip()) : body).pipe(response);
  response.on("error", () => {});
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
let browser;
let page;

before(async () => {
  browser = await launch();
  page = await browser.page();
  await page.goto(origin);
});
after(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

for (const byXhr of [true, false]) {
  for (const packed of [false, true]) {
    test(`by ${byXhr ? "XMLHttpRequest" : "fetch"}, packed: ${packed}`, async () => {
      isPacked = packed;
      const message = await page.evaluate(async (hears) => {
        const library = await import(`${location.origin}/dist/index.js`);
        await library.default();
        const session = { uin: 1, sid: "sid", skey: "@crypt_1_2", userName: "@me", dataTicket: "t" };
        const { origin } = location;
        const wx = new library.WebWx({ ...session, origin, fileOrigin: origin }, { retry: { limit: 0 }, timeout: 10_000 });
        const gif = new Uint8Array([...new TextEncoder().encode("GIF89a"), 1, 0, 1, 0, 0, 0, 0, 0x3b]);
        const options = hears ? { onProgress() {} } : {};
        return wx.upload(gif, { to: "@you", ...options }).catch((error) => error.message);
      }, byXhr);
      assert.equal(message, "webwxuploadmedia: expected JSON, got an HTML page (Log in)");
      await closed;
    });
  }
}

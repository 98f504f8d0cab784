/** While something is hashed, a page has its turns, and an abort is heard. The same in Node: tests/node/turns. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { launch, startStandin } from "./harness.mjs";

const MIB = 2 ** 20;
const standin = await startStandin();
const folder = mkdtempSync(join(tmpdir(), "webwx-image-"));
const path = join(folder, "picked.bin");
let browser;
let page;

before(async () => {
  writeFileSync(path, Buffer.alloc(8 * MIB));
  browser = await launch();
  page = await browser.page();
  await page.goto(standin.info.origin);
  await page.evaluate(prepare);
  await page.choose("#picked", path);
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
  await standin.stop();
});

/** In the page: `source(name, MiB)`, and `library` in both forms. */
async function prepare() {
  document.body.innerHTML = "<input type=file id=picked>";
  const load = async (name) => {
    const library = await import(`${location.origin}/dist/${name}.js`);
    await library.default();
    return library;
  };
  window.forms = { wasm: await load("index"), js: await load("js") };
  window.source = {
    bytes: (size) => new Uint8Array(size),
    blob: (size) => new Blob(Array(16).fill(new Uint8Array(size / 16))),
    file: () => document.querySelector("#picked").files[0],
    response: (size) => new Response(new Uint8Array(size)),
  };
  /** How many messages to itself a page got meanwhile. Each time that somebody looks, the clock has gone on by `ms`. */
  window.turnsOf = async (work, ms) => {
    let [now, count] = [performance.now(), 0];
    performance.now = () => (now += ms);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      count += 1;
      port2.postMessage(null);
    };
    port2.postMessage(null);
    try {
      await work();
    } finally {
      port1.close();
      delete performance.now;
    }
    return count;
  };
}

for (const form of ["wasm", "js"]) {
  for (const kind of ["bytes", "blob", "file", "response"]) {
    test(`${form}: each MiB of ${kind} that takes 20 ms is followed by a turn`, async () => {
      const hash = (form, kind, size) => turnsOf(() => forms[form].md5(source[kind](size)), 20);
      const turns = await page.evaluate(hash, form, kind, 8 * MIB);
      assert.ok(turns >= 8, `${turns}`);
    });
  }

  test(`${form}: a download is hashed with turns in between`, async () => {
    const session = { uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "t" };
    const download = (form, session, size) => {
      const picture = new Uint8Array(size);
      picture.set([0x42, 0x4d, 54, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 7, 0, 0, 0, 5]);
      const wx = new forms[form].WebWx(session, { fetch: async () => new Response(picture) });
      return turnsOf(() => wx.download("1"), 20);
    };
    const turns = await page.evaluate(download, form, session, 8 * MIB);
    assert.ok(turns >= 8, `${turns}`);
  });
}

for (const kind of ["bytes", "blob"]) {
  test(`a timer can abort the hash of 256 MiB in memory: ${kind}`, async () => {
    const [reason, last] = await page.evaluate(
      async (kind, size) => {
        const controller = new AbortController();
        let last = 0;
        const job = forms.wasm.md5(source[kind](size), {
          signal: controller.signal,
          onProgress: ({ loaded }) => (last = loaded),
        });
        setTimeout(() => controller.abort("enough"), 0);
        return [await job.catch((reason) => reason), last];
      },
      kind,
      256 * MIB,
    );
    assert.equal(reason, "enough");
    assert.ok(last < 256 * MIB, `aborted after ${last} bytes`);
  });
}

/** A picked file that changes between two chunks. Engines differ in what they do with it: see Held in src/browser/source.rs. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before as beforeAll, test } from "node:test";

import { sample, small } from "../node/pictures.mjs";
import { engine, launch, startStandin } from "./harness.mjs";

const standin = await startStandin();
const folder = mkdtempSync(join(tmpdir(), "webwx-image-"));
const path = join(folder, "sample.jpg");
let browser;
let page;

beforeAll(async () => {
  browser = await launch();
  page = await browser.page();
  await page.goto(standin.info.origin);
  await page.evaluate(async (fileOrigin) => {
    const library = await import(`${location.origin}/dist/index.js`);
    await library.default();
    window.library = library;
    window.upload = (file) => {
      let count = 0;
      /** The answer to the first chunk waits until the file has changed. */
      const fetch = async (...request) => {
        const answer = await globalThis.fetch(...request);
        count += 1;
        if (count === 1) {
          window.isAnswered = true;
          await new Promise((resolve) => (window.goOn = resolve));
        }
        return answer;
      };
      const wx = new library.WebWx({ ...library.sessionFromPage(), fileOrigin }, { fetch });
      window.isAnswered = false;
      window.outcome = wx.upload(file, { to: "filehelper" }).then(
        () => "uploaded",
        ({ code, message, retryable }) => ({ code, message, retryable, count }),
      );
    };
    document.body.innerHTML = "<input type=file id=picked>";
  }, standin.info.fileOrigin);
});
after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
  await standin.stop();
});

const altered = Buffer.from(sample);
altered[altered.length - 1] ^= 1;
const changes = { "is written to": altered, "gets shorter": small };

for (const [name, bytes] of Object.entries(changes)) {
  test(`a file that ${name} is an error of its own`, async () => {
    writeFileSync(path, sample);
    await page.choose("#picked", path);
    await page.evaluate(() => window.upload(document.querySelector("#picked").files[0]));
    await page.until(() => window.isAnswered);
    writeFileSync(path, bytes);
    utimesSync(path, new Date(), new Date(Date.now() + 10_000));
    const outcome = await page.evaluate(() => (window.goOn(), window.outcome));
    assert.equal(outcome.code, "file-changed", JSON.stringify(outcome));
    assert.match(outcome.message, /^webwxuploadmedia, chunk [23] of 3: the file changed after it was hashed; pick it again$/);
    assert.equal(outcome.retryable, false);
    assert.ok(outcome.count < 3, "the last chunk did not go out");
  });
}

const before = {
  "is written to": () => {
    writeFileSync(path, altered);
    utimesSync(path, new Date(), new Date(Date.now() + 10_000));
  },
  "gets shorter": () => {
    writeFileSync(path, small);
    utimesSync(path, new Date(), new Date(Date.now() + 10_000));
  },
  "is deleted": () => rmSync(path),
};

for (const [name, change] of Object.entries(before)) {
  test(`a file that ${name} before it is hashed is the same error`, async () => {
    writeFileSync(path, sample);
    await page.choose("#picked", path);
    change();
    const [outcome, md5] = await page.evaluate(async () => {
      const [file] = document.querySelector("#picked").files;
      window.upload(file);
      window.goOn = () => {};
      const hashed = await window.library.md5(file).catch(({ code }) => code);
      const timer = setInterval(() => window.goOn(), 10);
      const outcome = await window.outcome;
      clearInterval(timer);
      return [outcome, hashed];
    });
    if (engine === "firefox" && name === "is written to") {
      // As long as before: Firefox takes the new bytes for the file's own, and they are what was hashed and sent.
      assert.deepEqual([outcome, md5], ["uploaded", createHash("md5").update(altered).digest("hex")]);
      return;
    }
    assert.deepEqual([outcome.code, outcome.retryable, outcome.count, md5], ["file-changed", false, 0, "file-changed"]);
    assert.match(outcome.message, /^read: the bytes cannot be read: the file was changed, moved or deleted after it was picked/);
  });
}

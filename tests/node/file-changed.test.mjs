/** A file that changes after it was hashed ends its upload, and no other bytes go out under its MD5. */
import assert from "node:assert/strict";
import { mkdtempSync, openAsBlob, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { WebWx } from "webwx-image";

import { sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const wx = new WebWx(session);
/** As long as the sample, with another last byte. */
const altered = Buffer.from(sample);
altered[altered.length - 1] ^= 1;
const folder = mkdtempSync(join(tmpdir(), "webwx-image-"));
const path = join(folder, "sample.jpg");

after(async () => {
  rmSync(folder, { recursive: true });
  await standin.stop();
});
beforeEach(() => standin.reset());

const changes = {
  "is written to": () => {
    writeFileSync(path, altered);
    utimesSync(path, new Date(), new Date(Date.now() + 10_000));
  },
  "gets shorter": () => writeFileSync(path, small),
  "is deleted": () => unlinkSync(path),
};

for (const [name, change] of Object.entries(changes)) {
  test(`a file that ${name} between two chunks`, async () => {
    writeFileSync(path, sample);
    const job = wx.upload(await openAsBlob(path), { to, onCheckpoint: change });
    await assert.rejects(job, (error) => {
      assert.equal(error.code, "file-changed");
      assert.equal(error.message, "webwxuploadmedia, chunk 2 of 3: the file changed after it was hashed; pick it again");
      assert.equal(error.retryable, false);
      assert.equal(error.cause.name, "NotReadableError");
      assert.equal(error.checkpoint.nextChunk, 1);
      return true;
    });
    assert.equal((await standin.journal("webwxuploadmedia")).length, 1);
  });
}

test("a file that changed before it was hashed", async () => {
  writeFileSync(path, sample);
  const blob = await openAsBlob(path);
  changes["is written to"]();
  await assert.rejects(wx.upload(blob, { to }), {
    code: "file-changed",
    message:
      "read: the bytes cannot be read: the file was changed, moved or deleted after it was picked; pick it again",
    retryable: false,
  });
  assert.deepEqual(await standin.journal(), []);
});

/** A platform that notices no change, as Firefox. */
function changing(bytes) {
  const file = new File([bytes], "a.jpg");
  let now = file;
  file.slice = (...range) => Blob.prototype.slice.apply(now, range);
  return { file, become: (other) => (now = new Blob([other])) };
}

test("where the platform notices no change, the bytes themselves tell", async () => {
  for (const concurrency of [1, 2]) {
    const { file, become } = changing(sample);
    const job = new WebWx(session, { concurrency }).upload(file, { to, onCheckpoint: () => become(altered) });
    await assert.rejects(job, { code: "file-changed", message: /^webwxuploadmedia, chunk 3 of 3: the file changed/ });
  }
  assert.equal((await standin.journal("webwxuploadmedia")).length, 4, "the last chunk, which makes the file, was not sent");
  await wx.upload(changing(sample).file, { to });
});

test("a resumed upload of a changed file, too", async () => {
  const { file, become } = changing(sample);
  let checkpoint;
  const leave = new AbortController();
  const first = wx.upload(file, { to, signal: leave.signal, onCheckpoint: (at) => leave.abort((checkpoint = at)) });
  await first.catch(() => {});
  const resumed = wx.upload(file, { to, resume: checkpoint, onCheckpoint: () => become(altered) });
  await assert.rejects(resumed, { code: "file-changed" });
});

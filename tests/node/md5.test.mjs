/** MD5, held against the vectors of its RFC and against Node's own. */
import assert from "node:assert/strict";
import { createHash, randomFillSync } from "node:crypto";
import { test } from "node:test";
import { Md5, md5 } from "webwx-image";

import { fresh } from "./fresh.mjs";

const theirs = (bytes) => createHash("md5").update(bytes).digest("hex");
const noise = randomFillSync(new Uint8Array(200_000));

test("the vectors of RFC 1321", async () => {
  const vectors = {
    "": "d41d8cd98f00b204e9800998ecf8427e",
    a: "0cc175b9c0f1b6a831c399e269772661",
    abc: "900150983cd24fb0d6963f7d28e17f72",
    "message digest": "f96b697d7cb7938d525a2f31aaf161d0",
    abcdefghijklmnopqrstuvwxyz: "c3fcd3d76192e4007dfb496cca67e13b",
    ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789: "d174ab98d277d9f5a5611c2c9f419d9f",
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890":
      "57edf4a22be3c955ac49da2e2107b67a",
  };
  for (const [text, digest] of Object.entries(vectors)) {
    const bytes = new TextEncoder().encode(text);
    assert.equal(await md5(bytes), digest);
    assert.equal(await md5(new Blob([text])), digest);
    assert.equal(new Md5().update(bytes).digest(), digest);
  }
});

// All sizes to 200 000 would be two minutes of the same arithmetic. Where something can go wrong is at the borders of
// MD5's blocks of 64 bytes and of the window of 64 KiB by which bytes come into the module. So: every size up to 2100,
// which is 32 blocks; from there on a stride that is prime, so that all remainders of a block occur; and every size
// within two blocks of each window's border.
function* sizes() {
  for (let size = 0; size <= 2100; size += 1) yield size;
  for (let size = 2100; size < noise.length; size += 997) yield size;
  for (let border = 65_536; border < noise.length; border += 65_536) {
    for (let size = border - 70; size <= border + 70; size += 1) yield size;
  }
  yield noise.length;
}

test("sizes from 0 to 200 000 give what Node gives, as a Uint8Array and as a Blob", async () => {
  for (const size of sizes()) {
    const bytes = noise.subarray(noise.length - size);
    const digest = theirs(bytes);
    assert.equal(await md5(bytes), digest, `${size} bytes`);
    assert.equal(await md5(new Blob([bytes])), digest, `a Blob of ${size} bytes`);
  }
});

test("a Blob's own windows leave nothing out", async () => {
  const MIB = 1024 * 1024;
  for (const size of [4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 16 * MIB, 16 * MIB + 63]) {
    const bytes = new Uint8Array(size);
    for (let start = 0; start < size; start += noise.length) {
      bytes.set(noise.subarray(0, Math.min(noise.length, size - start)), start);
    }
    const digest = theirs(bytes);
    assert.equal(await md5(new Blob([bytes])), digest, `a Blob of ${size} bytes`);
    assert.equal(await md5(bytes), digest, `${size} bytes`);
  }
});

test("in pieces of any size the digest is the same", () => {
  const digest = theirs(noise);
  for (const largest of [97, 1000, 70_000, 200_000]) {
    const hash = new Md5();
    for (let start = 0; start < noise.length;) {
      const end = Math.min(noise.length, start + Math.floor(Math.random() * largest));
      const piece = noise.slice(start, end);
      hash.update([piece, piece.buffer, new DataView(piece.buffer)][start % 3]);
      start = end;
    }
    assert.equal(hash.digest(), digest, `pieces up to ${largest} bytes`);
  }
});

test("hashes that go on side by side do not touch each other", () => {
  const [first, second] = [new Md5(), new Md5()];
  for (let at = 0; at < 1000; at += 1) {
    first.update(noise.subarray(at * 7, at * 7 + 7));
    second.update(noise.subarray(at * 11, at * 11 + 11));
  }
  assert.equal(first.digest(), theirs(noise.subarray(0, 7000)));
  assert.equal(second.digest(), theirs(noise.subarray(0, 11_000)));
});

test("a hash ends with its digest, and a freed one is gone", () => {
  const hash = new Md5();
  assert.equal(hash.update(new Uint8Array()).digest(), theirs(""));
  const ended = { code: "invalid-input", message: "Md5: digest() was already called; create a new Md5" };
  assert.throws(() => hash.digest(), ended);
  assert.throws(() => hash.update(new Uint8Array(1)), ended);
  hash.free();
  hash.free();
  const freed = { code: "invalid-input", message: "Md5: used after free()" };
  assert.throws(() => hash.update(new Uint8Array(1)), freed);
});

test("a hash takes bytes alone", () => {
  for (const data of [undefined, null, "abc", 7, [1, 2], {}, new Blob(["abc"])]) {
    assert.throws(() => new Md5().update(data), {
      code: "invalid-input",
      message: "Md5.update: expected an ArrayBuffer or a view of one",
    });
  }
});

test("a buffer that was given away spoils nothing", () => {
  const gone = new ArrayBuffer(8);
  structuredClone(gone, { transfer: [gone] });
  const hash = new Md5().update(noise.subarray(0, 100));
  assert.throws(() => hash.update(gone), { name: "WebwxError", code: "invalid-input" });
  assert.equal(hash.update(noise.subarray(100, 200)).digest(), theirs(noise.subarray(0, 200)));
  hash.free();
});

test("a Blob of 64 MiB is hashed in little memory", async () => {
  const { digest, heap, buffers, module } = await fresh(`
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc");

    // The glue makes the one instance there is; its memory is looked at from outside.
    let memory;
    const Instance = WebAssembly.Instance;
    WebAssembly.Instance = function (...args) {
      const instance = new Instance(...args);
      memory = instance.exports.memory;
      return instance;
    };
    initSync(wasm);
    WebAssembly.Instance = Instance;

    const MIB = 1024 * 1024;
    const blob = new Blob(Array(64).fill(new Uint8Array(MIB).fill(7)));
    const look = () => {
      gc();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { heapUsed, arrayBuffers, module: memory.buffer.byteLength };
    };
    const before = look();
    const most = { ...before };
    const digest = await md5(blob, {
      onProgress() {
        for (const [name, bytes] of Object.entries(look())) {
          most[name] = Math.max(most[name], bytes);
        }
      },
    });
    const grown = (name) => (most[name] - before[name]) / MIB;
    answer = { digest, heap: grown("heapUsed"), buffers: grown("arrayBuffers"), module: grown("module") };
  `);
  assert.equal(digest, theirs(Buffer.alloc(64 * 1024 * 1024, 7)));
  // What is left after each window, without the garbage: two windows of 4 MiB, and a little.
  assert.ok(buffers < 12, `${buffers} MiB of buffers`);
  assert.ok(heap < 4, `${heap} MiB of heap`);
  assert.ok(module < 1, `${module} MiB in the module`);
});

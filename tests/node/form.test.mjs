/** What a form of the package could get wrong by itself: which build it is, 64-bit integers, a memory that grows. */
import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { Md5, backend, decryptCdnImage, parseMessage } from "webwx-image";

import { form } from "./form.mjs";
import { dist } from "./fresh.mjs";

test("runs the build that was asked for, and names its classes", async () => {
  assert.equal(backend(), form === "js" ? "js" : "wasm");
  assert.equal(Md5.name, "Md5");
});

test("what it holds is right after its memory grew", () => {
  const message = parseMessage("hello");
  const [key, plain] = [randomBytes(16), randomBytes(3_000_001)];
  const cipher = createCipheriv("aes-128-ecb", key, null);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  for (let round = 0; round < 3; round += 1) {
    assert.ok(plain.equals(decryptCdnImage(encrypted, key.toString("hex"))));
    assert.deepEqual(parseMessage("hello"), message);
  }
});

test("a 64-bit integer is put together from its halves", async () => {
  const { int64 } = await import(new URL(".parts/engine.js", dist));
  assert.equal(int64(5n), 5n);
  assert.equal(int64(5, 0), 5n);
  assert.equal(int64(-1, -1), -1n);
  assert.equal(int64(-2, 0x7fffffff), 2n ** 63n - 2n);
  assert.equal(int64(0, -0x80000000), -(2n ** 63n));
});

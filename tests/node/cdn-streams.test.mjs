/** The cipher of the CDN as streams: held to Node's own, in the platform's cipher and in the module's. Not run on each form again. */
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  decryptCdnImage,
  decryptCdnStream,
  encryptCdnImage,
  encryptCdnStream,
  encryptedCdnSize,
  md5,
} from "webwx-image";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const MIB = 2 ** 20;
const KEY = "000102030405060708090a0b0c0d0e0f";
const key = Buffer.from(KEY, "hex");

/** With the platform's cipher, and as in a browser, which has none. */
const places = {
  "by the platform's cipher": (run) => run(),
  "by the module's cipher": async (run) => {
    const { getBuiltinModule } = process;
    process.getBuiltinModule = undefined;
    try {
      await run();
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  },
};

const encrypted = (plain) => {
  const cipher = createCipheriv("aes-128-ecb", key, null);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
};

/** All of a stream that gets these chunks. */
async function through(stream, chunks) {
  const source = ReadableStream.from(chunks);
  return Buffer.concat(await Array.fromAsync(source.pipeThrough(stream)));
}

/** The bytes in chunks of a length that changes. */
function* pieces(bytes, lengths) {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length];
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

Array.fromAsync ??= async (values) => {
  const all = [];
  for await (const value of values) {
    all.push(value);
  }
  return all;
};

test("encryptCdnImage is what Node's cipher gives, of the padded size", () => {
  for (let length = 0; length <= 100; length += 1) {
    const plain = randomBytes(length);
    const bytes = encryptCdnImage(plain, KEY);
    assert.deepEqual(Buffer.from(bytes), encrypted(plain));
    assert.equal(bytes.length, encryptedCdnSize(length));
    assert.deepEqual(Buffer.from(decryptCdnImage(bytes, KEY)), plain);
  }
  for (const [size, padded] of [[0, 16], [15, 16], [16, 32], [2 ** 40, 2 ** 40 + 16]]) {
    assert.equal(encryptedCdnSize(size), padded);
  }
  for (const size of [-1, 1.5, Number.NaN, "16", undefined, 2 ** 53]) {
    assert.throws(() => encryptedCdnSize(size), { code: "invalid-input", message: /whole number/ });
  }
});

test("the three forms of a key are told apart", () => {
  const bytes = encrypted(Buffer.from("picture"));
  const forms = [KEY, KEY.toUpperCase(), key.toString("base64"), key.toString("base64url"), btoa(KEY), btoa(KEY.toUpperCase())];
  for (const form of forms) {
    assert.equal(Buffer.from(decryptCdnImage(bytes, form)).toString(), "picture", form);
    assert.deepEqual(Buffer.from(encryptCdnImage(Buffer.from("picture"), form)), bytes, form);
  }
  // 32 hex digits are base64 of 24 bytes too, and stay what they are; so does a key whose bytes are letters.
  const digits = "abcdef0123456789abcdef0123456789";
  assert.deepEqual(encryptCdnImage(key, digits), encryptCdnImage(key, Buffer.from(digits, "hex").toString("base64")));
  const letters = Buffer.from("0123456789abcdef");
  assert.deepEqual(encryptCdnImage(key, letters.toString("base64")), encryptCdnImage(key, letters.toString("hex")));
  const bad = ["", KEY.slice(1), `${KEY}0`, btoa("a".repeat(15)), btoa("g".repeat(32)), btoa("é".repeat(32)), "*".repeat(24)];
  for (const form of bad) {
    for (const use of [() => decryptCdnImage(bytes, form), () => encryptCdnImage(bytes, form), () => decryptCdnStream(form), () => encryptCdnStream(form)]) {
      assert.throws(use, (error) => error.code === "invalid-input" && /32 hex digits/.test(error.message) && (form === "" || !error.message.includes(form)));
    }
  }
});

for (const [place, inPlace] of Object.entries(places)) {
  test(`streams give what Node's cipher gives, however the bytes are cut, ${place}`, () =>
    inPlace(async () => {
      for (let length = 0; length <= 70; length += 1) {
        const plain = randomBytes(length);
        for (const lengths of [[1], [7], [15, 1, 17], [16], [33, 2], [100]]) {
          const bytes = await through(encryptCdnStream(KEY), pieces(plain, lengths));
          assert.deepEqual(bytes, encrypted(plain), `${length} in ${lengths}`);
          assert.deepEqual(await through(decryptCdnStream(btoa(KEY)), pieces(bytes, lengths)), plain, `${length} in ${lengths}`);
        }
      }
      // Longer than what is in the module at once, not at its borders, as a view in the middle of a buffer, and as a buffer.
      const plain = randomBytes(MIB + 12_345).subarray(3);
      const bytes = await through(encryptCdnStream(KEY), [plain.subarray(0, 5), plain.subarray(5)]);
      assert.ok(bytes.equals(encrypted(plain)));
      assert.ok(plain.equals(await through(decryptCdnStream(KEY), [new Uint8Array(bytes).buffer])));
    }));

  test(`what is wrong fails the stream, and no key stands in the message, ${place}`, () =>
    inPlace(async () => {
      const bytes = encrypted(Buffer.alloc(1000, 99));
      const fails = (chunks, message, form = KEY) =>
        assert.rejects(
          through(decryptCdnStream(form), chunks),
          (error) => error.code === "invalid-input" && message.test(error.message) && !error.message.includes(form),
        );
      await fails([], /multiple of 16/);
      await fails([bytes.subarray(1)], /multiple of 16/);
      await fails([bytes.subarray(0, -16)], /padding/);
      await fails([bytes], /padding/, KEY.replace("0f", "00"));
      await fails([bytes, "text"], /ArrayBuffer/);
      await fails([bytes, null], /ArrayBuffer/);
      await fails([bytes, 5], /ArrayBuffer/);
      await assert.rejects(through(encryptCdnStream(KEY), [{}]), { code: "invalid-input" });
    }));

  // The module's takes its time in a build that is not optimised.
  const size = place.includes("module") ? 32 : 256;
  test(`${size} MiB go through within 8 MiB of memory, ${place}`, () =>
    inPlace(async () => {
      const chunk = randomBytes(MIB / 16);
      const total = size * MIB;
      const held = [];
      const source = new ReadableStream(
        {
          start() {
            this.left = total / chunk.length;
          },
          async pull(controller) {
            if (this.left % 256 === 0) {
              // What a collection finds in buffers is given back after it.
              for (let round = 0; round < 3; round += 1) {
                collect();
                await new Promise(setImmediate);
              }
              const { arrayBuffers, heapUsed } = process.memoryUsage();
              held.push(arrayBuffers + heapUsed);
            }
            if (this.left === 0) {
              controller.close();
              return;
            }
            this.left -= 1;
            controller.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
      let came = 0;
      const hash = createHash("md5");
      for await (const bytes of source.pipeThrough(encryptCdnStream(KEY)).pipeThrough(decryptCdnStream(KEY))) {
        came += bytes.length;
        hash.update(bytes);
      }
      const expected = createHash("md5");
      for (let left = total / chunk.length; left > 0; left -= 1) {
        expected.update(chunk);
      }
      assert.deepEqual([came, hash.digest("hex")], [total, expected.digest("hex")]);
      const grown = Math.max(...held) - held[0];
      assert.ok(grown < 8 * MIB, `${(grown / MIB).toFixed(1)} MiB more than at first`);
    }));
}

test("a Blob goes through, and what comes out is the picture", async () => {
  const plain = randomBytes(3 * MIB);
  const blob = new Blob([encrypted(plain)]);
  const decrypted = await new Response(blob.stream().pipeThrough(decryptCdnStream(KEY))).blob();
  assert.equal(await md5(decrypted), createHash("md5").update(plain).digest("hex"));
  const cipher = createDecipheriv("aes-128-ecb", key, null);
  const back = await new Response(decrypted.stream().pipeThrough(encryptCdnStream(KEY))).arrayBuffer();
  assert.ok(plain.equals(Buffer.concat([cipher.update(Buffer.from(back)), cipher.final()])));
});

test("a platform without TransformStream is told so", () => {
  const { TransformStream } = globalThis;
  try {
    delete globalThis.TransformStream;
    assert.throws(() => decryptCdnStream(KEY), { code: "invalid-input", message: /TransformStream/ });
  } finally {
    globalThis.TransformStream = TransformStream;
  }
});

/** CDN urls and bytes, against samples and against Node's own cipher. */
import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { decodeCdnUrl, decryptCdnImage, parseMessage } from "webwx-image";

const fixtures = new URL("../fixtures/messages/", import.meta.url);

test("every cdn url in the received samples decodes, but for the one that was blacked out", async () => {
  const forms = [];
  for (const name of await readdir(fixtures)) {
    const message = parseMessage(await readFile(new URL(name, fixtures), "utf8"));
    for (const variant of [message.thumbnail, message.normal, message.hd]) {
      if (variant?.cdnUrl && !variant.cdnUrl.includes("x")) {
        const { fileId, uploadedAt, fields } = decodeCdnUrl(variant.cdnUrl);
        forms.push(fileId.replace(/[0-9a-f]{8}-.*/, "uuid").replace(/[0-9a-z]{20,}/, "hex"));
        assert.ok(uploadedAt > 1_400_000_000 && uploadedAt < 1_800_000_000, `${name}: ${uploadedAt}`);
        assert.deepEqual(Object.keys(fields), ["a", "b", "c", "flags"]);
        assert.ok(Object.values(fields).every((field) => Number.isInteger(field) && field >= 0));
      }
    }
  }
  assert.ok(forms.length >= 12, String(forms.length));
  assert.ok(forms.includes("uuid") && forms.includes("hex"), forms.join());
});

test("the seed's url says what is known of it", () => {
  const url =
    "30580201000451304f0201000204ced8878302032f55f90204b80260b402045e7815f4042a777875706c6f61645f777869645f776c397163" +
    "686b616e70397532323238305f313538343932383234340204010438010201000400";
  assert.deepEqual(decodeCdnUrl(url), {
    fileId: "wxupload_wxid_wl9qchkanp9u22280_1584928244",
    uploadedAt: 1_584_928_244,
    fields: { a: 0xced88783, b: 0x2f55f9, c: 0xb80260b4, flags: 0x01043801 },
  });
  for (const bad of ["", "xyz", url.slice(2), url.slice(0, -2), `${url}00`, "3080"]) {
    assert.throws(() => decodeCdnUrl(bad), { code: "invalid-input" }, bad);
  }
});

test("what Node encrypts comes back, whatever its length", () => {
  for (let length = 0; length <= 100; length += 1) {
    const [key, plain] = [randomBytes(16), randomBytes(length)];
    const cipher = createCipheriv("aes-128-ecb", key, null);
    const bytes = Buffer.concat([cipher.update(plain), cipher.final()]);
    const before = Buffer.from(bytes);
    assert.deepEqual(Buffer.from(decryptCdnImage(bytes, key.toString("hex"))), plain);
    assert.deepEqual(bytes, before, "the caller's bytes stay as they are");
  }
});

test("the vectors of SP 800-38A, F.1.1", () => {
  const key = "2b7e151628aed2a6abf7158809cf4f3c";
  const blocks = [
    ["6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"],
    ["ae2d8a571e03ac9c9eb76fac45af8e51", "f5d3d58503b9699de785895a96fdbaaf"],
    ["30c81c46a35ce411e5fbc1191a0a52ef", "43b1cd7f598ece23881b00e3ed030688"],
    ["f69f2445df4f9b17ad2b417be66c3710", "7b0c785e27e8ad3f8223207104725dd4"],
  ];
  const [plain, cipher] = [0, 1].map((at) => blocks.map((block) => block[at]).join(""));
  // The block of padding that PKCS#7 puts behind them, under the same key.
  const padding = createCipheriv("aes-128-ecb", Buffer.from(key, "hex"), null).final();
  const bytes = Buffer.concat([Buffer.from(cipher, "hex"), padding]);
  assert.equal(Buffer.from(decryptCdnImage(bytes, key.toUpperCase())).toString("hex"), plain);
});

test("a wrong key, length or padding is refused, and no key stands in the message", () => {
  const key = "0123456789abcdef0123456789abcdef";
  const cipher = createCipheriv("aes-128-ecb", Buffer.from(key, "hex"), null);
  const bytes = Buffer.concat([cipher.update("picture"), cipher.final()]);
  const refused = (job, message) =>
    assert.throws(job, (error) => error.code === "invalid-input" && message.test(error.message) && !error.message.includes(key));
  refused(() => decryptCdnImage(bytes, key.slice(1)), /32 hex digits/);
  refused(() => decryptCdnImage(bytes, key.replace("0", "g")), /32 hex digits/);
  refused(() => decryptCdnImage(bytes.subarray(1), key), /multiple of 16/);
  refused(() => decryptCdnImage(new Uint8Array(), key), /multiple of 16/);
  refused(() => decryptCdnImage(bytes, key.replace("0", "1")), /padding/);
  refused(() => decryptCdnImage("text", key), /ArrayBuffer/);
});

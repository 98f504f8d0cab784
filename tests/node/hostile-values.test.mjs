/** Values whose properties throw or lie are read without a stop of the module: they are an error of that call at most. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Gateway, Md5, WebWx, decryptCdnImage, inspectImage, md5, toBase64 } from "webwx-image";

import { small } from "./pictures.mjs";

const session = { uin: 1, sid: "sid", skey: "@crypt_1_2", userName: "@me", dataTicket: "t", origin: "http://localhost:1" };
const wx = new WebWx(session, { retry: { limit: 0 } });
const digest = createHash("md5").update(small).digest("hex");

/** A copy of the value with own properties that throw, or give something else. */
const hostile = (value, names, get = (name) => { throw new Error(name); }) => {
  for (const name of names) {
    Object.defineProperty(value, name, { get: () => get(name), configurable: true });
  }
  return value;
};
const isOurs = (error) => error.name === "WebwxError" && error.code !== "internal";
/** A job that a stop of the module would take with it. */
const bystander = () => md5(new Blob([small]));

const copy = () => new Uint8Array(small);
const VIEW = ["buffer", "byteOffset", "byteLength", "length", "constructor"];

test("a view is what its class says of it", async () => {
  const lies = [undefined, Symbol("lie"), 1n, -1, 2 ** 31, {}, { length: 2 ** 31 }];
  for (const get of [undefined, ...lies.map((lie) => () => lie)]) {
    for (const view of [copy(), new DataView(copy().buffer)]) {
      const other = bystander();
      assert.equal(await md5(hostile(view, VIEW, get)), digest);
      assert.equal(await toBase64(view), small.toString("base64"));
      assert.equal(new Md5().update(view).digest(), digest);
      assert.equal(await other, digest);
    }
  }
});

test("a view of a buffer that was transferred is refused", async () => {
  for (const view of [copy(), new DataView(copy().buffer)]) {
    structuredClone(view.buffer, { transfer: [view.buffer] });
    const other = bystander();
    await assert.rejects(md5(view), { code: "invalid-input", message: /transferred/ });
    assert.throws(() => new Md5().update(view), { code: "invalid-input", message: /^Md5.update: .*transferred/ });
    assert.equal(await other, digest);
  }
});

test("decryptCdnImage takes no more than it can hold", async () => {
  const other = bystander();
  for (const bytes of [new Uint8Array(2 ** 26 + 16), new Uint8Array(2 ** 31)]) {
    assert.throws(() => decryptCdnImage(bytes, "0".repeat(32)), { code: "invalid-input", message: /at most/ });
  }
  assert.equal(await other, digest);
});

test("a Blob whose properties throw or lie", async () => {
  const blob = () => new File([small], "a.png", { type: "image/png" });
  const properties = ["size", "type", "name", "lastModified", "slice", "arrayBuffer", "stream", "constructor"];
  const lies = [undefined, null, Symbol("lie"), 1n, NaN, Infinity, -1, {}, () => {}, () => new Blob(["x".repeat(5000)])];
  for (const name of properties) {
    for (const get of [undefined, ...lies.map((lie) => () => lie)]) {
      for (const use of [md5, inspectImage, toBase64, (source) => wx.upload(source, { to: "@you" })]) {
        const other = bystander();
        await use(hostile(blob(), [name], get)).catch((error) => assert.ok(isOurs(error), `${name}: ${error}`));
        assert.equal(await other, digest);
      }
    }
  }
});

test("a Blob's slice that gives more than was asked for", async () => {
  const whole = new Blob([new Uint8Array(2 ** 24)]);
  const source = new Blob([small]);
  source.slice = () => whole;
  await assert.rejects(inspectImage(source), { code: "file-changed" });
});

test("a signal whose getters throw ends its job", async () => {
  const jobs = [
    (signal) => wx.download("1", { signal }),
    (signal) => wx.upload(small, { to: "@you", signal }),
    (signal) => md5(small, { signal }),
    (signal) => new Gateway({ authorization: "t" }).getMsgImg({}, { signal }),
  ];
  for (const job of jobs) {
    const other = bystander();
    const cause = new Error("mine");
    const refused = { code: "invalid-input", message: "signal: its getter threw", cause };
    const signal = () => new AbortController().signal;
    const thrown = () => { throw cause; };
    await assert.rejects(job(hostile(signal(), ["aborted"], thrown)), refused);
    await assert.rejects(job(hostile(AbortSignal.abort(), ["reason"], thrown)), refused);
    await assert.rejects(job(hostile(signal(), ["aborted"], () => ({ [Symbol.toPrimitive]: thrown, valueOf: thrown }))));
    assert.equal(await other, digest);
  }
});

test("an injected fetch may give any promise, and any stream", async () => {
  const answers = [
    () => hostile(Promise.resolve(new Response(small)), ["constructor"]),
    () => hostile(Promise.resolve(new Response(small)), ["then"]),
    () => ({ get then() { throw new Error("then"); } }),
    ...[Symbol("done"), 1n, { valueOf() { throw new Error("done"); } }].map((done) => async () => {
      const response = new Response(small);
      const reader = { read: async () => ({ done, value: copy() }), cancel() {} };
      const body = { [Symbol.toStringTag]: "ReadableStream", getReader: () => reader };
      return Object.defineProperty(response, "body", { value: body });
    }),
    async () => hostile(new Response(small), ["headers"]),
    async () => hostile(new Response(small), ["status"], () => Symbol("status")),
  ];
  for (const fetch of answers) {
    const other = bystander();
    const client = new WebWx(session, { fetch, retry: { limit: 0 } });
    await client.send({ mediaId: "@crypt_1_2", md5: digest, size: 1, type: "image/png", thumbnail: { width: 0, height: 0 }, instant: false }, { to: "@you" })
      .catch((error) => assert.ok(isOurs(error), String(error)));
    assert.equal(await other, digest);
  }
});

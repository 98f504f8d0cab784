/**
 * After a trap (a panic, that is) the call fails with `internal`, and the package goes on working.
 *
 * The shipped module offers no way to make it panic, so these tests break a copy of it.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import binaryen from "binaryen";

import { dist, wasm } from "./fresh.mjs";

/** A content that parseMessage traps on: no other content here is as long. */
const FATAL = "x".repeat(4711);
/** A content after which the module traps in the n-th call that JavaScript makes into it by a closure. */
const fatalLater = (n) => "x".repeat(FATAL.length + n);
const LATEST = 9;

/** The module with these two contents built in. */
async function broken() {
  const module = binaryen.readBinary(await readFile(wasm));
  const { i32 } = module;
  module.addGlobal("countdown", binaryen.i32, true, i32.const(0));
  const countdown = () => module.global.get("countdown", binaryen.i32);
  const countFrom = (value) => module.global.set("countdown", value);

  /** Puts `statements`, made of a function's last parameter, before all exports of that name. */
  const prepend = (exportName, statements) => {
    let count = 0;
    for (let index = 0; index < module.getNumExports(); index += 1) {
      const { name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
      if (exportName.test(name)) {
        const reference = module.getFunction(value);
        const { params, body } = binaryen.getFunctionInfo(reference);
        const last = () => module.local.get(binaryen.expandType(params).length - 1, binaryen.i32);
        const block = module.block(null, [...statements(last), body], binaryen.getExpressionType(body));
        binaryen.Function.setBody(reference, block);
        count += 1;
      }
    }
    assert.ok(count > 0, `no export is called ${exportName}`);
  };
  // The last parameter of parseMessage is the content's length.
  prepend(/^parseMessage$/, (length) => {
    const beyond = () => i32.sub(length(), i32.const(FATAL.length));
    return [
      module.if(i32.eqz(beyond()), module.unreachable()),
      module.if(i32.le_u(beyond(), i32.const(LATEST)), countFrom(beyond())),
    ];
  });
  prepend(/__closures_.*invoke/, () => [
    module.if(i32.eq(countdown(), i32.const(1)), module.unreachable()),
    module.if(countdown(), countFrom(i32.sub(countdown(), i32.const(1)))),
  ]);
  return new WebAssembly.Module(module.emitBinary());
}

const { initSync, md5, Md5, parseMessage, toBase64, WebWx, WebwxError } = await import(new URL("index.js", dist));
initSync(await broken());

/** What a trap during the call of that name looks like to the caller. */
const isInternal = (name) => (error) => {
  assert.ok(WebwxError.is(error));
  assert.equal(error.code, "internal");
  assert.equal(
    error.message,
    `${name}: a bug in webwx-image stopped the module; it was started afresh and can be used again`,
  );
  assert.ok(error.cause instanceof WebAssembly.RuntimeError);
  return true;
};

test("a call that traps fails with internal, and the next one works", () => {
  const expected = parseMessage("hello");
  for (let round = 0; round < 3; round += 1) {
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    assert.deepEqual(parseMessage("hello"), expected);
  }
});

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

test("promises that the stopped module owed reject, each naming its call; later ones resolve", async () => {
  let answer;
  const slow = { arrayBuffer: () => new Promise((resolve) => (answer = resolve)) };
  const endless = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
  const owed = [
    assert.rejects(md5(Object.assign(endless(), slow)), isInternal("md5")),
    assert.rejects(toBase64(endless()), isInternal("toBase64")),
  ];
  await moment();
  assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
  await Promise.all(owed);
  // An answer that comes too late for the stopped module disturbs nobody.
  answer?.(new ArrayBuffer(1));
  await moment();
  assert.equal(await md5(new Blob(["abc"])), "900150983cd24fb0d6963f7d28e17f72");
});

for (const n of [1, 2, 3, 4]) {
  test(`a trap in closure call ${n} of a job is no uncaught error`, async () => {
    parseMessage(fatalLater(n));
    await assert.rejects(md5(new Blob(["abc"])), isInternal("md5"));
    await moment();
    assert.equal(await md5(new Blob(["abc"])), "900150983cd24fb0d6963f7d28e17f72");
  });
}

test("a client outlives the stop", () => {
  const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
  const wx = new WebWx(session);
  assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
  assert.equal(wx.origin, "https://wx2.qq.com");
  wx.free();
  assert.throws(() => wx.origin, { code: "invalid-input", message: "WebWx: it was freed and cannot be used any more" });
});

test("a hash that was begun before says that it is lost; a new one works", () => {
  const hash = new Md5().update(new Uint8Array(3));
  assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
  assert.throws(() => hash.digest(), { code: "internal", message: /what was hashed so far is lost/ });
  hash.free();
  assert.equal(new Md5().digest(), "d41d8cd98f00b204e9800998ecf8427e");
});

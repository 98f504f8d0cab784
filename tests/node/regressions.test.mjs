/** What once went wrong, each in the smallest form that showed it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { Gateway, WebWx, gmFetch, md5, parseMessage } from "webwx-image";

import { fresh } from "./fresh.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
after(() => standin.stop());
beforeEach(() => standin.reset());
const { session, peer: to, gatewayOrigin } = standin.info;
const small = await readFile(new URL("../../www/pictures/small.png", import.meta.url));
const sample = await readFile(new URL("../../www/pictures/sample.jpg", import.meta.url));

const invalid = { name: "WebwxError", code: "invalid-input" };

test("a token that no header can hold is refused, and stops nothing else", async () => {
  assert.throws(() => new Gateway({ authorization: "tok…", origin: gatewayOrigin }), invalid);
  assert.throws(() => new WebWx({ ...session, sid: "s\u2026" }), invalid);
});

test("a buffer that is given away while it is hashed ends that job alone", async () => {
  const bytes = new Uint8Array(40 * 1024 * 1024);
  const hashing = md5(bytes, {
    onProgress({ loaded }) {
      if (loaded > 0 && bytes.buffer.byteLength > 0) structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    },
  });
  const other = md5(new Blob(["abc"]));
  await assert.rejects(hashing, invalid);
  assert.equal(await other, "900150983cd24fb0d6963f7d28e17f72");
});

test("a buffer that is changed after sendImage began is sent as it was", async () => {
  const bytes = Uint8Array.from(sample);
  const sending = new WebWx(session).upload(bytes, { to });
  bytes.fill(0, 100);
  const { md5: sent } = await sending;
  assert.equal(sent, await md5(sample));
});

test("options whose getters throw are refused", () => {
  const thrower = {
    get sid() {
      throw new Error("mine");
    },
  };
  assert.throws(() => new WebWx(thrower), invalid);
});

test("a status is told without waiting for the end of the body, and its bytes are no progress", async () => {
  const server = createServer((_, response) => {
    response.writeHead(404);
    response.write("never ends");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const reports = [];
  const wx = new WebWx({ ...session, origin }, { retry: { limit: 0 } });
  await assert.rejects(wx.download("1", { onProgress: (report) => reports.push(report) }), { code: "http-status", status: 404 });
  assert.deepEqual(reports, []);
  server.closeAllConnections();
  server.close();
});

test("an error's cause is of its own request", async () => {
  await standin.faults(
    { endpoint: "webwxuploadmedia", chunk: 0, fault: "reset" },
    { endpoint: "webwxuploadmedia", chunk: 0, fault: "ret:-2" },
  );
  const wx = new WebWx(session, { retry: { delay: 1 } });
  await assert.rejects(wx.upload(sample, { to }), (error) => error.ret === -2 && !("cause" in error));
});

test("a send whose answer is lost, sent again by hand, is the same message", async () => {
  const wx = new WebWx(session, { retry: { limit: 0 } });
  const media = await wx.upload(sample, { to });
  const before = (await standin.control("GET", "messages")).length;
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "accept-then-reset" });
  await assert.rejects(wx.send(media, { to }), { code: "network" });
  const receipt = await wx.send(media, { to });
  assert.equal((await standin.control("GET", "messages")).length, before + 1);
  // Once it is known to be out, sending it again means a second message.
  const second = await wx.send(media, { to });
  assert.notEqual(second.localId, receipt.localId);
  assert.equal((await standin.control("GET", "messages")).length, before + 2);
});

test("an error of a send says whether the message may be out, also after a refusal", async () => {
  const client = new WebWx(session, { retry: { limit: 1, delay: 1 } });
  const media = await client.upload(small, { to });
  const failing = async (...faults) => {
    await standin.faults(...faults.map((fault) => ({ endpoint: "webwxsendmsgimg", fault })));
    const { code, mayHaveArrived } = await client.send(media, { to }).catch((error) => error);
    return [code, mayHaveArrived];
  };
  assert.deepEqual(await failing("ret:1205"), ["rate-limited", false]);
  assert.deepEqual(await failing("accept-then-reset", "ret:1205"), ["rate-limited", true]);
  // What one call does not know, the next does not learn.
  assert.deepEqual(await failing("ret:1205"), ["rate-limited", true]);
  await client.send(media, { to });
  const before = (await standin.control("GET", "messages")).filter(({ ToUserName }) => ToUserName === to).length;
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "ret:1205" });
  const error = await client.upload(small, { to }).catch((error) => error);
  assert.ok(!("mayHaveArrived" in error));
  assert.ok(before > 0);
});

test("an instant upload's progress ends at the total", async () => {
  const bytes = new Blob([sample, new Uint8Array(26 * 1024 * 1024)]);
  const wx = new WebWx(session);
  await wx.upload(bytes, { to });
  let last;
  const { instant } = await wx.upload(bytes, { to, onProgress: (report) => (last = report) });
  assert.ok(instant);
  assert.deepEqual([last.step, last.loaded, last.total], ["upload", bytes.size, bytes.size]);
});

test("expect is a parsed message and nothing else", async () => {
  const wx = new WebWx(session);
  for (const expect of [{}, 5, "text", [], { kind: 1 }]) {
    await assert.rejects(wx.download("1", { expect }), invalid);
  }
});

test("gmFetch settles whatever the manager answers", async () => {
  const answering = (answer) => gmFetch((details) => void queueMicrotask(() => details.onload(answer)));
  const url = "https://wx.qq.com/";
  await assert.rejects(answering({ status: 0 })(url, {}), TypeError);
  await assert.rejects(answering({ status: 101 })(url, {}), TypeError);
  const response = await answering({ status: 200, statusText: "成功", response: new Blob(["x"]) })(url, {});
  assert.equal(await response.text(), "x");
  const failing = gmFetch((details) => {
    queueMicrotask(details.onerror);
    return Promise.reject(new Error("beside it"));
  });
  await assert.rejects(failing(url, {}), TypeError);
});

test("a batch without its arguments says so, and closes the caller's iterator", async () => {
  const wx = new WebWx(session);
  for (const bad of [[undefined, { to }], [[sample]], [[sample], { to, signal: {} }], ["text", { to }]]) {
    await assert.rejects(wx.sendImages(...bad).next(), invalid);
  }
  let closed = false;
  function* sources() {
    try {
      yield sample;
      yield sample;
      yield sample;
    } finally {
      closed = true;
    }
  }
  for await (const outcome of wx.sendImages(sources(), { to })) {
    assert.equal(outcome.status, "sent");
    break;
  }
  assert.ok(closed);
});

test("messages that were misread", () => {
  const dotted = parseMessage('<msg><img length="5" a.b="c" md5="d41d8cd98f00b204e9800998ecf8427e"/></msg>');
  assert.deepEqual(Object.keys(dotted.attributes), ["length", "a.b", "md5"]);
  for (const text of ["Note:\n<3 love you", "Todo:\n<b>milk</b>"]) {
    const { sender, content } = parseMessage(text);
    assert.deepEqual([sender, content], [null, text]);
  }
  const unclosed = parseMessage('<msg><commenturl><img length="5"></img></msg>');
  assert.deepEqual([unclosed.kind, unclosed.normal?.length], ["image", 5]);
  assert.ok(unclosed.warnings.includes("unclosed element: commenturl"), unclosed.warnings.join());
  assert.equal(parseMessage('<msg><appmsg><img length="5"/></msg>').kind, "other");
  // A page whose body is not closed is a page all the same.
  const page = parseMessage('<html><center><img src="logo.png"></html>');
  assert.deepEqual([page.kind, page.element], ["other", "html"]);
  assert.equal(parseMessage('<msg><commenturl><img length="5"/></commenturl></msg>').kind, "other");
});

test("what the module has given back serves larger things, too", async () => {
  const grown = await fresh(`
    import { watchModuleMemory } from "./tests/node/module-memory.mjs";
    const memory = watchModuleMemory();
    initSync(wasm);
    const MIB = 1024 * 1024;
    for (let size = MIB; size <= 8 * MIB; size += MIB / 16) library.fromBase64("A".repeat(size));
    answer = memory() / MIB;
  `);
  // The last text and its bytes take 14 MiB.
  assert.ok(grown < 40, `${grown} MiB in the module`);
});

test("a read ahead that fails, or whose reader is half a one, disturbs nobody else", async () => {
  const { outcomes, digest, unhandled } = await fresh(`
    // Where it is, Blobs are read into buffers, as in pages.
    globalThis.XMLHttpRequest = class {};
    const unhandled = [];
    process.on("unhandledRejection", (reason) => unhandled.push(String(reason)));
    initSync(wasm);
    const MIB = 1024 * 1024;
    const changing = (size, read) => {
      const blob = new Blob([new Uint8Array(size)]);
      const pull = ({ byobRequest: request }) => {
        if (read === 0) throw new Error("changed");
        const length = Math.min(read, request.view.byteLength);
        read -= length;
        request.respond(length);
      };
      blob.stream = () => new ReadableStream({ type: "bytes", pull: (controller) => pull(controller) });
      // A file that was changed gives no part of itself either.
      const changed = () => Promise.reject(new Error("changed"));
      blob.slice = (...ends) => Object.assign(Blob.prototype.slice.apply(blob, ends), { arrayBuffer: changed });
      return blob;
    };
    const outcome = (blob, options) => md5(blob, options).catch((error) => error.code ?? error);
    const abortion = new AbortController();
    const onProgress = ({ loaded }) => loaded === 16 * MIB && abortion.abort("aborted");
    const half = new Blob([new Uint8Array(3 * MIB)]);
    half.stream = () => ({ getReader: () => ({ read: (value) => ({ value, done: false }), cancel() {} }) });
    const hash = new library.Md5();
    const outcomes = [
      await outcome(changing(20 * MIB, 16 * MIB)),
      await outcome(changing(20 * MIB, 16 * MIB), { signal: abortion.signal, onProgress }),
      await outcome(changing(3 * MIB, 3 * MIB)),
      await outcome(half),
    ];
    await new Promise((resolve) => setTimeout(resolve));
    answer = { outcomes, digest: hash.digest(), unhandled };
  `);
  const zeros = await md5(new Uint8Array(3 * 1024 * 1024));
  assert.deepEqual(outcomes, ["file-changed", "aborted", zeros, zeros]);
  assert.deepEqual(unhandled, []);
  // It would be lost if the module had been stopped.
  assert.equal(digest, await md5(new Uint8Array()));
});

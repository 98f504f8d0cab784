/** An answer that is read as text is read up to a bound, and no further: the connection is closed, and memory stays small. */
import { watchModuleMemory } from "./module-memory.mjs";
const moduleMemory = watchModuleMemory();

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { createGzip } from "node:zlib";
import { Readable } from "node:stream";
import { Gateway, WebWx, parseMessage } from "webwx-image";

import { small } from "./pictures.mjs";

const PIECE = 64 * 1024;
let head;
let isPacked = false;
let closed;

/** The head, and then blanks without end. */
function* endless() {
  yield Buffer.from(head);
  for (;;) {
    yield Buffer.alloc(PIECE, " ");
  }
}

const server = createServer((request, response) => {
  request.resume();
  closed = once(response, "close");
  response.writeHead(200, isPacked ? { "content-encoding": "gzip" } : {});
  const body = Readable.from(endless());
  (isPacked ? body.pipe(createGzip()) : body).pipe(response);
  response.on("error", () => {});
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;
after(() => (server.closeAllConnections(), server.close()));

const options = { retry: { limit: 0 }, timeout: 5000 };
const session = { uin: 1, sid: "sid", skey: "@crypt_1_2", userName: "@me", dataTicket: "t", origin };
const wx = new WebWx(session, options);
const gateway = new Gateway({ authorization: "t", origin, ...options });
const content = '<msg><img length="3" /></msg>';
const media = { mediaId: "@crypt_1_2", md5: "0".repeat(32), size: 1, type: "image/png", thumbnail: { width: 0, height: 0 }, instant: false };
const calls = {
  webwxsendmsgimg: () => wx.send(media, { to: "@you" }),
  getMsgImg: () => gateway.getMsgImg({ wId: "1", msgId: "2", fromUser: "a", toUser: "b", content }),
};

for (const [place, call] of Object.entries(calls)) {
  for (isPacked of [false, true]) {
    const packed = isPacked;
    test(`${place}: endless answers, packed: ${packed}`, async () => {
      isPacked = packed;
      const rows = [
        ["<html><title>Log in</title>", "expected JSON, got an HTML page (Log in)"],
        ['{"BaseResponse":{"Ret":0}', "expected at most 1048576 bytes, got more"],
      ];
      for (const [first, message] of rows) {
        head = first;
        await assert.rejects(call(), { code: "malformed-response", message: `${place}: ${message}` });
        await closed;
        assert.ok(moduleMemory() < 2 ** 24, `${moduleMemory()} bytes`);
      }
    });
  }
}

test("a download stops where it was announced to end, at maxBytes, and at what is no image", async () => {
  isPacked = false;
  const expect = parseMessage('<msg><img length="1000" /></msg>');
  const rows = [
    [small, { expect }, "wrong-image", "expected 1000 bytes, got more"],
    [small, { maxBytes: 3_000_000 }, "wrong-image", "exceeds maxBytes, 3000000 bytes"],
    ["<html><title>Log in</title>", {}, "not-an-image", 'expected an image, got an HTML page: "Log in"'],
  ];
  for (const [first, bounds, code, message] of rows) {
    head = first;
    await assert.rejects(wx.download("1", bounds), { code, message: `webwxgetmsgimg: ${message}` });
    await closed;
  }
});

test("a text that an injected fetch gives whole is cut, too", async () => {
  const text = `<title>Log in</title>${" ".repeat(2 ** 26)}`;
  const fetch = async () => ({ status: 200, headers: new Headers(), text: async () => text });
  await assert.rejects(new WebWx(session, { ...options, fetch }).send(media, { to: "@you" }), {
    message: "webwxsendmsgimg: expected JSON, got an HTML page (Log in)",
  });
  assert.ok(moduleMemory() < 2 ** 24, `${moduleMemory()} bytes`);
});

test("an answer as long as the bound is read", async () => {
  const answer = '{"BaseResponse":{"Ret":0},"MsgID":"1"}';
  for (const blanks of [2 ** 20 - answer.length, 2 ** 20 + 1 - answer.length]) {
    const fetch = async () => new Response(`\ufeff${answer}${" ".repeat(blanks - 3)}`);
    const sent = new WebWx(session, { ...options, fetch }).send(media, { to: "@you" });
    await sent.then(({ msgId }) => assert.equal(msgId, "1"));
  }
});

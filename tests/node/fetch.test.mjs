/** The caller's own fetch: how it is called, and what it may give. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { Gateway, WebWx } from "webwx-image";

import { md5, sample, small } from "./pictures.mjs";
import { settled } from "./settled.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const wx = new WebWx(session, { retry: { limit: 0 } });

after(() => standin.stop());
beforeEach(() => standin.reset());

test("an injected fetch is called as fetch(url, init), with plain values", async () => {
  const calls = [];
  const client = new WebWx(session, {
    fetch: function (...args) {
      calls.push({ self: this, args });
      return fetch(...args);
    },
  });
  await client.sendImage(small, { to });
  assert.deepEqual(
    calls.map(({ self, args }) => [self, args.length, typeof args[0]]),
    Array(2).fill([undefined, 2, "string"]),
  );
  const cookie = `wxuin=${session.uin}; wxsid=${session.sid}; webwx_data_ticket=${session.dataTicket}`;
  const [upload, send] = calls.map(({ args }) => args[1]);
  assert.equal(Object.getPrototypeOf(upload), Object.prototype);
  assert.equal(Object.getPrototypeOf(upload.headers), Object.prototype);
  assert.deepEqual({ ...upload.headers }, { cookie });
  const [accept, type] = ["application/json, text/plain, */*", "application/json;charset=UTF-8"];
  assert.deepEqual({ ...send.headers }, { accept, "content-type": type, cookie });
  assert.deepEqual([upload.method, upload.credentials, send.method], ["POST", "include", "POST"]);
  assert.ok(upload.signal instanceof AbortSignal && upload.body instanceof FormData);
  assert.equal(typeof send.body, "string");
});

/** The least that can stand for a Response: no class, no prototype of one. */
async function duck(url, init) {
  const response = await fetch(url, init);
  const bytes = await response.arrayBuffer();
  return {
    status: response.status,
    headers: { get: (name) => response.headers.get(name) },
    text: async () => new TextDecoder().decode(bytes),
    arrayBuffer: async () => bytes,
    blob: async () => new Blob([bytes]),
    body: null,
  };
}

test("an injected fetch's answer need only look like a Response", async () => {
  const client = new WebWx(session, { fetch: duck, retry: { limit: 0 } });
  const { msgId } = await client.sendImage(`${standin.info.origin}/www/pictures/small.png`, { to });
  assert.equal((await client.download(msgId)).md5, md5(small));
  const [{ MsgId, Content }] = await standin.control("GET", "messages");
  const { gatewayOrigin: origin, gatewayAuthorization: authorization } = standin.info;
  const gateway = new Gateway({ authorization, origin, fetch: duck });
  const picture = await gateway.download({ wId: "1", msgId: MsgId, fromUser: "a", toUser: "b", content: Content });
  assert.equal(picture.verified, "md5");
});

test("an injected fetch that fails, in any way, is a network error with its cause", async () => {
  const cause = new Error("the manager is not there");
  const broken = {
    rejects: [() => Promise.reject(cause), cause],
    throws: [
      () => {
        throw cause;
      },
      cause,
    ],
    "gives nothing": [async () => undefined, "fetch returned no Response"],
  };
  for (const [name, [fetch, expected]] of Object.entries(broken)) {
    const client = new WebWx(session, { fetch, retry: { limit: 0 } });
    const error = await client.sendImage(small, { to }).catch((reason) => reason);
    assert.deepEqual([error.name, error.code, error.retryable], ["WebwxError", "network", true], name);
    assert.equal(error.cause, expected, name);
    assert.match(error.message, /^webwxuploadmedia: no response: /, name);
  }
});

/** Answers that no fetch gives, but a wrapper around another transport may. */
const STRANGE = {
  nothing: () => undefined,
  null: () => null,
  "a number": () => 7,
  "an empty object": () => ({}),
  "a blob() that gives a Buffer": () => ({ status: 200, headers: new Headers(), body: null, blob: async () => small }),
  "a blob() that gives nothing": () => ({
    status: 200,
    headers: new Headers(),
    body: null,
    blob: async () => undefined,
  }),
  "no headers": () => ({ status: 200, body: null }),
  "a text for a body": () => ({ status: 200, headers: new Headers(), body: "text" }),
  "a stream of texts": () => ({ status: 200, headers: new Headers(), body: streamOf("text") }),
  "a stream of nothing": () => ({ status: 200, headers: new Headers(), body: streamOf(undefined) }),
  "a body that is locked": () => {
    const response = new Response(small);
    response.body.getReader();
    return response;
  },
};

const streamOf = (piece) =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(piece);
      controller.close();
    },
  });

test("whatever an injected fetch gives, the job ends with an error, and no other job is hurt", async () => {
  const other = wx.upload(sample, { to });
  for (const [name, answer] of Object.entries(STRANGE)) {
    const client = new WebWx(session, { retry: { limit: 0 }, fetch: async () => answer() });
    for (const job of [
      () => client.download("1"),
      () => client.upload("http://pictures.example/a.png", { to }),
      () => client.upload(small, { to }),
    ]) {
      const error = await settled(job()).catch((reason) => assert.fail(`${name}: ${reason.message}`));
      assert.equal(error.name, "WebwxError", name);
      assert.notEqual(error.code, "internal", name);
    }
  }
  assert.equal((await other).md5, md5(sample));
});

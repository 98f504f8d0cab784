/** What nobody may be told: the session's values, the gateway's token, and the keys of pictures. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildUploadMediaRequest, decodeCdnUrl, decryptCdnImage, Gateway, parseMessage, WebWx } from "webwx-image";

import { moving, padded, small } from "./pictures.mjs";
import {
  AES_KEY,
  assertNobodyHeard,
  assertSilent,
  authorization,
  dataTicket,
  failureOf,
  heard,
  jobs,
  json,
  media,
  newGateway,
  once,
  passTicket,
  refusal,
  SECRETS,
  service,
  session,
  sid,
  skey,
  to,
  wanted,
} from "./secrets.mjs";
import { startStandin } from "./standin.mjs";

const page = (title) => `<html><head><title>${title}</title></head></html>`;

/** Bad answers that repeat what must not be repeated. */
const INDISCREET = {
  "Ret 1": (said) => refusal(1, said),
  "Ret -1": (said) => refusal(-1, said),
  "Ret 1101": (said) => refusal(1101, said),
  "Ret 1205": (said) => refusal(1205, said),
  "Ret 4711": (said) => refusal(4711, said),
  "Ret 0 and nothing else": () => refusal(0, ""),
  "a text for a Ret": (said) => refusal(said, said),
  "half an answer": (said) => ({ body: `{"BaseResponse":{"Ret":0,"ErrMsg":${JSON.stringify(said)}` }),
  "a text": (said) => ({ body: said }),
  "a title": (said) => ({ body: page(said) }),
  "a page": (said) => ({ body: `<html><body><p>${said}</p></body></html>` }),
  "a page under 500": (said) => ({ status: 500, reason: "No", body: page(said) }),
  "a reason": (said) => ({ status: 403, reason: said.replaceAll(/[^ -~]/g, ""), body: said }),
  "a header": (said) => ({ status: 503, headers: { "retry-after": said, "content-type": said }, body: said }),
  "a URL of no use": (said) => json({ code: 1000, message: said, data: `ftp://${encodeURIComponent(said)}/` }),
  "a URL with a password": (said) => json({ code: 1000, data: `http://x:${encodeURIComponent(said)}@127.0.0.1/` }),
  "a cut connection": () => null,
};

/** How a secret is quoted. */
const QUOTES = [
  (secret) => secret,
  (secret) => `not valid: ${secret}`,
  (secret) => `${"x ".repeat(30)}${secret}`,
  (secret) => `/cgi-bin/x?a=${encodeURIComponent(secret)}&b=1`,
  (secret) => `{"a":"${secret}"}`,
];

test("whatever an answer repeats, no error tells it", async () => {
  let turn = 0;
  for (const [form, answer] of Object.entries(INDISCREET)) {
    for (const secret of Object.values(SECRETS)) {
      // Another quote each time, and another for each form: seven secrets and five quotes meet everywhere.
      const said = QUOTES[turn % QUOTES.length](secret);
      turn += 1;
      service.answer = () => answer(said);
      for (const [name, job] of Object.entries(jobs())) {
        const what = `${name}, ${form}: ${said}`;
        assertSilent(await failureOf(job, what), what);
      }
    }
  }
  assertNobodyHeard();
});

test("the keys of a large file's upload are not told either", async () => {
  const keys = { BaseResponse: { Ret: 0, ErrMsg: "" }, MediaId: "", AESKey: AES_KEY, Signature: SECRETS.signature };
  const large = padded(small, 25 * 1024 * 1024 + 1);
  const client = new WebWx(session, { retry: { limit: 0 } });
  for (const form of ["Ret 1205", "a title", "a cut connection"]) {
    service.answer = ({ url }) => (url.includes("webwxcheckupload") ? json(keys) : INDISCREET[form](AES_KEY));
    const error = await failureOf(() => client.upload(large, { to }), form);
    assert.match(error.message, /^webwxuploadmedia, chunk 1 of 51: /);
    assertSilent(error, form);
  }
  service.answer = () => refusal(-14, AES_KEY);
  assertSilent(await failureOf(() => client.upload(large, { to }), "check"), "check");
  assertNobodyHeard();
});

test("an input that is wrong is not repeated", async () => {
  const client = new WebWx(session, once);
  const secrets = Object.entries(SECRETS);
  const spoilt = (secret) => [`${secret}\r\nx: y`, `${secret}\u0000`, `${secret}爱`];
  const bad = (secret) => [secret, ...spoilt(secret), `${secret};`, [secret], { secret }, Object(secret)];
  const rows = [];
  for (const [name, secret] of secrets) {
    for (const value of bad(secret)) {
      for (const field of ["uin", "origin", "fileOrigin", "deviceId", "userName"]) {
        rows.push([`session.${field} of ${name}`, () => new WebWx({ ...session, [field]: value })]);
      }
      for (const option of ["fetch", "retry", "timeout", "chunkSize", "concurrency", "uploadType", "allowedOrigins"]) {
        rows.push([`${option} of ${name}`, () => new WebWx(session, { [option]: value })]);
      }
      rows.push(
        [`a session of ${name}`, () => new WebWx(value)],
        [`a receiver of ${name}`, () => client.upload(small, { to: [value, "x"] })],
        [`a source of ${name}`, () => client.upload([value], { to })],
        [`a checkpoint of ${name}`, () => client.upload(small, { to, resume: { version: 1, md5: value } })],
        [`a signal of ${name}`, () => client.upload(small, { to, signal: value })],
        [`media of ${name}`, () => client.send(value, { to })],
        [`a mediaId of ${name}`, () => client.send({ ...media, mediaId: [value] }, { to })],
        [`a thumbnail of ${name}`, () => client.send({ ...media, thumbnail: value }, { to })],
        [`a forward of ${name}`, () => client.forward({ kind: "text", content: value }, { to })],
        [`a msgId of ${name}`, () => client.download(value)],
        [`a size of ${name}`, () => client.download("1", { size: value })],
        [`an expectation of ${name}`, () => client.download("1", { expect: value })],
        [`a gateway's msgId of ${name}`, () => newGateway().getMsgImg({ ...wanted, msgId: value })],
        [`a gateway's content of ${name}`, () => newGateway().getMsgImg({ ...wanted, content: value })],
        [`a gateway's origin of ${name}`, () => new Gateway({ authorization, origin: value })],
        [`a gateway's request of ${name}`, () => newGateway().getMsgImg(value)],
        [`a key of ${name}`, () => decryptCdnImage(new Uint8Array(16), [value])],
        [`a request of ${name}`, () => buildUploadMediaRequest({ session, to, clientMediaId: value })],
      );
    }
    for (const field of ["sid", "skey", "dataTicket", "passTicket"]) {
      for (const value of spoilt(secret)) {
        rows.push([`session.${field} of ${name}`, () => new WebWx({ ...session, [field]: value })]);
      }
    }
    for (const value of [...spoilt(secret), { secret }]) {
      rows.push([`authorization of ${name}`, () => newGateway(value)]);
    }
  }
  rows.push(
    ["a key that is too long", () => decryptCdnImage(new Uint8Array(16), `${AES_KEY}0`)],
    ["a key of other letters", () => decryptCdnImage(new Uint8Array(16), AES_KEY.replace("c", "x"))],
    ["a key that does not fit", () => decryptCdnImage(new Uint8Array(16), AES_KEY)],
    ["a key instead of a CDN url", () => decodeCdnUrl(AES_KEY)],
  );
  for (const [what, job] of rows) {
    // Some of it is no mistake: a list without options in it is an object without options.
    const outcome = await (async () => job())().catch((error) => error);
    assertSilent(outcome, what);
  }
  assert.deepEqual(service.requests, []);
  const { warnings } = parseMessage(`<msg><img aeskey="${AES_KEY}0" cdnthumbaeskey="x${AES_KEY}" length="9" /></msg>`);
  assert.ok(warnings.length > 0);
  assertSilent(warnings, "a warning");
  assertNobodyHeard();
});

test("no header of a platform's own making tells a token, whatever letter it holds", async () => {
  service.answer = () => refusal(1, "");
  for (let code = 0; code < 0x180; code += 1) {
    const odd = (secret) => `${secret.slice(0, 14)}${String.fromCodePoint(code)}${secret.slice(14)}`;
    const spoilt = { sid: odd(sid), skey: odd(skey), dataTicket: odd(dataTicket), passTicket: odd(passTicket) };
    for (const [name, value] of Object.entries(spoilt)) {
      const job = () => new WebWx({ ...session, [name]: value }, once).download("1");
      assertSilent(await failureOf(job, name), `${name} with ${code}`);
    }
    const job = () => newGateway(odd(authorization)).getMsgImg(wanted);
    assertSilent(await failureOf(job, "authorization"), `authorization with ${code}`);
  }
  assertNobodyHeard();
});

/** How libraries for requests tell of a request that failed. */
const REPEATS = {
  "the message": (request) => new TypeError(`failed: ${JSON.stringify(request)}`),
  "a message that is cut off": (request) => new TypeError(`failed: ${JSON.stringify(request).slice(0, -3)}`),
  "a property": (request) => Object.assign(new Error("failed"), { config: { request } }),
  "a hidden property": (request) => Object.defineProperty(new Error("failed"), "input", { value: JSON.stringify(request) }),
  "its own cause": (request) => new Error("failed", { cause: new Error("failed", { cause: request }) }),
  "a list": (request) => new AggregateError([new Error(request.body), new Error(request.url), request.headers], "failed"),
  "a URL": (request) => new URL(`x:${encodeURIComponent(JSON.stringify(request))}`),
  "a string": (request) => JSON.stringify(request),
  "a plain object": (request) => ({ request }),
  "a function": (request) => Object.assign(() => {}, { request }),
  "a getter": (request) => ({ get request() { return request; } }),
  "its name": (request) => Object.assign(new Error("failed"), { name: JSON.stringify(request) }),
  "a large object": (request) => ({ all: Array.from({ length: 2000 }, (_, n) => ({ n })), request }),
  "what cannot be searched": () => ({ get request() { throw new Error("not now"); } }),
};

/** A request as a plain value, its form as text. */
const plain = (url, { headers, body }) => ({
  url,
  headers,
  body: body instanceof FormData ? [...body].filter(([, value]) => typeof value === "string").join("\n") : (body ?? ""),
});

test("a cause that repeats the request is left out, and its name stays", async () => {
  for (const [what, thrown] of Object.entries(REPEATS)) {
    const fetch = async (url, init) => {
      throw thrown(plain(url, init));
    };
    const client = new WebWx(session, { ...once, fetch });
    const gateway = new Gateway({ authorization, origin: service.origin, retry: once.retry, fetch });
    for (const [name, job] of Object.entries(jobs(client, gateway))) {
      const error = await failureOf(job, name);
      assert.equal(error.code, "network", `${name}, ${what}`);
      assert.equal(error.cause.message, "message not shown: it quotes the request", `${name}, ${what}`);
      const { cause } = error;
      assert.equal(cause.name, what.includes("message") ? "TypeError" : what === "a list" ? "AggregateError" : "Error");
      if (what !== "a getter" && what !== "what cannot be searched") {
        assertSilent(error, `${name}, ${what}`);
      }
    }
  }
  assertNobodyHeard();
});

test("a cause that repeats nothing is the very value that was thrown", async () => {
  const { origin } = service;
  const innocent = [
    new TypeError("fetch failed", { cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }) }),
    new Error(`request to ${origin}/cgi-bin/mmwebwx-bin/webwxsendmsgimg failed, application/json was expected`),
    "offline",
    undefined,
    null,
    Symbol("x"),
    Object.create(null, { host: { value: "wx.qq.com" } }),
  ];
  for (const thrown of innocent) {
    const fetch = async () => {
      throw thrown;
    };
    const client = new WebWx(session, { ...once, fetch });
    const error = await failureOf(() => client.send(media, { to }), String(Object(thrown).message ?? typeof thrown));
    assert.equal(error.cause, thrown);
  }
});

test("a client that is looked at shows nothing, before its work and after it", async () => {
  service.answer = () => refusal(1, "");
  const client = new WebWx(session, once);
  const gateway = newGateway();
  for (const phase of ["before", "after"]) {
    for (const object of [client, gateway]) {
      assertSilent(object, `${object.constructor.name} ${phase}`);
    }
    for (const job of Object.values(jobs(client, gateway))) {
      await failureOf(job, phase);
    }
  }
  assertNobodyHeard();
});

test("progress and checkpoints tell nothing, on good days and on bad ones", async () => {
  const chunkSize = 2000;
  const standin = await startStandin("--chunk-size", String(chunkSize));
  try {
    const { session: real, peer } = standin.info;
    const secrets = { sid: real.sid, skey: real.skey, dataTicket: real.dataTicket, passTicket: real.passTicket };
    const client = new WebWx(real, { chunkSize, retry: { limit: 1, delay: 1 } });
    for (const fault of ["none", "reset", "html", "ret:1205", "ret:-1", "truncate", "status:403"]) {
      for (const strike of [{ endpoint: "webwxuploadmedia", chunk: 1 }, { endpoint: "webwxsendmsgimg" }]) {
        for (const times of fault === "none" ? [0] : [1, 2]) {
          await standin.reset();
          await standin.faults(...(times === 0 ? [] : [{ ...strike, fault, times }]));
          const told = [];
          const tell = (value) => told.push(value);
          const job = client.sendImage(small, { to: peer, onProgress: tell, onCheckpoint: tell });
          const outcome = await job.catch((error) => error);
          assertSilent([told, outcome], `${fault} at ${strike.endpoint}`, secrets);
          assert.ok(told.length > 3);
        }
      }
    }
    const receipt = await client.sendImage(moving, { to: peer });
    assertSilent([receipt, await client.download(receipt.msgId)], "what comes of it", secrets);
    assertSilent(heard, "the console", secrets);
  } finally {
    await standin.stop();
  }
  assertNobodyHeard();
});

/** What nobody may be told: the session's values, the gateway's token, and the keys of pictures. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import {
  Gateway,
  WebWx,
  WebwxError,
  buildUploadMediaRequest,
  decodeCdnUrl,
  decryptCdnImage,
  parseMessage,
} from "webwx-image";

import { bmp, moving, padded, small } from "./pictures.mjs";
import { startLoopback } from "./loopback.mjs";
import { startStandin } from "./standin.mjs";

const AES_KEY = "c0ffee1dec0de5a1ad5e7f00d5e7ec8d";
const SECRETS = {
  sid: "k7Zq+VdWn/MARKsD",
  skey: "@crypt_5d1e80c4_0f7c2b9aMARK4583b7904ce2f85a316d",
  dataTicket: "gSfVwz8/qT3mMARKLpD0aRk7",
  passTicket: "nV4Bt0q+R7dWjMARKXzLk9YbEo8C1hUfTaGs5PvIQr2NxKwD6uA",
  authorization: "eyJhbGciOiJIUzUxMiJ9.MARK-Zk8bT0xWcY7dLrPn",
  aesKey: AES_KEY,
  signature: "sig8f2MARK91c07ab34ee",
};
const CONTENT = `<msg><img aeskey="${AES_KEY}" cdnthumbaeskey="${AES_KEY}" length="9" hdlength="0" /></msg>`;
const to = "@910a2dec";
const once = { retry: { limit: 0 }, chunkSize: 2000 };

/** Answers whatever it is told to; `answer(request)` gives status, reason, headers and body. */
const service = await startLoopback();
/** Where nothing may come. */
const elsewhere = await startLoopback();
after(() => Promise.all([service.stop(), elsewhere.stop()]));

const { sid, skey, dataTicket, passTicket, authorization } = SECRETS;
const session = { uin: 2618340597, sid, skey, dataTicket, passTicket, userName: "@7c41d09b", origin: service.origin };
const media = {
  mediaId: "@crypt_1_2",
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  size: 7,
  type: "image/png",
  thumbnail: { width: 1, height: 1 },
  instant: false,
  aesKey: AES_KEY,
  signature: SECRETS.signature,
};
const wanted = { wId: "1", msgId: 1, fromUser: "a", toUser: "b", content: CONTENT };

const heard = [];
for (const name of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"]) {
  console[name] = (...values) => heard.push(...values);
}
const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("warning", (warning) => heard.push(warning));

beforeEach(() => {
  service.forget();
  elsewhere.forget();
});

/** Everything that can be read off a value: its text, its properties, hidden ones too, and theirs. */
function* readings(value, seen = new Set()) {
  if (typeof value === "string") {
    yield value;
  }
  if (value === null || !["object", "function"].includes(typeof value) || seen.has(value)) {
    return;
  }
  seen.add(value);
  yield String(value);
  yield inspect(value, { depth: 8, showHidden: true, getters: true });
  yield JSON.stringify(value) ?? "";
  for (const key of Reflect.ownKeys(value)) {
    yield String(key);
    yield* readings(Reflect.getOwnPropertyDescriptor(value, key).value, seen);
  }
}

/** No twelve letters in a row of any secret, in any of its spellings, can be read off the value. */
function assertSilent(value, what, secrets = SECRETS) {
  const told = [...readings(value)];
  for (const [name, secret] of Object.entries(secrets)) {
    const spellings = [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")];
    for (const spelling of spellings) {
      for (let at = 0; at + 12 <= spelling.length; at += 1) {
        const piece = spelling.slice(at, at + 12);
        const where = told.find((text) => text.includes(piece));
        assert.equal(where, undefined, `${what} tells of ${name}`);
      }
    }
  }
}

/** What the job rejects with. */
const failureOf = (job, what) =>
  (async () => job())().then(
    (value) => assert.fail(`${what} did not fail: ${inspect(value)}`),
    (error) => {
      assert.ok(WebwxError.is(error), `${what}: ${inspect(error)}`);
      return error;
    },
  );

function assertNobodyHeard() {
  assertSilent(heard, "the console");
  assert.deepEqual(unhandled, []);
}

const newGateway = (token = authorization) => new Gateway({ authorization: token, origin: service.origin, ...once });

/** Every request that carries something, by the service that it goes to. */
function jobs(client = new WebWx(session, once), gateway = newGateway()) {
  return {
    webwxuploadmedia: () => client.upload(small, { to }),
    webwxsendmsgimg: () => client.send(media, { to }),
    webwxsendemoticon: () => client.send({ ...media, type: "image/gif" }, { to }),
    "webwxsendmsgimg of a received one": () => client.forward(parseMessage(CONTENT), { to }),
    webwxgetmsgimg: () => client.download("1"),
    getMsgImg: () => gateway.getMsgImg(wanted),
    "getMsgImg and its picture": () => gateway.download(wanted),
  };
}

const json = (value) => ({ body: JSON.stringify(value) });
const refusal = (ret, said) =>
  json({ BaseResponse: { Ret: ret, ErrMsg: said }, code: ret, message: said, msg: said, data: null });
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

test("a session is taken to WeChat over https, to this machine, and to origins that are named alone", async () => {
  const calls = [];
  const fetch = async (url) => calls.push(url);
  const rows = [
    "https://evil.example",
    "https://wx.qq.com.evil.example",
    "https://evil.example#wx.qq.com",
    "https://evil.example/wx.qq.com",
    "https://wx.qq.com@evil.example",
    "https://evilqq.com",
    "https://evil-wechat.com",
    "https://qq.com.evil.example:443",
    "https://127.0.0.1.evil.example",
    "https://localhost.evil.example",
    "https://wx.qq.com\\@evil.example",
    "http://wx.qq.com",
    "http://file.wx.qq.com:443",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://named.example",
    "ws://wx.qq.com",
    "//evil.example",
    `https://${skey}@evil.example`,
    "https://other.example",
  ];
  const allowedOrigins = ["https://named.example", "http://named.example"];
  for (const origin of rows) {
    for (const field of ["origin", "fileOrigin"]) {
      const what = `${field} ${origin}`;
      const error = await failureOf(() => new WebWx({ ...session, [field]: origin }, { fetch, allowedOrigins }), what);
      assert.equal(error.code, "invalid-input", what);
      assertSilent(error, what);
    }
  }
  assert.deepEqual(calls, []);
  for (const good of ["https://wx2.qq.com", "https://named.example", "http://localhost:9", "http://[::1]:9"]) {
    assert.equal(new WebWx({ ...session, origin: good }, { allowedOrigins }).origin, good);
  }
});

test("no redirect leads a session or a token to another origin", async () => {
  elsewhere.answer = () => refusal(0, "");
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [`${elsewhere.origin}/elsewhere`, "/elsewhere"]) {
      for (const [name, job] of Object.entries(jobs())) {
        service.forget();
        const moved = { status, headers: { location }, body: "" };
        service.answer = ({ url }) => (url === "/elsewhere" ? refusal(0, "") : moved);
        const what = `${name}, ${status} to ${location}`;
        const error = await failureOf(job, what);
        assert.equal(error.code, "network", what);
        assertSilent(error, what);
        assert.equal(service.requests.length, 1, what);
      }
    }
  }
  assert.deepEqual(elsewhere.requests, []);
});

/** What a request tells: its address, its headers and its body. */
const assertInnocent = (requests, what) => {
  assert.ok(requests.length > 0, what);
  assertSilent(requests, what);
  for (const { headers } of requests) {
    assert.deepEqual([headers.cookie, headers.authorization], [undefined, undefined], what);
  }
};

test("a gateway's picture comes without token and cookies, by redirects too", async () => {
  const third = await startLoopback();
  try {
    third.answer = () => ({ body: bmp() });
    elsewhere.answer = ({ url }) =>
      url === "/moved" ? { status: 302, headers: { location: `${third.origin}/picture` }, body: "" } : { body: bmp() };
    const gateway = newGateway();
    for (const path of ["/picture", "/moved"]) {
      service.answer = () => json({ code: "1000", data: { url: `${elsewhere.origin}${path}` } });
      const content = '<msg><img hdlength="54" /></msg>';
      assert.equal((await gateway.download({ ...wanted, content })).type, "image/bmp");
    }
    assert.equal(service.requests[0].headers.authorization, authorization);
    assertInnocent([...elsewhere.requests, ...third.requests], "the picture's host");
  } finally {
    await third.stop();
  }
});

test("a source's host gets nothing of the session, and neither do the page's counters", async () => {
  service.answer = () => refusal(1, "");
  elsewhere.answer = () => ({ body: small });
  const client = new WebWx(session, { ...once, reportForWeb: true });
  await failureOf(() => client.upload(`${elsewhere.origin}/picture.png`, { to }), "upload");
  assertInnocent(elsewhere.requests, "the source's host");
  const reports = () => service.requests.filter(({ url }) => url.includes("reportforweb"));
  while (reports().length < 3) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertInnocent(reports(), "reportforweb");
});

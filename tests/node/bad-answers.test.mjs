/** Bad answers and lost ones: what each becomes, which are tried again, and what must never be told. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { inspect } from "node:util";
import { Gateway, WebWx, WebwxError } from "webwx-image";

import { bmp, md5, moving, padded, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

// Small chunks on both sides: there are hundreds of uploads here, and a chunk is a chunk.
const chunkSize = 2000;
const standin = await startStandin("--chunk-size", String(chunkSize));
const { session, peer: to, gatewayOrigin: origin, gatewayAuthorization: authorization } = standin.info;
const retry = { limit: 2, delay: 1 };
const once = { chunkSize, retry: { limit: 0 } };
const patient = { chunkSize, retry };
const wx = new WebWx(session, once);

/** One chunk. */
const tiny = bmp();
/** Three chunks. */
const picture = small;

after(() => standin.stop());
beforeEach(() => standin.reset());

const NO_ANSWER = "no response: the connection failed, or CORS blocked it";

/** The faults that any answer of JSON can have: what they are to become. */
const LOST = [
  ["reset", { code: "network", retryable: true, says: NO_ANSWER }],
  ["accept-then-reset", { code: "network", retryable: true, says: NO_ANSWER }],
  ["status:502", { code: "http-status", retryable: true, status: 502, says: "HTTP status 502" }],
  ["status:403", { code: "http-status", retryable: false, status: 403, says: "HTTP status 403" }],
  ["html", { code: "malformed-response", retryable: true, says: "expected JSON, got an HTML page (502 Bad Gateway)" }],
  ["empty", { code: "malformed-response", retryable: true, says: "expected JSON, got an empty body" }],
];
const TRUNCATED = ["truncate", { code: "malformed-response", retryable: true, says: "truncated JSON" }];

const ret = (value, code, meaning, retryable = false) => [
  `ret:${value}`,
  { code, retryable, ret: value, says: `Ret ${value} (${meaning})` },
];
const RETS = [
  ret(-1, "rejected", "system error", true),
  ret(1, "rejected", "invalid parameter, or body too large"),
  ret(-2, "rejected", "logic error"),
  ret(-14, "session-lost", "invalid ticket; log in again"),
  ret(1100, "session-lost", "logged out; log in again"),
  ret(1101, "session-lost", "logged in elsewhere; log in again"),
  ret(1102, "session-lost", "invalid cookies; log in again"),
  ret(1105, "rate-limited", "too many requests; wait a minute or more"),
  ret(1205, "rate-limited", "too many requests; wait a minute or more"),
  ret(1200, "rejected", "the service could not parse the request"),
  ret(1203, "account-barred", "the account is barred from WeChat Web"),
  ret(1204, "target-refused", "sending to this receiver is not allowed"),
  ret(4711, "rejected", "refused"),
];

/** At an upload, where the same Ret was seen with good sessions. */
const UPLOAD_RETS = RETS.map((row) =>
  row[0] === "ret:1101"
    ? ret(
        1101,
        "session-lost",
        "logged in elsewhere, or uploads are refused for a while: if download() still works, wait; if not, log in again",
      )
    : row,
);

/** Values that nobody but the service may see. */
const SECRETS = [session.skey, session.sid, session.dataTicket, session.passTicket, authorization];

/** The error, its causes, and everything that hangs on them, as a person or a log would see it. */
function assertNoSecret(error, secrets = SECRETS) {
  const told = [];
  for (let at = error; at !== undefined && at !== null; at = at.cause) {
    told.push(String(at), at.message, at.stack, JSON.stringify(at), inspect(at, { depth: 6, showHidden: true }));
  }
  told.push(JSON.stringify(error.checkpoint ?? null));
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret)]) {
      assert.ok(!told.some((text) => text?.includes(form)), `${form} is told`);
    }
  }
}

/** Runs the job into a fault, and asserts all that the error has to say. Gives it back. */
async function fails(job, endpoint, [fault, expected], { place = endpoint, chunk } = {}) {
  await standin.reset();
  await standin.faults({ endpoint, fault, ...(chunk !== undefined && { chunk }) });
  const error = await job().then(
    () => assert.fail(`${place}: ${fault} went unnoticed`),
    (reason) => reason,
  );
  const what = `${place}: ${fault}`;
  assert.ok(error instanceof WebwxError, `${what}: ${inspect(error)}`);
  const { code, retryable, status, ret: value } = error;
  assert.deepEqual(
    { code, retryable, status, ret: value, message: error.message },
    {
      code: expected.code,
      retryable: expected.retryable,
      status: expected.status,
      ret: expected.ret,
      message: `${place}: ${expected.says}`,
    },
    what,
  );
  assert.deepEqual(await standin.control("GET", "faults"), [], `${what}: did not strike`);
  assertNoSecret(error);
  return error;
}

const CHUNKS = [
  [0, "webwxuploadmedia, chunk 1 of 3"],
  [1, "webwxuploadmedia, chunk 2 of 3"],
  [2, "webwxuploadmedia, chunk 3 of 3"],
];

test("a chunk that goes wrong is named, and the checkpoint says how far the upload came", async () => {
  for (const [chunk, place] of CHUNKS) {
    for (const fault of [...LOST, TRUNCATED, ...UPLOAD_RETS]) {
      const error = await fails(() => wx.sendImage(picture, { to }), "webwxuploadmedia", fault, { place, chunk });
      const { nextChunk, md5: digest, size, chunkSize: step, ...rest } = error.checkpoint;
      assert.deepEqual([nextChunk, digest, size, step], [chunk, md5(picture), picture.length, chunkSize]);
      assert.deepEqual(Object.keys(rest).sort(), ["account", "clientMediaId", "deviceId", "to", "version"]);
      assert.equal((await standin.journal("webwxuploadmedia")).length, chunk + 1);
      assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
    }
  }
});

test("a picture of one chunk has no chunk in its errors", async () => {
  for (const fault of [...LOST, TRUNCATED, ...UPLOAD_RETS]) {
    const error = await fails(() => wx.sendImage(tiny, { to }), "webwxuploadmedia", fault);
    assert.equal(error.checkpoint.nextChunk, 0);
  }
});

test("a MediaId beside a Ret is somebody else's: it is never sent", async () => {
  for (const [chunk, place] of CHUNKS) {
    const [, expected] = ret(1205, "rate-limited", "too many requests; wait a minute or more");
    await fails(() => wx.sendImage(picture, { to }), "webwxuploadmedia", ["ret:1205+mediaid", expected], {
      place,
      chunk,
    });
    const uploads = await standin.journal("webwxuploadmedia");
    assert.match(uploads.at(-1).response.MediaId, /^@crypt_/);
    assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
  }
  // Nor when the client may try again.
  await standin.reset();
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "ret:1205+mediaid" });
  const trying = new WebWx(session, patient);
  await assert.rejects(trying.sendImage(tiny, { to }), { code: "rate-limited", ret: 1205 });
  assert.equal((await standin.journal()).length, 1);
});

test("a message that goes wrong is named by its service", async () => {
  for (const fault of [...LOST, TRUNCATED, ...RETS]) {
    const error = await fails(() => wx.sendImage(tiny, { to }), "webwxsendmsgimg", fault);
    assert.equal(error.checkpoint, undefined);
    await fails(async () => wx.send(await wx.upload(tiny, { to }), { to }), "webwxsendmsgimg", fault);
    await fails(() => wx.sendImage(moving, { to }), "webwxsendemoticon", fault);
  }
});

test("a check that goes wrong is named by its service, and nothing is uploaded", async () => {
  const bytes = padded(small, 25 * 1024 * 1024 + 1);
  for (const fault of [LOST[0], LOST[2], LOST[4], TRUNCATED, RETS[0], RETS[3]]) {
    const error = await fails(() => wx.sendImage(bytes, { to }), "webwxcheckupload", fault);
    assert.equal(error.checkpoint.nextChunk, 0);
    assert.deepEqual(await standin.journal("webwxuploadmedia"), []);
  }
  const [, expected] = ret(1205, "rate-limited", "too many requests; wait a minute or more");
  await fails(() => wx.sendImage(bytes, { to }), "webwxcheckupload", ["ret:1205+mediaid", expected]);
  assert.equal((await standin.journal()).length, 1);
});

/** What a picture's answer becomes where it is none. */
const PICTURES = [
  ...LOST.slice(0, 4),
  ["html", { code: "not-an-image", retryable: true, says: 'expected an image, got an HTML page: "502 Bad Gateway"' }],
  ["empty", { code: "empty-image", retryable: true, says: "expected an image, got 0 bytes" }],
  ["truncate", { code: "network", retryable: true, says: NO_ANSWER }],
];

test("a picture that does not come, or comes as something else, is named", async () => {
  const [{ MsgId }] = await standin.control("GET", "messages");
  for (const fault of PICTURES) {
    await fails(() => wx.download(MsgId), "webwxgetmsgimg", fault);
  }
  for (const size of ["thumbnail", "big"]) {
    await fails(() => wx.download(MsgId, { size }), "webwxgetmsgimg", PICTURES.at(-2));
  }
});

test("a gateway that goes wrong is named, and so is its picture", async () => {
  const gateway = new Gateway({ authorization, origin, retry: once.retry });
  const [{ MsgId, Content }] = await standin.control("GET", "messages");
  const request = { wId: "1", msgId: MsgId, fromUser: "a", toUser: "b", content: Content };
  const failure = (code) => ({
    code: "gateway-failed",
    retryable: false,
    ret: code,
    says: `code ${code}: "失败: as ordered"`,
  });
  const [, cutOff] = TRUNCATED;
  const faults = [
    ...LOST,
    ["truncate", { ...cutOff, says: "truncated JSON" }],
    ["ret:1", failure(1001)],
    ["ret:500", failure(500)],
  ];
  for (const fault of faults) {
    await fails(() => gateway.getMsgImg(request), "getMsgImg", fault);
    await fails(() => gateway.download(request), "getMsgImg", fault);
    assert.deepEqual(await standin.journal("msgImg"), []);
  }
  for (const fault of PICTURES) {
    await fails(() => gateway.download(request), "gatewayimage", fault, { place: "getMsgImg picture" });
  }
});

test("a passing failure is tried again, and the picture arrives once", async () => {
  const trying = new WebWx(session, patient);
  const passing = [...LOST, TRUNCATED, RETS[0]].filter(([, { retryable }]) => retryable).map(([fault]) => fault);
  for (const fault of passing) {
    for (const strike of [
      { endpoint: "webwxuploadmedia", chunk: 0 },
      { endpoint: "webwxuploadmedia", chunk: 1 },
      { endpoint: "webwxuploadmedia", chunk: 2 },
      { endpoint: "webwxsendmsgimg" },
    ]) {
      await standin.reset();
      await standin.faults({ ...strike, fault, times: 2 });
      const { msgId, media } = await trying.sendImage(picture, { to });
      const what = `${fault} ${JSON.stringify(strike)}`;
      assert.equal(media.md5, md5(picture), what);
      assert.equal((await standin.journal()).length, 6, what);
      const sent = (await standin.control("GET", "messages")).filter(({ ClientMsgId }) => ClientMsgId);
      assert.deepEqual(
        sent.map(({ MsgId }) => MsgId),
        [msgId],
        what,
      );
    }
  }
});

test("what is tried again is the same request, letter for letter", async () => {
  await standin.faults(
    { endpoint: "webwxuploadmedia", chunk: 1, fault: "accept-then-reset", times: 2 },
    { endpoint: "webwxsendmsgimg", fault: "accept-then-reset", times: 2 },
  );
  await new WebWx(session, patient).sendImage(picture, { to });
  const again = (await standin.journal("webwxuploadmedia")).slice(1, 4);
  const sends = await standin.journal("webwxsendmsgimg");
  for (const tries of [again, sends]) {
    assert.equal(tries.length, 3);
    for (const { query, form, json } of tries) {
      assert.deepEqual({ query, form, json }, { query: tries[0].query, form: tries[0].form, json: tries[0].json });
    }
  }
});

test("a download is tried again until a picture comes", async () => {
  const trying = new WebWx(session, patient);
  const [{ MsgId }] = await standin.control("GET", "messages");
  for (const fault of ["reset", "status:504", "html", "empty", "truncate"]) {
    await standin.reset();
    await standin.faults({ endpoint: "webwxgetmsgimg", fault, times: 2 });
    assert.equal((await trying.download(MsgId)).type, "image/jpeg", fault);
    assert.equal((await standin.journal()).length, 3, fault);
  }
});

test("a gateway is tried again, and so is its picture", async () => {
  const gateway = new Gateway({ authorization, origin, retry });
  const [{ MsgId, Content }] = await standin.control("GET", "messages");
  await standin.faults(
    { endpoint: "getMsgImg", fault: "status:503", times: 2 },
    { endpoint: "gatewayimage", fault: "truncate", times: 2 },
  );
  const downloaded = await gateway.download({ wId: "1", msgId: MsgId, fromUser: "a", toUser: "b", content: Content });
  assert.equal(downloaded.verified, "md5");
  assert.equal((await standin.journal()).length, 6);
});

test("the tries are counted: one more failure than that is the end", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "reset", times: 9 });
  const trying = new WebWx(session, patient);
  await assert.rejects(trying.sendImage(tiny, { to }), { code: "network", message: `webwxsendmsgimg: ${NO_ANSWER}` });
  assert.equal((await standin.journal("webwxsendmsgimg")).length, 3);
});

test("what another try would not mend is not tried again", async () => {
  const trying = new WebWx(session, patient);
  for (const [fault, { code, retryable }] of [...LOST, ...RETS]) {
    if (retryable) continue;
    await standin.reset();
    await standin.faults({ endpoint: "webwxsendmsgimg", fault });
    await assert.rejects(trying.sendImage(tiny, { to }), { code }, fault);
    assert.equal((await standin.journal("webwxsendmsgimg")).length, 1, fault);
  }
});

test("an upload that the server has forgotten begins again, once", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: "reset" });
  const { checkpoint } = await wx.upload(picture, { to }).catch((error) => error);
  await standin.control("DELETE", "uploads");
  await standin.control("DELETE", "journal");
  const media = await new WebWx(session, { chunkSize }).upload(picture, { to, resume: checkpoint });
  assert.equal(media.md5, md5(picture));
  const chunks = (await standin.journal()).map(({ form }) => form.find(({ name }) => name === "chunk").value);
  assert.deepEqual(chunks, ["2", "0", "1", "2"]);
});

test("a redirect is not followed with the session", async () => {
  const elsewhere = `${standin.info.fileOrigin}/elsewhere`;
  for (const [endpoint, job] of [
    ["webwxuploadmedia", () => wx.sendImage(tiny, { to })],
    ["webwxsendmsgimg", () => wx.sendImage(tiny, { to })],
    ["webwxgetmsgimg", () => wx.download("1")],
  ]) {
    await standin.reset();
    await standin.faults({ endpoint, fault: `redirect:${elsewhere}` });
    await assert.rejects(job(), (error) => {
      assert.equal(error.code, "network");
      assertNoSecret(error);
      return true;
    });
    assert.deepEqual(await standin.journal("elsewhere"), []);
  }
});

test("no secret is told where the caller's own fetch fails, or the caller is wrong", async () => {
  const marked = {
    uin: "2618340597",
    sid: "MARKED-sid",
    skey: "@crypt_MARKED-skey",
    userName: "@7c41",
    dataTicket: "MARKED-ticket",
    passTicket: "MARKED-pass",
    aesKey: "MARKED-aes",
  };
  const secrets = ["MARKED"];
  const { aesKey, ...marks } = marked;
  const failing = new WebWx(marks, { ...once, fetch: () => Promise.reject(new TypeError("Failed to fetch")) });
  const media = { mediaId: "@crypt_MARKED-media", md5: md5(small), size: 1, type: "image/png", thumbnail: 7, aesKey };
  const jobs = [
    () => failing.sendImage(tiny, { to }),
    () => failing.upload(padded(small, 25 * 1024 * 1024 + 1), { to }),
    () => failing.send(media, { to }),
    () => failing.send({ ...media, thumbnail: { width: 1, height: 1 }, instant: true }, { to }),
    () => failing.download("1"),
    () => new Gateway({ authorization: "MARKED\n\u0000x" }).getMsgImg({}),
    () =>
      new Gateway({ authorization: "MARKED", retry: once.retry, fetch: () => Promise.reject(new TypeError("no")) }).getMsgImg({
        wId: "1",
        msgId: 1,
        fromUser: "a",
        toUser: "b",
        content: '<msg><img aeskey="MARKED" /></msg>',
      }),
    ...["sid", "skey", "dataTicket", "userName", "origin", "deviceId", "fileOrigin"].map(
      (field) => () => new WebWx({ ...marks, [field]: `${field.endsWith("rigin") ? "" : "MARKED\n"};` }),
    ),
    () => new WebWx({ ...marks, uin: "MARKED" }),
    () => new WebWx({ ...marks, uin: { is: "MARKED" } }),
  ];
  for (const job of jobs) {
    const error = await (async () => job())().then(
      () => assert.fail(`${job} did not fail`),
      (reason) => reason,
    );
    assert.ok(WebwxError.is(error), `${job}: ${inspect(error)}`);
    assertNoSecret(error, secrets);
  }
});

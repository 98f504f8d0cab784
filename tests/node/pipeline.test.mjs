/** A picture goes out: what the built package puts on the wire, field by field. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { WebWx } from "webwx-image";

import { CHUNK, chunksOf, md5, moving, padded, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const COOKIES = `wxuin=${session.uin}; wxsid=${session.sid}; webwx_data_ticket=${session.dataTicket}`;
const RANDOM = 0.364;
const DEVICE_ID = "e364000000000000";
/** Each test has a day of its own, so that no id of an earlier one is in its way. */
let today = 1_511_423_000_000;

after(() => standin.stop());
beforeEach(() => standin.reset());

const host = (origin) => new URL(origin).host;

/** A client for which time stands still until it is told to go on, and chance is always the same. */
function clockwork(overrides = {}, options = {}) {
  const clock = { now: (today += 86_400_000) };
  const wx = new WebWx(
    { ...session, ...overrides },
    { retry: { limit: 0 }, now: () => clock.now, random: () => RANDOM, ...options },
  );
  return { wx, clock };
}

/** Sends, with the upload at one time and the message at a later one. */
async function send(source, { session: overrides, client, ...options } = {}) {
  const { wx, clock } = clockwork(overrides, client);
  const begun = clock.now;
  const sent = begun + 1234;
  const onProgress = ({ step, loaded, total }) => {
    if (step === "upload" && loaded === total) clock.now = sent;
  };
  const receipt = await wx.sendImage(source, { to, onProgress, ...options });
  return { receipt, begun, sent, wx };
}

function mediaRequest({ bytes, begun, uploadType = 2, keys = {} }) {
  return {
    UploadType: uploadType,
    BaseRequest: { Uin: session.uin, Sid: session.sid, Skey: session.skey, DeviceID: DEVICE_ID },
    ClientMediaId: begun,
    TotalLen: bytes.length,
    StartPos: 0,
    DataLen: bytes.length,
    MediaType: 4,
    FromUserName: session.userName,
    ToUserName: to,
    FileMd5: md5(bytes),
    ...keys,
  };
}

const text = (name, value) => ({ name, value });

/** All that a request for a chunk must be. */
function assertChunk(entry, { bytes, begun, name, type, mediatype, chunk, keys, passTicket = session.passTicket }) {
  const { method, path, query, headers, form, json } = entry;
  assert.deepEqual(
    { method, host: entry.host, path, query, json },
    {
      method: "POST",
      host: host(session.fileOrigin),
      path: "/cgi-bin/mmwebwx-bin/webwxuploadmedia",
      query: { f: "json" },
      json: null,
    },
  );
  assert.equal(headers.cookie, COOKIES);
  assert.match(headers["content-type"], /^multipart\/form-data; boundary=/);
  const chunks = chunksOf(bytes);
  const slice = chunks[chunk];
  assert.match(form[0].value, /^WU_FILE_\d+$/);
  assert.deepEqual(form, [
    text("id", form[0].value),
    text("name", name),
    text("type", type),
    text("lastModifiedDate", String(new Date(begun))),
    text("size", String(bytes.length)),
    ...(chunks.length > 1 ? [text("chunks", String(chunks.length)), text("chunk", String(chunk))] : []),
    text("mediatype", mediatype),
    text("uploadmediarequest", JSON.stringify(mediaRequest({ bytes, begun, keys }))),
    text("webwx_data_ticket", session.dataTicket),
    text("pass_ticket", passTicket),
    // A slice of a larger file has no type of its own.
    {
      name: "filename",
      filename: name,
      type: chunks.length > 1 ? "application/octet-stream" : type,
      size: slice.length,
      md5: md5(slice),
    },
  ]);
  assert.equal(entry.response.BaseResponse.Ret, 0);
}

/** A ticket as the page has it in a URL: its HTTP layer encodes the encoded ticket again. */
const ticketInQuery = encodeURIComponent(session.passTicket);

/** The query of a send, before what the page's HTTP layer adds. */
const QUERIES = { webwxsendmsgimg: { fun: "async", f: "json" }, webwxsendemoticon: { fun: "sys" } };

/** All that a send must be. `msg` are the keys of Msg that differ between kinds, up to the names. */
function assertSend(entry, { endpoint, msg, sent }) {
  const { method, path, query, headers, form } = entry;
  const id = `${sent}0364`;
  assert.deepEqual(
    { method, host: entry.host, path, query, form },
    {
      method: "POST",
      host: host(session.origin),
      path: `/cgi-bin/mmwebwx-bin/${endpoint}`,
      query: { ...QUERIES[endpoint], lang: "zh_CN", pass_ticket: ticketInQuery },
      form: null,
    },
  );
  assert.equal(headers.cookie, COOKIES);
  assert.equal(headers["content-type"], "application/json;charset=UTF-8");
  assert.equal(headers.accept, "application/json, text/plain, */*");
  const expected = {
    BaseRequest: { Uin: session.uin, Sid: session.sid, Skey: session.skey, DeviceID: DEVICE_ID },
    Msg: { ...msg, FromUserName: session.userName, ToUserName: to, LocalID: id, ClientMsgId: id },
    Scene: 0,
  };
  // As text, so that the order of the keys counts.
  assert.equal(JSON.stringify(entry.json), JSON.stringify(expected));
  return id;
}

const counterOf = (entry) => Number(entry.form[0].value.slice("WU_FILE_".length));

test("a small picture goes up in one request and out in another", async () => {
  const { receipt, begun, sent } = await send(small);
  const journal = await standin.journal();
  assert.equal(journal.length, 2);
  assertChunk(journal[0], { bytes: small, begun, name: "image.png", type: "image/png", mediatype: "pic", chunk: 0 });
  const mediaId = journal[0].response.MediaId;
  const id = assertSend(journal[1], {
    endpoint: "webwxsendmsgimg",
    msg: { Type: 3, MediaId: mediaId, Content: "" },
    sent,
  });
  assert.deepEqual(receipt, {
    msgId: journal[1].response.MsgID,
    localId: id,
    media: {
      mediaId,
      md5: md5(small),
      size: small.length,
      type: "image/png",
      thumbnail: { width: 48, height: 32 },
      instant: false,
    },
  });
  const message = (await standin.control("GET", "messages")).at(-1);
  assert.deepEqual([message.MsgId, message.ClientMsgId], [receipt.msgId, id]);
});

test("a larger picture goes up chunk by chunk, with one uploadmediarequest and one id", async () => {
  const { receipt, begun, sent } = await send(sample);
  const journal = await standin.journal();
  assert.equal(journal.length, 4);
  for (const chunk of [0, 1, 2]) {
    const expected = { bytes: sample, begun, name: "image.jpg", type: "image/jpeg", mediatype: "pic", chunk };
    assertChunk(journal[chunk], expected);
    assert.equal(journal[chunk].form[0].value, journal[0].form[0].value);
  }
  assert.deepEqual(
    journal.slice(0, 2).map(({ response }) => response.MediaId),
    ["", ""],
  );
  const MediaId = journal[2].response.MediaId;
  assertSend(journal[3], { endpoint: "webwxsendmsgimg", msg: { Type: 3, MediaId, Content: "" }, sent });
  assert.deepEqual(receipt.media.thumbnail, { width: 120, height: 80 });
});

test("a GIF goes up as doc and out as an emoticon", async () => {
  const { receipt, begun, sent } = await send(moving);
  const journal = await standin.journal();
  assert.equal(journal.length, 2);
  assertChunk(journal[0], { bytes: moving, begun, name: "image.gif", type: "image/gif", mediatype: "doc", chunk: 0 });
  const { MediaId } = journal[0].response;
  assertSend(journal[1], { endpoint: "webwxsendemoticon", msg: { Type: 47, EmojiFlag: 2, MediaId }, sent });
  assert.equal(receipt.msgId, journal[1].response.MsgID);
  assert.equal((await standin.control("GET", "messages")).at(-1).MsgType, 47);
});

test("files and messages are counted and timed apart, even in one millisecond", async () => {
  const { wx } = clockwork();
  await Promise.all([1, 2, 3].map(() => wx.sendImage(small, { to })));
  const uploads = await standin.journal("webwxuploadmedia");
  const counters = uploads.map(counterOf).sort((a, b) => a - b);
  assert.deepEqual(
    counters,
    [0, 1, 2].map((n) => counters[0] + n),
  );
  const idOf = ({ form }) => JSON.parse(form.find(({ name }) => name === "uploadmediarequest").value).ClientMediaId;
  assert.equal(new Set(uploads.map(idOf)).size, 3);
  const sends = await standin.journal("webwxsendmsgimg");
  assert.equal(new Set(sends.map(({ json }) => json.Msg.ClientMsgId)).size, 3);
  assert.equal(new Set(sends.map(({ response }) => response.MsgID)).size, 3);
});

test("a DeviceID is made for each file and each message, as the page does it, and a given one is kept", async () => {
  const mediaRequestOf = ({ form }) => JSON.parse(form.find(({ name }) => name === "uploadmediarequest").value);
  const devices = async () => [
    ...(await standin.journal("webwxuploadmedia")).map((entry) => mediaRequestOf(entry).BaseRequest.DeviceID),
    ...(await standin.journal("webwxsendmsgimg")).map(({ json }) => json.BaseRequest.DeviceID),
  ];
  await new WebWx(session).sendImage(sample, { to });
  const [first, second, third, message] = await devices();
  assert.match(first, /^e\d{15}$/);
  assert.deepEqual([second, third], [first, first], "one for all chunks of a file");
  assert.match(message, /^e\d{15}$/);
  assert.notEqual(message, first);
  await standin.reset();
  await new WebWx({ ...session, deviceId: "e426626750347587" }).sendImage(small, { to });
  assert.deepEqual(await devices(), ["e426626750347587", "e426626750347587"]);
});

test("without a pass_ticket the text undefined goes up, and nothing goes out with the message", async () => {
  const { begun } = await send(small, { session: { passTicket: undefined } });
  const [upload, message] = await standin.journal();
  const expected = { bytes: small, begun, name: "image.png", type: "image/png", mediatype: "pic", chunk: 0 };
  assertChunk(upload, { ...expected, passTicket: "undefined" });
  assert.deepEqual(message.query, { fun: "async", f: "json", lang: "zh_CN" });
});

test("an encoded pass_ticket, a Uin as text and stray blanks give the same wire", async () => {
  const { begun, sent } = await send(small, {
    session: {
      uin: ` ${session.uin} `,
      sid: `${session.sid} `,
      skey: ` ${session.skey}`,
      userName: `${session.userName}\n`,
      dataTicket: `\t${session.dataTicket}`,
      passTicket: encodeURIComponent(session.passTicket),
    },
    to: ` ${to} `,
  });
  const [upload, message] = await standin.journal();
  assertChunk(upload, { bytes: small, begun, name: "image.png", type: "image/png", mediatype: "pic", chunk: 0 });
  const { MediaId } = upload.response;
  assertSend(message, { endpoint: "webwxsendmsgimg", msg: { Type: 3, MediaId, Content: "" }, sent });
});

test("lang and uploadType are what the caller says", async () => {
  await send(small, { session: { lang: "en_US" }, client: { uploadType: 1 } });
  const [upload, message] = await standin.journal();
  const request = upload.form.find(({ name }) => name === "uploadmediarequest").value;
  assert.match(request, /^\{"UploadType":1,"BaseRequest":/);
  assert.equal(message.query.lang, "en_US");
});

test("upload and send are two halves of sendImage", async () => {
  const wx = new WebWx(session);
  const media = await wx.upload(small, { to });
  assert.equal((await standin.journal()).length, 1);
  const receipt = await wx.send(media, { to });
  assert.deepEqual(receipt.media, media);
  const copy = await wx.send(structuredClone(media), { to });
  assert.notEqual(copy.msgId, receipt.msgId);
  assert.equal((await standin.journal("webwxsendmsgimg")).length, 2);
});

test("a file of over 25 MB is asked about first, and what the answer gives goes into upload and send", async () => {
  const bytes = padded(small, 25 * 1024 * 1024 + 1);
  const { receipt, begun, sent } = await send(bytes, { name: "big.png" });
  const journal = await standin.journal();
  const [check, ...uploads] = journal.slice(0, -1);
  assert.deepEqual(
    [check.method, check.host, check.path, check.query, check.headers.cookie, check.headers["content-type"]],
    [
      "POST",
      host(session.origin),
      "/cgi-bin/mmwebwx-bin/webwxcheckupload",
      { lang: "zh_CN", pass_ticket: ticketInQuery },
      COOKIES,
      "application/json;charset=UTF-8",
    ],
  );
  assert.equal(
    JSON.stringify(check.json),
    JSON.stringify({
      FromUserName: session.userName,
      ToUserName: to,
      FileSize: bytes.length,
      FileMd5: md5(bytes),
      FileName: "big.png",
      FileType: 7,
      BaseRequest: { Uin: session.uin, Sid: session.sid, Skey: session.skey, DeviceID: DEVICE_ID },
    }),
  );
  const { AESKey, Signature } = check.response;
  assert.equal(uploads.length, Math.ceil(bytes.length / CHUNK));
  for (const chunk of [0, uploads.length - 1]) {
    const expected = { bytes, begun, name: "big.png", type: "image/png", mediatype: "pic", chunk };
    assertChunk(uploads[chunk], { ...expected, keys: { AESKey, Signature } });
  }
  const { MediaId } = uploads.at(-1).response;
  const msg = { Type: 3, MediaId, Content: "" };
  assertSend(journal.at(-1), { endpoint: "webwxsendmsgimg", msg, sent });
  assert.deepEqual([receipt.media.instant, receipt.media.aesKey, receipt.media.signature], [false, AESKey, Signature]);

  // The second time the server has it.
  await standin.control("DELETE", "journal");
  const again = await send(bytes, { name: "big.png" });
  const [secondCheck, message, ...more] = await standin.journal();
  assert.deepEqual(more, []);
  assert.equal(secondCheck.path, check.path);
  assert.equal(message.json.Msg.MediaId, secondCheck.response.MediaId);
  assert.ok(!("Signature" in message.json.Msg), "a picture's message has none");
  assert.equal(again.receipt.media.instant, true);
  assert.deepEqual(again.receipt.media.thumbnail, { width: 0, height: 0 });
  const messages = await standin.control("GET", "messages");
  assert.equal(messages.at(-1).MsgId, again.receipt.msgId);
});

test("a file of 25 MB sharp is not asked about", async () => {
  const wx = new WebWx(session);
  await wx.upload(padded(small, 25 * 1024 * 1024), { to });
  assert.deepEqual(await standin.journal("webwxcheckupload"), []);
});

test("reportForWeb sends the page's three counters, without the session, and off by default", async () => {
  await send(small);
  assert.deepEqual(await standin.journal("reportforweb"), []);
  await standin.reset();
  await send(small, { client: { reportForWeb: true } });
  const reports = await standin.journal("reportforweb");
  const rows = reports.map(({ method, host: name, query, headers }) => [method, name, query, headers.cookie]);
  const report = (rid, rkey, rvalue) => ["GET", host(session.origin), { rid, rkey, rvalue }, undefined];
  assert.deepEqual(
    rows.sort((a, b) => a[2].rkey - b[2].rkey),
    [report("69373", "9", "1"), report("63637", "72", "1"), report("63637", "76", "1")],
  );
  assert.equal((await standin.journal("webwxsendmsgimg")).length, 1);
});

test("above 1 MiB the counters tell the milliseconds for each MiB; an upload without an answer is counted", async () => {
  const keys = async () =>
    (await standin.journal("reportforweb")).map(({ query }) => `${query.rid}/${query.rkey}`).sort();
  await send(sample, { client: { reportForWeb: true } });
  assert.deepEqual(await keys(), ["63637/70", "63637/74", "69373/9"]);
  for (const [fault, more] of [
    ["reset", ["69373/10"]],
    ["status:502", ["69373/10"]],
    ["ret:1", []],
  ]) {
    await standin.reset();
    await standin.faults({ endpoint: "webwxuploadmedia", fault });
    await assert.rejects(send(small, { client: { reportForWeb: true } }));
    // The last one leaves as the call ends.
    for (let tries = 0; tries < 50 && (await keys()).length < 3 + more.length; tries += 1) await pause(20);
    assert.deepEqual(await keys(), ["63637/72", "63637/76", ...more, "69373/9"].sort(), fault);
  }
});

test("a failing counter does not touch the send", async () => {
  for (const fault of ["reset", "status:502", "delay:1500"]) {
    await standin.reset();
    await standin.faults({ endpoint: "reportforweb", times: 3, fault });
    const begun = performance.now();
    await send(small, { client: { reportForWeb: true } });
    assert.ok(performance.now() - begun < 1000, fault);
    assert.equal((await standin.journal("webwxsendmsgimg")).length, 1, fault);
  }
});

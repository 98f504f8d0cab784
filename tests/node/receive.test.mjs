/** A picture comes in: from WeChat Web and from the getMsgImg gateway. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Gateway, WebWx, parseMessage } from "webwx-image";

import { md5, moving, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to, gatewayOrigin: origin, gatewayAuthorization: authorization } = standin.info;
const wx = new WebWx(session, { retry: { limit: 0 } });
const gateway = new Gateway({ authorization, origin, retry: { limit: 0 } });

/** The readable picture and the emoticon that the chat begins with. */
let photo;
let emoticon;

before(async () => {
  [photo, emoticon] = await standin.control("GET", "messages");
});
after(() => standin.stop());
beforeEach(() => standin.reset());

const bytesOf = async ({ blob }) => Buffer.from(await blob.arrayBuffer());

/** What the gateway is asked for the photo. */
const request = (overrides = {}) => ({
  wId: "00000171-0504-4e11-0005-89183b61f7e4",
  msgId: photo.MsgId,
  fromUser: "wxid_i6qsbbjenjuj22",
  toUser: "wxid_wl9qchkanp9u22",
  content: photo.Content,
  ...overrides,
});

test("the full picture is what was sent, byte for byte, with its real type", async () => {
  for (const [bytes, type, width, height] of [
    [sample, "image/jpeg", 2400, 1600],
    [small, "image/png", 48, 32],
  ]) {
    const { msgId } = await wx.sendImage(bytes, { to });
    const picture = await wx.download(msgId);
    const { blob, orientation, hasAlpha, isAnimated, ...facts } = picture;
    assert.deepEqual([orientation, hasAlpha, isAnimated], [1, type === "image/png", false]);
    const extension = { "image/jpeg": "jpg", "image/png": "png" }[type];
    const rest = { md5: md5(bytes), verified: "none", variant: null, warnings: [] };
    assert.deepEqual(facts, { type, extension, width, height, size: bytes.length, ...rest });
    assert.ok(blob instanceof Blob);
    assert.equal(blob.type, type);
    assert.ok((await bytesOf(picture)).equals(bytes));
  }
});

test("full, thumbnail and big ask for what they say", async () => {
  await wx.download(photo.MsgId);
  await wx.download(photo.MsgId, { size: "full" });
  await wx.download(photo.MsgId, { size: "thumbnail" });
  await wx.download(emoticon.MsgId, { size: "big" });
  const journal = await standin.journal();
  const common = { MsgID: photo.MsgId, skey: session.skey };
  assert.deepEqual(
    journal.map(({ query }) => query),
    [common, common, { ...common, type: "slave" }, { ...common, MsgID: emoticon.MsgId, type: "big" }],
  );
  for (const { method, host, path, headers } of journal) {
    assert.deepEqual([method, host], ["GET", new URL(session.origin).host]);
    assert.equal(path, "/cgi-bin/mmwebwx-bin/webwxgetmsgimg");
    assert.match(headers.cookie, /^wxuin=\d+; wxsid=[^;]+; webwx_data_ticket=[^;]+$/);
  }
});

test("the thumbnail is a small JPEG, and a GIF stays a GIF", async () => {
  const receipt = await wx.sendImage(sample, { to });
  const thumbnail = await wx.download(receipt.msgId, { size: "thumbnail" });
  assert.deepEqual([thumbnail.type, thumbnail.width, thumbnail.height], ["image/jpeg", 120, 80]);
  const { msgId } = await wx.sendImage(moving, { to });
  const gif = await wx.download(msgId, { size: "big" });
  assert.deepEqual([gif.type, gif.blob.type, gif.md5], ["image/gif", "image/gif", md5(moving)]);
});

test("ids of 20 digits come and go as text, digit for digit", async () => {
  let longest = "";
  for (let tries = 0; longest.length < 20 && tries < 20; tries++) {
    longest = (await wx.sendImage(small, { to })).msgId;
  }
  assert.equal(longest.length, 20);
  assert.ok(BigInt(longest) > 2n ** 63n);
  assert.equal((await wx.download(longest)).md5, md5(small));
});

test("expect holds the bytes against the message", async () => {
  const expect = parseMessage(photo.Content);
  const picture = await wx.download(photo.MsgId, { expect });
  assert.deepEqual([picture.verified, picture.warnings], ["md5", []]);
  const otherMd5 = { ...expect, md5: "0".repeat(32) };
  const byLength = await wx.download(photo.MsgId, { expect: otherMd5 });
  assert.deepEqual([byLength.verified, byLength.warnings], ["length", ["md5 differs from the message's"]]);
  const { msgId } = await wx.sendImage(small, { to });
  await assert.rejects(wx.download(msgId, { expect }), {
    code: "wrong-image",
    message: `webwxgetmsgimg: ${small.length} bytes with another md5: not the image of this message`,
  });
});

test("expect takes any message: an emoticon is verified, and what says nothing of a picture verifies nothing", async () => {
  const expect = parseMessage(emoticon.Content);
  assert.equal(expect.kind, "emoji");
  for (const size of ["big", "full"]) {
    const { verified, warnings } = await wx.download(emoticon.MsgId, { size, expect });
    assert.deepEqual([verified, warnings], ["md5", []]);
  }
  const byLength = await wx.download(emoticon.MsgId, { size: "big", expect: { ...expect, md5: "0".repeat(32) } });
  assert.deepEqual([byLength.verified, byLength.warnings], ["length", ["md5 differs from the message's"]]);
  await assert.rejects(wx.download(photo.MsgId, { expect }), { code: "wrong-image" });
  for (const content of ["text", `@${"0f".repeat(40)}`, "<msg><appmsg/></msg>", "<msg><emoji/></msg>"]) {
    const { verified } = await wx.download(photo.MsgId, { expect: parseMessage(content) });
    assert.equal(verified, "none", content);
  }
});

test("a session that is over gives empty-image, not an empty picture", async () => {
  const stranger = new WebWx(
    { ...session, skey: "@crypt_00000000_00000000000000000000000000000000" },
    { retry: { limit: 0 } },
  );
  await assert.rejects(stranger.download(photo.MsgId), {
    code: "empty-image",
    message: "webwxgetmsgimg: expected an image, got 0 bytes",
  });
});

test("a download's progress counts bytes up to the announced total", async () => {
  const reports = [];
  const { size } = await wx.download(photo.MsgId, { onProgress: (report) => reports.push(report) });
  assert.ok(reports.length > 1);
  assert.deepEqual(reports.at(-1), { step: "download", loaded: size, total: size });
  reports.reduce((last, report) => {
    assert.deepEqual([report.step, report.total], ["download", size]);
    assert.ok(report.loaded > last);
    return report.loaded;
  }, 0);
});

test("a download's progress never goes back when it has to begin again", async () => {
  const { msgId } = await wx.sendImage(sample, { to });
  await standin.faults({ endpoint: "webwxgetmsgimg", fault: "truncate" });
  const loaded = [];
  const patient = new WebWx(session, { retry: { limit: 1, delay: 1 } });
  const picture = await patient.download(msgId, { onProgress: (report) => loaded.push(report.loaded) });
  assert.equal(picture.md5, md5(sample));
  assert.equal(
    loaded.findIndex((bytes, at) => bytes < loaded[at - 1]),
    -1,
    "never goes back",
  );
  assert.equal(loaded.at(-1), sample.length);
});

test("a total that is not of these bytes is not told", async () => {
  const headers = { "content-length": "100", "content-encoding": "gzip" };
  const client = new WebWx(session, { fetch: async () => new Response(small, { headers }) });
  const totals = [];
  await client.download("1", { onProgress: ({ total }) => totals.push(total) });
  assert.deepEqual(new Set(totals), new Set([null]));
});

test("a body that ends before its announced length is a broken connection, whatever the platform says", async () => {
  // WebKit gives such a body as if it were whole.
  const answered = (type, announced) => {
    const response = new Response(small.subarray(0, 2000), { headers: { "content-length": String(announced) } });
    return new WebWx(session, { retry: { limit: 0 }, fetch: () => Object.defineProperty(response, "type", { value: type }) });
  };
  await assert.rejects(answered("basic", small.length).download("1"), { code: "network", retryable: true });
  assert.equal((await answered("basic", 2000).download("1")).size, 2000);
  // CORS may hide that the announced length is of encoded bytes.
  assert.equal((await answered("cors", small.length).download("1")).size, 2000);
});

test("the gateway is asked in its own words", async () => {
  const { url, message } = await gateway.getMsgImg(request());
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/msgImg\/\d+\.jpg$/);
  assert.equal(message, "成功");
  const [{ method, host, path, query, headers, json }] = await standin.journal();
  assert.deepEqual([method, host, path, query], ["POST", new URL(origin).host, "/getMsgImg", {}]);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers.authorization, authorization);
  assert.equal(headers.cookie, undefined);
  const { content } = parseMessage(photo.Content);
  assert.equal(JSON.stringify(json), JSON.stringify(request({ content })));
});

test("the gateway gets the content without prefix and escaping, and type where it is given", async () => {
  const sender = "@f8842db9faf385cf064acb658e58e892";
  await gateway.getMsgImg(request({ content: `${sender}:<br/>${photo.Content}`, type: 1 }));
  const [{ json }] = await standin.journal();
  assert.ok(json.content.startsWith('<?xml version="1.0"?>\n<msg>'));
  assert.equal(json.type, 1);
  assert.equal(Object.keys(json).at(-1), "type");
});

test("msgId goes out in the form given, digit for digit", async () => {
  const bodies = [];
  const listening = new Gateway({
    authorization,
    origin,
    retry: { limit: 0 },
    fetch: (url, init) => {
      bodies.push(/"msgId":("?\d+"?)/.exec(init.body)[1]);
      return fetch(url, init);
    },
  });
  const { url } = await listening.getMsgImg(request({ msgId: photo.MsgId }));
  assert.deepEqual(await listening.getMsgImg(request({ msgId: BigInt(photo.MsgId) })), { url, message: "成功" });
  const unknown = { code: "gateway-failed", ret: 1001 };
  await assert.rejects(listening.getMsgImg(request({ msgId: 1114390854 })), unknown);
  await assert.rejects(listening.getMsgImg(request({ msgId: 18446744073709551615n })), unknown);
  assert.deepEqual(bodies, [`"${photo.MsgId}"`, photo.MsgId, "1114390854", "18446744073709551615"]);
});

test("the gateway's picture is fetched without credentials and held against the content", async () => {
  const picture = await gateway.download(request());
  const parsed = parseMessage(photo.Content);
  assert.deepEqual(
    [picture.md5, picture.size, picture.verified, picture.type, picture.blob.size],
    [parsed.md5, parsed.normal.length, "md5", "image/jpeg", parsed.normal.length],
  );
  const [asked, fetched] = await standin.journal();
  assert.equal(picture.url, asked.response.data);
  assert.equal(picture.url, `http://${fetched.host}${fetched.path}`);
  assert.deepEqual([fetched.headers.authorization, fetched.headers.cookie], [undefined, undefined]);
});

test("the gateway's newer form of answer reads the same", async () => {
  const newer = await startStandin("--gateway-form", "new");
  try {
    const client = new Gateway({ authorization, origin: newer.info.gatewayOrigin, retry: { limit: 0 } });
    const { url, message } = await client.getMsgImg(request());
    const [{ response }] = await newer.journal();
    assert.deepEqual(response, { msg: "成功", code: 1000, data: { url } });
    assert.equal(message, "成功");
    assert.equal((await client.download(request())).verified, "md5");
    await assert.rejects(client.getMsgImg(request({ msgId: "1" })), {
      code: "gateway-failed",
      ret: 10001,
      message: 'getMsgImg: code 10001: "失败: msgId: no message 1"',
    });
  } finally {
    await newer.stop();
  }
});

test("a gateway that refuses the token says so", async () => {
  const stranger = new Gateway({ authorization: `Bearer ${authorization}`, origin, retry: { limit: 0 } });
  await assert.rejects(stranger.getMsgImg(request()), (error) => {
    assert.deepEqual([error.code, error.ret, error.retryable], ["gateway-failed", 1001, false]);
    assert.match(error.message, /^getMsgImg: code 1001: "失败: /);
    return true;
  });
});

/** A gateway whose answer is given. */
const answering = (body) =>
  new Gateway({ authorization, retry: { limit: 0 }, fetch: async () => new Response(JSON.stringify(body)) });

test("every known form of a gateway's answer is read", async () => {
  const url = "https://pictures.example/a.png";
  for (const body of [
    { message: "ok", code: "1000", data: url },
    { msg: "ok", code: 1000, data: { url } },
    { message: "ok", code: " 1000 ", data: { url: ` ${url} ` } },
  ]) {
    assert.deepEqual(await answering(body).getMsgImg(request()), { url, message: "ok" });
  }
  const failures = [
    [{ message: "失败", code: "1001", data: null }, 1001, 'code 1001: "失败"'],
    [{ msg: "失败", code: 10001 }, 10001, 'code 10001: "失败"'],
    [{ code: 1000, data: null }, 1000, "code 1000, but no URL"],
    [{ code: 1000, data: "" }, 1000, "code 1000, but no URL"],
    [{ code: 1000, data: {} }, 1000, "code 1000, but no URL"],
    [{ code: 1000, data: "javascript:alert(1)" }, 1000, "code 1000, but its URL is not http or https"],
    [{ code: 1000, data: "file:///etc/passwd" }, 1000, "code 1000, but its URL is not http or https"],
  ];
  for (const [body, ret, detail] of failures) {
    const expected = { code: "gateway-failed", ret, retryable: false, message: `getMsgImg: ${detail}` };
    await assert.rejects(answering(body).getMsgImg(request()), expected);
  }
  await assert.rejects(answering({ code: "1205", message: "slow" }).getMsgImg(request()), {
    code: "rate-limited",
    ret: 1205,
    message: 'getMsgImg: code 1205 (too many requests): "slow"',
  });
});

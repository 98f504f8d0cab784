/** Gateways of every form: against the stand-in, and against a server that answers whatever a bad day brings. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Gateway, WebWx, parseMessage } from "webwx-image";

import { startLoopback } from "./loopback.mjs";
import { startStandin } from "./standin.mjs";

const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const TOKEN = "TOKEN MARK+/=";
const PNG = await readFile(new URL("../fixtures/pictures/tiny.png", import.meta.url));
const KEY = "0123456789abcdef0123456789abcdef";
/** A message whose normal picture is PNG. */
const CONTENT =
  `<msg><img aeskey="${KEY}" cdnthumburl="30aa" cdnthumblength="7" cdnmidimgurl="30bb" length="${PNG.length}" ` +
  `cdnbigimgurl="30cc" hdlength="300" md5="${md5(PNG)}"/></msg>`;

const messages = {
  getMsgImg: { wId: "w", msgId: 1, fromUser: "a", toUser: "b", content: CONTENT },
  gewe: { appId: "a", content: CONTENT },
  gewechat: { appId: "a", content: CONTENT },
  padpro: { msgId: 1, fromUser: "a", toUser: "b", content: CONTENT },
  tools: { wxid: "w", content: CONTENT },
};

let standin;
let loopback;
let photo;

before(async () => {
  [standin, loopback] = await Promise.all([startStandin(), startLoopback()]);
  [photo] = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
});

beforeEach(() => standin.reset());
afterEach(() => loopback.forget());
after(() => Promise.all([standin?.stop(), loopback?.stop()]));

const ofStandin = (form, options) =>
  new Gateway({
    form,
    authorization: standin.info.gatewayAuthorization,
    origin: standin.info.gatewayOrigin,
    retry: { limit: 2, delay: 1, maxDelay: 1 },
    ...options,
  });

const ofLoopback = (form, options) =>
  new Gateway({ form, authorization: TOKEN, origin: loopback.origin, retry: { limit: 0 }, ...options });

const json = (value) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(value) });
const sectionOf = (start, end, more) => ({
  Code: 200,
  Data: { TotalLen: PNG.length, StartPos: start, DataLen: end - start, Data: { iLen: end - start, buffer: PNG.subarray(start, end).toString("base64") } },
  ...more,
});

test("every form gives the same picture", async () => {
  const { MsgId: msgId, Content: content, FromUserName: fromUser, ToUserName: toUser } = photo;
  const { session } = standin.info;
  const expected = parseMessage(content);
  const asked = {
    getMsgImg: { wId: "w", msgId, fromUser, toUser, content },
    gewe: { appId: "a", content },
    gewechat: { appId: "a", content },
    padpro: { msgId: BigInt(msgId), fromUser, toUser, content },
    tools: { wxid: "w", content },
  };
  for (const [form, message] of Object.entries(asked)) {
    const reports = [];
    const fileBase = form === "gewechat" ? `${session.fileOrigin}/msgImg/` : undefined;
    const picture = await ofStandin(form, { fileBase }).download(message, { onProgress: (report) => reports.push(report) });
    assert.deepEqual(
      [picture.md5, picture.size, picture.blob.size, picture.type, picture.verified, picture.variant],
      [expected.md5, expected.normal.length, expected.normal.length, "image/jpeg", "md5", "normal"],
      form,
    );
    assert.equal(md5(Buffer.from(await picture.blob.arrayBuffer())), expected.md5, form);
    assert.deepEqual(reports.at(-1), { step: "download", loaded: picture.size, total: picture.size }, form);
    assert.ok(reports.every(({ loaded }, at) => loaded >= (reports[at - 1]?.loaded ?? 0)), form);
    const url = ["padpro", "tools"].includes(form) ? null : `${session.fileOrigin}/msgImg/${msgId}.jpg`;
    assert.equal(picture.url, url, form);
  }
});

test("the newer body of getMsgImg has no users, and always a type", async () => {
  const { MsgId: msgId, Content: content } = photo;
  const gateway = ofStandin(undefined, { newerBody: true });
  const { url } = await gateway.getMsgImg({ wId: "w", msgId, content });
  assert.equal((await gateway.download({ wId: "w", msgId, content, size: ["hd", "normal"] })).url, url);
  const bodies = (await standin.journal("getMsgImg")).map(({ json: { content, ...rest } }) => rest);
  assert.deepEqual(bodies.map(({ type }) => type), [0, 1, 0], "hd is refused, and normal is there");
  assert.deepEqual(Object.keys(bodies[0]), ["wId", "msgId", "type"]);
});

test("sizes: the next where one is refused, and the result says which it is", async () => {
  const { Content: content } = photo;
  const gewe = ofStandin("gewe");
  const normal = await gewe.download({ appId: "a", content, size: ["hd", "normal", "thumbnail"] });
  assert.deepEqual([normal.variant, normal.verified], ["normal", "md5"]);
  const thumbnail = await gewe.download({ appId: "a", content, size: ["hd", "thumbnail"] });
  assert.deepEqual([thumbnail.variant, thumbnail.verified], ["thumbnail", "length"]);
  assert.equal(thumbnail.size, parseMessage(content).thumbnail.length);
  await assert.rejects(gewe.download({ appId: "a", content, size: "hd" }), {
    code: "gateway-failed",
    ret: 500,
    message: /^downloadImage: code 500: "失败: type: 1, and there is no HD picture"/,
  });
  assert.deepEqual((await standin.journal("downloadImage")).map(({ json }) => json.type), [1, 2, 1, 3, 1]);
  // A broken section is asked for again by itself; the answer of another code is no such thing.
  await standin.reset();
  await standin.faults({ endpoint: "GetMsgBigImg", fault: "reset" }, { endpoint: "GetMsgBigImg", fault: "truncate" });
  const padpro = { msgId: photo.MsgId, fromUser: "a", toUser: "b", content };
  assert.equal((await ofStandin("padpro").download(padpro)).verified, "md5");
  await standin.faults({ endpoint: "GetMsgBigImg", fault: "ret:1205" });
  await assert.rejects(ofStandin("padpro").download({ ...padpro, size: ["hd", "normal"] }), { code: "rate-limited" });
});

test("sizes of WeChat Web", async () => {
  const wx = new WebWx(standin.info.session, { retry: { limit: 0 } });
  const expect = parseMessage(photo.Content);
  for (const [size, variant, requests] of [
    ["full", "normal", 1],
    ["normal", "normal", 1],
    ["thumbnail", "thumbnail", 1],
    [["hd", "normal"], "normal", 1],
    [["hd", "thumbnail"], "thumbnail", 2],
    [["hd", "thumbnail", "normal"], "thumbnail", 2],
  ]) {
    await standin.reset();
    const picture = await wx.download(photo.MsgId, { size, expect });
    assert.equal(picture.variant, variant, String(size));
    assert.equal((await standin.journal("webwxgetmsgimg")).length, requests, String(size));
  }
  assert.equal((await wx.download(photo.MsgId)).variant, null);
  assert.equal((await wx.download(photo.MsgId, { size: "thumbnail" })).variant, "thumbnail");
  await standin.faults({ endpoint: "webwxgetmsgimg", fault: "empty" });
  assert.equal((await wx.download(photo.MsgId, { size: ["normal", "thumbnail"], expect })).variant, "thumbnail");
  await assert.rejects(wx.download(photo.MsgId, { size: "hd", expect }), {
    code: "wrong-image",
    message: "webwxgetmsgimg: the normal picture came instead of the hd one",
  });
  for (const size of ["HD", "", [], ["hd", "large"], 1, {}, Array(9).fill("hd")]) {
    await assert.rejects(wx.download(photo.MsgId, { size }), { code: "invalid-input", message: /^size: expected/ });
    await assert.rejects(ofLoopback("gewe").download({ ...messages.gewe, size }), { code: "invalid-input", message: /^size: expected/ });
  }
});

test("each form's request, with the token where it belongs and nowhere else", async () => {
  loopback.answer = () => json({ code: 1, ret: 1, Code: 1 });
  const token = encodeURIComponent(TOKEN);
  for (const [form, url, header] of [
    ["getMsgImg", "/getMsgImg", "authorization"],
    ["gewe", "/gewe/v2/api/message/downloadImage", "x-gewe-token"],
    ["gewechat", "/v2/api/message/downloadImage", "x-gewe-token"],
    ["padpro", `/message/GetMsgBigImg?key=${token}`, undefined],
    ["tools", "/api/Tools/CdnDownloadImage", "x-access-token"],
  ]) {
    loopback.forget();
    await assert.rejects(ofLoopback(form).download(messages[form]), { code: "gateway-failed" });
    const [request] = loopback.requests;
    assert.deepEqual([request.method, request.url, request.headers["content-type"]], ["POST", url, "application/json"]);
    const holders = Object.keys(request.headers).filter((name) => request.headers[name] === TOKEN);
    assert.deepEqual(holders, header === undefined ? [] : [header]);
    assert.ok(!request.body.includes(TOKEN));
  }
});

test("bad answers of every form: the right code, and no token in any message", async () => {
  const repeats = `no ${TOKEN} here`;
  const failed = { code: "gateway-failed" };
  const malformed = { code: "malformed-response" };
  const common = [
    [{ body: "" }, malformed],
    [{ body: "<html>502" }, malformed],
    [{ body: "[]" }, malformed],
    [{ body: "{" }, malformed],
    [{ status: 500, body: TOKEN }, { code: "http-status", status: 500 }],
    [json({}), malformed],
    [null, { code: "network" }],
  ];
  const own = {
    getMsgImg: [
      [json({ code: "1001", message: repeats }), failed],
      [json({ code: 1000, data: null }), failed],
      [json({ code: 1000, data: { url: "images/1.png" } }), { ...failed, message: /relative, and fileBase is not set/ }],
    ],
    gewe: [
      [json({ ret: "500", msg: repeats, data: null }), { ...failed, ret: 500, message: "downloadImage: code 500" }],
      [json({ ret: 200, data: null }), { ...failed, message: "downloadImage: code 200, but no URL" }],
      [json({ ret: 200, data: { fileUrl: "" } }), failed],
      [json({ ret: 200, data: { fileUrl: 5 } }), failed],
      [json({ ret: 200, data: { fileUrl: "20250101/1.png" } }), { ...failed, message: /relative, and fileBase is not set/ }],
      [json({ ret: 200, data: { fileUrl: "//evil.example/1.png" } }), { ...failed, message: /not http or https/ }],
      [json({ ret: 200, data: { fileUrl: "ftp://evil.example/1.png" } }), failed],
    ],
    padpro: [
      [json({ Code: "-1", Text: repeats, Data: null }), { ...failed, message: "GetMsgBigImg, section 1: code -1" }],
      [json({ Code: 200, Data: null }), { ...failed, message: "GetMsgBigImg, section 1: code 200, but no picture" }],
      [json({ Code: 200, Data: { TotalLen: 5, StartPos: 0, Data: { buffer: null } } }), failed],
      [json(sectionOf(3, PNG.length)), { ...malformed, message: /section 1: it begins at byte 3, but the next/ }],
      [json({ Code: 200, Data: { StartPos: 0, Data: { buffer: "AAAA" } } }), { ...malformed, message: /how many bytes there are in all/ }],
      [json({ Code: 200, Data: { TotalLen: 5, StartPos: 0, Data: { iLen: 5, buffer: "AAAA" } } }), malformed],
      [json({ Code: 200, Data: { TotalLen: 5, StartPos: 0, Data: { buffer: "AAAA*" } } }), malformed],
      [json({ Code: 200, Data: { TotalLen: 2, StartPos: 0, Data: { buffer: "AAAA" } } }), { ...malformed, message: /goes on to byte 3/ }],
      [json({ Code: 200, Data: { TotalLen: 2 ** 40, StartPos: 0, Data: { buffer: "AAAA" } } }), { code: "wrong-image" }],
      [json({ Code: 200, Data: { TotalLen: 0, StartPos: 0, Data: { buffer: "AAAA" } } }), { code: "empty-image" }],
    ],
    tools: [
      [json({ Success: false, Code: -8, Message: repeats }), { ...failed, message: "CdnDownloadImage: code -8" }],
      [json({ Success: false, Code: "0", Data: { Image: "AAAA" } }), failed],
      [json({ Success: true, Code: 0, Data: { Image: null } }), failed],
      [json({ Success: true, Code: 0, Data: { Image: `${PNG.toString("base64")}A` } }), malformed],
      [json({ Success: true, Code: 0, Data: { Image: "<html>" } }), malformed],
      [json({ Success: true, Code: 0, Data: { Image: btoa("<html>") } }), { code: "not-an-image" }],
      [json({ Success: true, Code: 0, Data: { Image: PNG.subarray(0, 60).toString("base64") } }), { code: "wrong-image" }],
    ],
  };
  for (const [form, answers] of Object.entries(own)) {
    for (const [answer, expected] of [...common, ...answers]) {
      loopback.answer = () => answer;
      await assert.rejects(ofLoopback(form).download({ ...messages[form] }), (error) => {
        const said = `${error.message} ${error.cause?.message}`;
        assert.ok(!said.includes("TOKEN") && !said.includes(KEY), said);
        for (const [key, value] of Object.entries(expected)) {
          value instanceof RegExp ? assert.match(error[key], value) : assert.equal(error[key], value, `${form}: ${said}`);
        }
        return true;
      });
    }
  }
});

test("sections: a broken one is asked for again, and one that goes back ends it", async () => {
  const retrying = { retry: { limit: 2, delay: 1, maxDelay: 1 } };
  let turn = 0;
  const answers = [json(sectionOf(0, 30)), null, { body: "<html>" }, json(sectionOf(30, 50)), json(sectionOf(50, PNG.length))];
  loopback.answer = () => answers[turn++];
  const picture = await ofLoopback("padpro", retrying).download(messages.padpro);
  assert.deepEqual([picture.md5, picture.verified, picture.url], [md5(PNG), "md5", null]);
  const places = loopback.requests.map(({ body }) => JSON.parse(body).Section.StartPos);
  assert.deepEqual(places, [0, 30, 30, 30, 50]);

  loopback.answer = ({ body }) => json(sectionOf(JSON.parse(body).Section.StartPos === 0 ? 0 : 10, 30));
  await assert.rejects(ofLoopback("padpro").download(messages.padpro), {
    code: "malformed-response",
    message: "GetMsgBigImg, section 2: it begins at byte 10, but 30 bytes are here already",
  });
  // One byte at a time, for ever: the caller's bounds end it.
  loopback.answer = ({ body }) => {
    const { StartPos } = JSON.parse(body).Section;
    return json({ Code: 200, Data: { TotalLen: 2 ** 20, StartPos, Data: { buffer: "AA==" } } });
  };
  const controller = new AbortController();
  const onProgress = ({ loaded }) => loaded === 20 && controller.abort(new Error("enough"));
  await assert.rejects(ofLoopback("padpro").download(messages.padpro, { signal: controller.signal, onProgress }), { message: "enough" });
  await assert.rejects(ofLoopback("padpro").download(messages.padpro, { maxBytes: 1000 }), { code: "wrong-image" });
});

test("relative URLs are joined to fileBase, and private hosts stay refused", async () => {
  const served = (url) => {
    loopback.answer = ({ method }) => (method === "GET" ? { body: PNG } : json({ ret: 200, data: { fileUrl: url } }));
  };
  for (const [base, url, joined] of [
    ["/download", "20250101/1.png", "/download/20250101/1.png"],
    ["/download/", "/20250101/1.png", "/download/20250101/1.png"],
    ["", "a/b.png?x=http://c", "/a/b.png?x=http://c"],
  ]) {
    served(url);
    const gateway = ofLoopback("gewe", { fileBase: `${loopback.origin}${base}` });
    const picture = await gateway.download(messages.gewe);
    assert.equal(picture.url, `${loopback.origin}${joined}`);
    assert.equal(loopback.requests.at(-1).url, joined);
    assert.equal(loopback.requests.at(-1).headers["x-gewe-token"], undefined);
  }
  const fetch = async () => Response.json({ ret: 200, data: { fileUrl: "http://127.0.0.1:9/1.png" } });
  const far = new Gateway({ form: "gewe", authorization: TOKEN, origin: "https://gateway.example", retry: { limit: 0 }, fetch });
  await assert.rejects(far.download(messages.gewe), { code: "gateway-failed", message: /private host/ });
  for (const fileBase of ["download", "ftp://x/", "https://a b/", "https://x/?y", "https://x/\\y", "https://u:p@x/"]) {
    assert.throws(() => ofLoopback("gewe", { fileBase }), { code: "invalid-input", message: /^fileBase/ }, fileBase);
  }
});

/** A form of one's own: GET, a text that is the address. */
const mine = {
  name: "mine",
  prefix: "/pictures",
  request({ id }, { size, authorization }) {
    return { path: `${this.prefix}/${id}/${size}`, method: "GET", headers: { "X-Token": authorization } };
  },
  read(body) {
    return { url: body };
  },
};

test("a form of one's own", async () => {
  loopback.answer = ({ url }) => (url.startsWith("/pictures") ? { body: `${loopback.origin}/file` } : { body: PNG });
  const picture = await ofLoopback(mine).download({ id: 7, content: CONTENT, size: "normal" });
  assert.deepEqual([picture.url, picture.verified, picture.variant], [`${loopback.origin}/file`, "md5", "normal"]);
  const [asked, got] = loopback.requests;
  assert.deepEqual([asked.method, asked.url, asked.headers["x-token"], asked.body], ["GET", "/pictures/7/normal", TOKEN, ""]);
  assert.equal(got.headers["x-token"], undefined);

  // In sections, with a body of JSON; and all at once.
  const asks = [];
  const sections = {
    name: "sections",
    request: (_, { start, total, size }) => {
      asks.push({ start, total, size });
      return { path: "/", body: { start } };
    },
    read: (body, { start }) => ({ base64: body, start, total: PNG.length }),
  };
  loopback.answer = ({ body, headers }) => {
    assert.equal(headers["content-type"], "application/json");
    const { start } = JSON.parse(body);
    return { body: PNG.subarray(start, start + 40).toString("base64") };
  };
  assert.equal((await ofLoopback(sections).download({ content: CONTENT })).md5, md5(PNG));
  assert.deepEqual(asks[0], { start: 0, total: null, size: null });
  assert.deepEqual(asks.slice(1).map(({ start, total }) => [start, total]), [[40, PNG.length], [80, PNG.length]].slice(0, asks.length - 1));
  const whole = { name: "whole", request: () => ({ path: "/", body: "text" }), read: (body) => ({ base64: body, length: PNG.length }) };
  loopback.answer = ({ body }) => ({ body: body === "text" ? `data:image/png;base64,${PNG.toString("base64")}` : "" });
  assert.equal((await ofLoopback(whole).download({ content: CONTENT })).md5, md5(PNG));
});

test("a form of one's own that throws or gives nonsense is invalid-input, by its name", async () => {
  loopback.answer = () => ({ body: "{}" });
  const thrown = new Error("of the form");
  const fails = (form, message, more) =>
    assert.rejects(ofLoopback({ ...mine, ...form }).download({ id: 1, content: CONTENT, size: ["hd", "normal"] }), (error) => {
      assert.deepEqual([error.code, error.message], [more?.code ?? "invalid-input", message]);
      assert.equal(error.cause, more?.cause);
      return true;
    });
  const request = (request, what, more) => fails({ request }, `form "mine": request ${what}`, more);
  const read = (read, what, more) => fails({ read }, `form "mine": read ${what}`, more);
  const threw = () => {
    throw thrown;
  };
  await request(threw, "threw", { cause: thrown });
  for (const nonsense of [undefined, null, 5, "text", Promise.resolve({ path: "/" })]) {
    await request(() => nonsense, "gave no object");
  }
  for (const path of [undefined, "", "relative", "https://evil.example/", 5]) {
    await request(() => ({ path }), "gave no path that begins with /");
  }
  await request(() => ({ path: "/", method: "DELETE" }), "gave a method that is neither GET nor POST");
  await request(() => ({ path: "/", method: "GET", body: "x" }), "gave a GET a body");
  await request(() => ({ path: "/", body: () => {} }), "gave a body that is neither a string nor JSON");
  await request(() => ({ path: "/", body: 5n }), "gave a body that is neither a string nor JSON");
  await request(() => ({ path: "/", headers: { a: 5 } }), "gave a header that is no string");
  assert.deepEqual(loopback.requests, []);
  await read(threw, "threw", { cause: thrown });
  for (const nonsense of [undefined, null, 5, "text", Promise.resolve({ url: "x" })]) {
    await read(() => nonsense, "gave no object");
  }
  for (const nonsense of [{}, { url: 5 }, { base64: 5 }, []]) {
    await read(() => nonsense, "gave neither url nor base64 nor failed");
  }
  await read(() => ({ base64: "AAAA", start: -1 }), "gave a number that is no whole one");
  await read(() => ({ base64: "AAAA", total: "5" }), "gave a number that is no whole one");
  await read(() => ({ failed: 5 }), "gave a `failed` that is no string");
  // What it says well is held to the same as every form.
  await fails({ read: () => ({ failed: `not ${TOKEN}`, code: 7 }) }, "gateway: code 7", { code: "gateway-failed" });
  await fails({ read: () => ({ failed: "slow down", code: 1205 }) }, 'gateway: code 1205 (too many requests): "slow down"', { code: "rate-limited" });
  await fails({ read: () => ({ url: "file:///etc/passwd" }) }, "gateway: an answer, but its URL is not http or https", { code: "gateway-failed" });
  await fails({ read: () => ({ base64: "A" }) }, "gateway: invalid or truncated base64", { code: "malformed-response" });
  // A status is not the form's business.
  loopback.answer = () => ({ status: 404, body: "" });
  await fails({ read: threw }, "gateway: HTTP status 404", { code: "http-status" });
});

test("what is no form, and what a form lacks", async () => {
  for (const form of ["GeWe", "", 5, {}, { name: "x", request() {} }, { name: "", request() {}, read() {} }, { request() {}, read() {} }]) {
    assert.throws(() => ofLoopback(form), { code: "invalid-input", message: /^form: expected/ });
  }
  for (const form of ["gewe", "padpro", "tools", mine]) {
    assert.throws(() => new Gateway({ form, authorization: "t" }), { code: "invalid-input", message: "origin is missing" });
    await assert.rejects(ofLoopback(form).getMsgImg(messages.getMsgImg), { code: "invalid-input", message: /download\(\) is for all/ });
  }
  for (const [form, field] of [["gewe", "appId"], ["tools", "wxid"], ["padpro", "fromUser"], ["padpro", "content"], ["gewe", "content"]]) {
    await assert.rejects(ofLoopback(form).download({ ...messages[form], [field]: undefined }), { code: "invalid-input", message: `${field} is missing` });
  }
  await assert.rejects(ofLoopback("padpro").download({ ...messages.padpro, size: "thumbnail" }), { code: "invalid-input" });
  await assert.rejects(ofLoopback().download({ ...messages.getMsgImg, type: 1, size: "hd" }), { code: "invalid-input", message: /^type and size/ });
  await assert.rejects(ofLoopback("tools").download({ wxid: "w", content: "<msg><img length='5'/></msg>" }), { code: "invalid-input", message: /no CDN file/ });
  assert.deepEqual(loopback.requests, []);
});

test("a form of one's own may use the package while it is asked", async () => {
  loopback.answer = ({ method }) => (method === "GET" ? { body: PNG } : { body: CONTENT });
  const busy = {
    name: "busy",
    request(message) {
      parseMessage(message.content);
      new WebWx({ uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "t" }).free();
      return { path: "/" };
    },
    read(body) {
      assert.equal(parseMessage(body).kind, "image");
      return { url: `${loopback.origin}/1.png` };
    },
  };
  assert.equal((await ofLoopback(busy).download({ content: CONTENT })).md5, md5(PNG));
});

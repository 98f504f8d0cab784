/** WeChat Web as a user has it: a real browser, a page at its real name, and the built package in that page. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";

import { launch, projectPath, startStandin, visit } from "./harness.mjs";

const CHUNK = 524_288;
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const sample = await readFile(projectPath("www/pictures/sample.jpg"));

let standin;
let browser;

before(async () => {
  standin = await startStandin("--tls");
  const { origin: page, fileOrigin: file } = standin.info;
  browser = await launch({
    hosts: {
      "wx.qq.com": page,
      "file.wx.qq.com": file,
      "web2.wechat.com": page,
      "file.web2.wechat.com": file,
      "support.weixin.qq.com": page,
    },
  });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

/** Opens the logged-in page at that origin, and does what the test is about. */
const visiting = (origin, tour, expected) =>
  visit(
    browser,
    async (page) => {
      await page.goto(`${origin}/`);
      await tour(page);
    },
    expected,
  );

/** What happens in the page: a picture is pasted, sent from its blob: URL to the open chat, and fetched again. */
async function pasteSendReceive(isHeard) {
  const library = await import(`${location.origin}/dist/index.js`);
  await library.default();
  const session = library.sessionFromPage();
  const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();

  // WeChat's page shows what is pasted by a blob: URL.
  const pasted = new Promise((resolve) => {
    document.addEventListener("paste", (event) => resolve(URL.createObjectURL(event.clipboardData.files[0])), {
      once: true,
    });
  });
  const picture = await (await fetch("/www/pictures/sample.jpg")).blob();
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([picture], "pasted.jpg", { type: "image/jpeg" }));
  const paste = new ClipboardEvent("paste", { bubbles: true });
  // Not by the constructor: Firefox empties what is given there.
  Object.defineProperty(paste, "clipboardData", { value: clipboardData });
  document.body.dispatchEvent(paste);
  const url = await pasted;

  const steps = [];
  const wx = new library.WebWx(session, { reportForWeb: true });
  const onProgress = ({ step }) => steps.at(-1) !== step && steps.push(step);
  const receipt = await wx.sendImage(url, isHeard ? { to, onProgress } : { to });
  const full = await wx.download(receipt.msgId);
  const thumbnail = await wx.download(receipt.msgId, { size: "thumbnail" });
  const facts = async ({ blob, ...rest }) => ({ ...rest, md5OfBlob: await library.md5(blob), blobType: blob.type });
  return {
    url,
    session,
    to,
    steps,
    receipt,
    origins: [wx.origin, wx.fileOrigin],
    full: await facts(full),
    thumbnail: await facts(thumbnail),
  };
}

/** Everything in the stand-in's journal that such a round must have left there, and nothing else. */
async function assertRound(origin, fileOrigin, isHeard, { session, to, receipt }) {
  const [pageHost, fileHost] = [origin, fileOrigin].map((text) => new URL(text).host);
  const journal = await standin.journal();
  const reports = journal.filter(({ path }) => path.endsWith("/reportforweb"));
  const preflights = journal.filter(({ method }) => method === "OPTIONS");
  const [first, second, third, send, full, thumbnail, ...more] = journal.filter(
    (entry) => !reports.includes(entry) && !preflights.includes(entry),
  );
  const uploads = [first, second, third];
  assert.deepEqual(more, []);
  // Who wants to hear of bytes that leave pays for it with a question.
  assert.equal(preflights.length > 0, isHeard);
  assert.ok(preflights.every(({ host, path }) => host === fileHost && path === first.path));

  const cookies = `last_wxuin=1000000007; wxuin=${session.uin}; wxsid=${session.sid}; webwx_data_ticket=${session.dataTicket}`;
  const request = uploads[0].form.find(({ name }) => name === "uploadmediarequest").value;
  const { ClientMediaId, BaseRequest } = JSON.parse(request);
  assert.match(String(ClientMediaId), /^\d{13}$/);
  assert.match(BaseRequest.DeviceID, /^e\d{15}$/);
  assert.equal(
    request,
    JSON.stringify({
      UploadType: 2,
      BaseRequest: { Uin: Number(session.uin), Sid: session.sid, Skey: session.skey, DeviceID: BaseRequest.DeviceID },
      ClientMediaId,
      TotalLen: sample.length,
      StartPos: 0,
      DataLen: sample.length,
      MediaType: 4,
      FromUserName: session.userName,
      ToUserName: to,
      FileMd5: md5(sample),
    }),
  );
  const [id, , , date] = uploads[0].form;
  assert.match(id.value, /^WU_FILE_\d+$/);
  assert.match(date.value, /^\w{3} \w{3} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4} \(.+\)$/);
  for (const [chunk, { method, host, path, query, headers, form, status }] of uploads.entries()) {
    assert.deepEqual([method, host, path, status], ["POST", fileHost, "/cgi-bin/mmwebwx-bin/webwxuploadmedia", 200]);
    assert.deepEqual(query, { f: "json" });
    assert.deepEqual([headers.origin, headers.cookie], [origin, cookies]);
    assert.match(headers["content-type"], /^multipart\/form-data; boundary=----\w+$/);
    const bytes = sample.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
    assert.deepEqual(form, [
      id,
      { name: "name", value: "image.jpg" },
      { name: "type", value: "image/jpeg" },
      date,
      { name: "size", value: String(sample.length) },
      { name: "chunks", value: "3" },
      { name: "chunk", value: String(chunk) },
      { name: "mediatype", value: "pic" },
      { name: "uploadmediarequest", value: request },
      { name: "webwx_data_ticket", value: session.dataTicket },
      { name: "pass_ticket", value: session.passTicket },
      { name: "filename", filename: "image.jpg", type: "application/octet-stream", size: bytes.length, md5: md5(bytes) },
    ]);
  }

  const { MediaId } = uploads.at(-1).response;
  const { ClientMsgId } = send.json.Msg;
  assert.match(ClientMsgId, /^\d{17}$/);
  assert.deepEqual([send.method, send.host, send.path], ["POST", pageHost, "/cgi-bin/mmwebwx-bin/webwxsendmsgimg"]);
  // The page's ticket is encoded, and encoded again as every value of a query.
  assert.deepEqual(send.query, { fun: "async", f: "json", pass_ticket: encodeURIComponent(session.passTicket) });
  assert.deepEqual([send.headers.origin, send.headers.cookie], [origin, cookies]);
  // Each request has a DeviceID of its own.
  const { DeviceID } = send.json.BaseRequest;
  assert.match(DeviceID, /^e\d{15}$/);
  assert.equal(
    JSON.stringify(send.json),
    JSON.stringify({
      BaseRequest: { ...BaseRequest, DeviceID },
      Msg: {
        Type: 3,
        MediaId,
        Content: "",
        FromUserName: session.userName,
        ToUserName: to,
        LocalID: ClientMsgId,
        ClientMsgId,
      },
      Scene: 0,
    }),
  );
  assert.deepEqual([receipt.msgId, receipt.localId], [send.response.MsgID, ClientMsgId]);

  for (const [{ method, host, path, query, headers }, size] of [
    [full, {}],
    [thumbnail, { type: "slave" }],
  ]) {
    assert.deepEqual([method, host, path], ["GET", pageHost, "/cgi-bin/mmwebwx-bin/webwxgetmsgimg"]);
    assert.deepEqual(query, { MsgID: receipt.msgId, skey: session.skey, ...size });
    assert.equal(headers.cookie, cookies);
  }

  const counters = reports.map(({ host, query, headers }) => [host, query.rid, query.rkey, headers.cookie]);
  assert.deepEqual(
    counters.sort((a, b) => a[2] - b[2]),
    [
      ["support.weixin.qq.com", "69373", "9", undefined],
      ["support.weixin.qq.com", "63637", "70", undefined],
      ["support.weixin.qq.com", "63637", "74", undefined],
    ],
  );
}

for (const [origin, fileOrigin, isHeard] of [
  ["https://wx.qq.com", "https://file.wx.qq.com", false],
  ["https://web2.wechat.com", "https://file.web2.wechat.com", true],
]) {
  test(`a picture pasted at ${origin} goes out ${isHeard ? "with" : "without"} progress, and comes back the same`, async () => {
    await visiting(origin, async (page) => {
      const round = await page.evaluate(pasteSendReceive, isHeard);
      const { fileOrigin: _, ...session } = standin.info.session;
      // The page has its ticket as the login gave it, and its address names no language.
      const passTicket = encodeURIComponent(session.passTicket);
      assert.deepEqual(round.session, { ...session, uin: String(session.uin), passTicket, origin, lang: "" });
      assert.equal(round.to, standin.info.peer);
      assert.deepEqual(round.origins, [origin, fileOrigin]);
      assert.ok(round.url.startsWith(`blob:${origin}/`));
      assert.deepEqual(round.steps, isHeard ? ["read", "hash", "upload", "send"] : []);
      await assertRound(origin, fileOrigin, isHeard, { ...round, session });

      const { full, thumbnail } = round;
      assert.deepEqual([full.type, full.blobType, full.width, full.height], ["image/jpeg", "image/jpeg", 2400, 1600]);
      assert.deepEqual([full.size, full.md5, full.md5OfBlob], [sample.length, md5(sample), md5(sample)]);
      assert.deepEqual([thumbnail.type, thumbnail.width, thumbnail.height], ["image/jpeg", 120, 80]);
      assert.equal(thumbnail.md5, thumbnail.md5OfBlob);
      const sent = (await standin.control("GET", "messages")).at(-1);
      assert.deepEqual([sent.MsgId, sent.ToUserName], [round.receipt.msgId, standin.info.peer]);
    });
  });
}

test("a blob: URL is read by windows, and never whole", async () => {
  await visiting("https://wx.qq.com", async (page) => {
    const { size, read, largest } = await page.evaluate(async () => {
      const library = await import(`${location.origin}/dist/index.js`);
      await library.default();
      const url = URL.createObjectURL(new Blob(Array(32).fill(new Uint8Array(1024 * 1024))));
      const seen = { size: 32 * 1024 * 1024, read: 0, largest: 0 };
      const saw = (bytes) => {
        seen.read += bytes;
        seen.largest = Math.max(seen.largest, bytes);
      };
      const { arrayBuffer } = Blob.prototype;
      Blob.prototype.arrayBuffer = function () {
        saw(this.size);
        return arrayBuffer.call(this);
      };
      for (const Reader of [ReadableStreamDefaultReader, globalThis.ReadableStreamBYOBReader]) {
        const read = Reader?.prototype.read;
        if (read) {
          Reader.prototype.read = async function (...buffer) {
            const piece = await read.apply(this, buffer);
            saw(piece.value?.length ?? 0);
            return piece;
          };
        }
      }
      await library.md5(url);
      return seen;
    });
    assert.equal(read, size, "once");
    assert.ok(largest <= 8 * 1024 * 1024, `${largest} bytes at a time`);
  });
});

/** What runs in the worker: it has no page to read a session from, so that is handed in. */
async function inWorker({ data: { session, to, picture } }) {
  const library = await import("https://wx.qq.com/dist/index.js");
  await library.default();
  let fromPage;
  try {
    library.sessionFromPage();
  } catch (error) {
    fromPage = error.code;
  }
  const wx = new library.WebWx(session);
  const { msgId } = await wx.sendImage(picture, { to });
  const { md5: back } = await wx.download(msgId);
  self.postMessage({ fromPage, back });
}

test("a worker sends with a session that was handed to it", async () => {
  await visiting("https://wx.qq.com", async (page) => {
    const answer = await page.evaluate(
      async (source, to) => {
        const library = await import(`${location.origin}/dist/index.js`);
        await library.default();
        const session = library.sessionFromPage();
        const picture = await (await fetch("/www/pictures/small.png")).blob();
        const script = URL.createObjectURL(new Blob([`onmessage = ${source}`], { type: "text/javascript" }));
        const worker = new Worker(script, { type: "module" });
        return new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage({ session, to, picture });
        });
      },
      String(inWorker),
      standin.info.peer,
    );
    const back = md5(await readFile(projectPath("www/pictures/small.png")));
    assert.deepEqual(answer, { fromPage: "session-lost", back });
    const [upload] = await standin.journal("webwxuploadmedia");
    assert.deepEqual([upload.host, upload.headers.origin], ["file.wx.qq.com", "https://wx.qq.com"]);
    assert.match(upload.headers.cookie, /webwx_data_ticket=/);
  });
});

test("an answer that the browser hides from the page is a network error that says so", async () => {
  const hidden = async (page) => {
    const { code, message } = await page.evaluate(async () => {
      const library = await import(`${location.origin}/dist/index.js`);
      await library.default();
      const session = { ...library.sessionFromPage(), fileOrigin: "https://file.web2.wechat.com" };
      const wx = new library.WebWx(session, { retry: { limit: 0 } });
      const picture = await (await fetch("/www/pictures/small.png")).blob();
      return wx.upload(picture, { to: "@1" }).then(
        () => ({}),
        (error) => ({ code: error.code, message: error.message }),
      );
    });
    assert.equal(code, "network");
    assert.equal(message, "webwxuploadmedia: no response: the connection failed, or CORS blocked it");
  };
  await visiting("https://wx.qq.com", hidden, ["CORS", "Cross-Origin", "net::ERR_FAILED"]);
});

/** Bad input: each a WebwxError with the right code and a sentence that says what to do, and nothing is sent. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Gateway, WebWx, buildUploadMediaRequest, parseMessage } from "webwx-image";

import { md5, padded, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to, gatewayOrigin: origin, gatewayAuthorization: authorization } = standin.info;
const wx = new WebWx(session);

after(() => standin.stop());
beforeEach(() => standin.reset());

const nothingWasSent = async () => assert.deepEqual(await standin.journal(), []);
const invalid = (message) => ({ name: "WebwxError", code: "invalid-input", retryable: false, message });

/** Each row: what is called, and what it says. Nothing may have been sent by the end. */
async function refuses(rows) {
  for (const [job, message] of rows) {
    await assert.rejects(async () => job(), invalid(message), `${job}`);
  }
  await pause(20);
  await nothingWasSent();
}

test("an empty file, and what is not an image, cannot be sent", async () => {
  const rows = [
    [new Uint8Array(), "empty-image", "upload: the file has 0 bytes; choose another file"],
    [new File([], "a.png"), "empty-image", "upload: the file has 0 bytes; choose another file"],
    [
      Buffer.from("Dear Sir or Madam, here is the picture"),
      "not-an-image",
      "upload: expected JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF or HEIC, got something else",
    ],
    [
      new Blob(["<html><title>Log in</title>"], { type: "image/png" }),
      "not-an-image",
      'upload: expected an image, got an HTML page: "Log in"',
    ],
  ];
  for (const [source, code, message] of rows) {
    for (const call of ["upload", "sendImage"]) {
      await assert.rejects(wx[call](source, { to }), { name: "WebwxError", code, message });
    }
  }
  await nothingWasSent();
});

test("a file beyond the service's numbers is refused by its size alone", async () => {
  const blob = new Blob([small]);
  Object.defineProperty(blob, "size", { value: 2 ** 31 });
  blob.slice = () => assert.fail("it was read");
  await refuses([
    [
      () => wx.upload(blob, { to }),
      "the file has 2147483648 bytes; the service accepts at most 2147483647",
    ],
  ]);
});

test("a receiver must have a name of the wire", async () => {
  const wanted = '`to`: expected the receiver\'s "@…" name, as in the chat list, or "filehelper"';
  const names = ["", " ", "@", "Alice", "@ab cd", "@ab\ncd", "@爱丽丝", "filehelper2"];
  await refuses(names.map((name) => [() => wx.sendImage(small, { to: name }), wanted]));
  await refuses([
    [() => wx.sendImage(small, {}), "to is missing"],
    [() => wx.sendImage(small), "to is missing"],
    [() => wx.sendImage(small, { to: null }), "to is missing"],
    [() => wx.sendImage(small, { to: 7 }), "to: expected a string"],
    [
      () =>
        wx.send(
          {
            mediaId: "@crypt_1",
            md5: md5(small),
            size: 1,
            type: "image/png",
            thumbnail: { width: 1, height: 1 },
            instant: false,
          },
          { to: "Bob" },
        ),
      wanted,
    ],
  ]);
});

test("a session must be whole and well-formed", async () => {
  const missing = (field) => `session.${field} is missing; read it with sessionFromPage()`;
  for (const field of ["uin", "sid", "skey", "userName", "dataTicket"]) {
    for (const value of [undefined, "", "  "]) {
      assert.throws(() => new WebWx({ ...session, [field]: value }), invalid(missing(field)), field);
    }
  }
  const character = (field) => `session.${field} contains an invalid character`;
  const rows = [
    [{ uin: "abc" }, "session.uin: expected a positive integer"],
    [{ uin: 0 }, "session.uin: expected a positive integer"],
    [{ uin: -1 }, "session.uin: expected a positive integer"],
    [{ userName: "me" }, 'session.userName: expected the user\'s own "@…" name'],
    [{ sid: "a;b" }, character("sid")],
    [{ sid: "a\r\nSet-Cookie: b" }, character("sid")],
    [{ dataTicket: "a\0b" }, character("dataTicket")],
    [{ deviceId: "426626750347587" }, 'session.deviceId: expected "e" and 15 digits'],
    [{ origin: "wx.qq.com" }, "session.origin: expected an http or https origin like https://wx.qq.com, without a path"],
    [
      { origin: "https://wx.qq.com/cgi-bin" },
      "session.origin: expected an http or https origin like https://wx.qq.com, without a path",
    ],
    [
      { fileOrigin: "javascript:alert(1)" },
      "session.fileOrigin: expected an http or https origin like https://wx.qq.com, without a path",
    ],
    [
      { origin: "https://evil.example" },
      "session.origin: https://evil.example is not a WeChat host; add it to allowedOrigins if it may receive the session",
    ],
    [
      { fileOrigin: "https://file.wx.qq.com.evil.example" },
      "session.fileOrigin: https://file.wx.qq.com.evil.example is not a WeChat host; add it to allowedOrigins if it may receive the session",
    ],
    [
      { origin: "http://wx.qq.com" },
      "session.origin: http://wx.qq.com must be https: session values are sent over HTTPS only",
    ],
  ];
  for (const [part, message] of rows) {
    assert.throws(() => new WebWx({ ...session, ...part }), invalid(message), JSON.stringify(part));
  }
  const shape = "session: expected an object of strings (uin may be a number), as sessionFromPage() returns it";
  for (const value of [undefined, null, 7, "session", { ...session, sid: 7 }, { ...session, skey: {} }]) {
    assert.throws(() => new WebWx(value), invalid(shape));
  }
  await nothingWasSent();
});

test("an origin that the caller allows is taken, and the host table gives the file host", () => {
  const { fileOrigin, ...rest } = session;
  const own = new WebWx({ ...rest, origin: "https://proxy.example" }, { allowedOrigins: ["https://proxy.example"] });
  assert.deepEqual([own.origin, own.fileOrigin], ["https://proxy.example", "https://proxy.example"]);
  for (const [page, file] of [
    [undefined, "https://file.wx.qq.com"],
    ["https://wx2.qq.com", "https://file.wx2.qq.com"],
    ["https://wx8.qq.com/", "https://file.wx8.qq.com"],
    ["https://web.wechat.com", "https://file.web.wechat.com"],
    ["https://web2.wechat.com", "https://file.web2.wechat.com"],
  ]) {
    assert.equal(new WebWx({ ...rest, origin: page }).fileOrigin, file);
  }
});

test("options are numbers and functions within their bounds", () => {
  const whole = (name, from, to) => `${name}: expected an integer from ${from} to ${to}`;
  const retry = "retry: expected integers from 0 for limit, delay and maxDelay";
  const rows = [
    ...[0, -1, 1.5, 524_289, Infinity, NaN, "524288"].map((size) => [
      { chunkSize: size },
      whole("chunkSize", 1, 524_288),
    ]),
    ...[0, 65, 1.5].map((concurrency) => [{ concurrency }, whole("concurrency", 1, 64)]),
    ...[0, 3, "1"].map((uploadType) => [{ uploadType }, "uploadType: expected 1 or 2"]),
    ...[0, -5, 2 ** 31].map((timeout) => [{ timeout }, "timeout: expected an integer from 1 to 2147483647"]),
    ...[{ limit: -1 }, { limit: 1.5 }, { delay: "1" }, 7].map((value) => [{ retry: value }, retry]),
    [{ fetch: "fetch" }, "fetch: expected a function"],
    [{ now: 7 }, "now: expected a function"],
    [{ random: 0.5 }, "random: expected a function"],
    [{ allowedOrigins: "https://x.example" }, "allowedOrigins: expected a list of origins"],
    [{ allowedOrigins: ["x.example"] }, /^allowedOrigins: expected an http or https origin/],
  ];
  for (const [options, message] of rows) {
    assert.throws(() => new WebWx(session, options), invalid(message), JSON.stringify(options));
  }
});

test("a job's options are what they should be", async () => {
  const checkpoint = "resume: expected a checkpoint of an upload";
  await refuses([
    [() => wx.upload(small, { to, onProgress: "yes" }), "onProgress: expected a function"],
    [() => wx.upload(small, { to, onCheckpoint: {} }), "onCheckpoint: expected a function"],
    [() => wx.upload(small, { to, signal: {} }), "signal: expected an AbortSignal"],
    [() => wx.upload(small, { to, signal: 7 }), "signal: expected an AbortSignal"],
    [() => wx.upload(small, { to, name: 7 }), "name: expected a string"],
    [() => wx.upload(small, { to, name: " " }), "the file needs a name: pass `name`"],
    [() => wx.upload(small, { to, resume: {} }), checkpoint],
    [() => wx.upload(small, { to, resume: "chunk 2" }), checkpoint],
    [() => wx.send({}, { to }), "media: expected the result of upload()"],
    [() => wx.send(undefined, { to }), "media: expected the result of upload()"],
  ]);
});

test("a checkpoint of another file, receiver or chunk size is no good", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "ret:-2" });
  const { checkpoint } = await wx.upload(sample, { to }).catch((error) => error);
  await standin.reset();
  const mismatch = (what) => ({
    name: "WebwxError",
    code: "resume-mismatch",
    retryable: false,
    message: `resume: the checkpoint belongs to another ${what}; upload without it`,
  });
  const group = `@@${to.slice(1)}`;
  await assert.rejects(wx.upload(small, { to, resume: checkpoint }), mismatch("file"));
  await assert.rejects(wx.upload(padded(sample, sample.length + 1), { to, resume: checkpoint }), mismatch("file"));
  await assert.rejects(wx.upload(sample, { to: group, resume: checkpoint }), mismatch("receiver"));
  const finer = new WebWx(session, { chunkSize: 1000 });
  await assert.rejects(finer.upload(sample, { to, resume: checkpoint }), mismatch("chunk size"));
  const another = new WebWx({ ...session, uin: 99 });
  await assert.rejects(another.upload(sample, { to, resume: checkpoint }), mismatch("account or host"));
  const elsewhere = new WebWx({ ...session, fileOrigin: "https://file.wx.qq.com" });
  await assert.rejects(elsewhere.upload(sample, { to, resume: checkpoint }), mismatch("account or host"));
  const resume = "resume: expected a checkpoint of an upload";
  await refuses([
    [() => wx.upload(sample, { to, resume: { ...checkpoint, version: 2 } }), "resume: expected version 1"],
    [() => wx.upload(sample, { to, resume: { ...checkpoint, nextChunk: 9 } }), resume],
    [() => wx.upload(sample, { to, resume: { ...checkpoint, deviceId: "x" } }), resume],
    [
      () => wx.upload(sample, { to, resume: { ...checkpoint, clientMediaId: 1 } }),
      resume,
    ],
    [() => wx.upload(sample, { to, resume: { ...checkpoint, chunkSize: 0 } }), resume],
    [() => wx.upload(sample, { to, resume: { ...checkpoint, md5: "x" } }), resume],
    [() => wx.upload(sample, { to, resume: { ...checkpoint, to: "Bob" } }), resume],
  ]);
});

test("bad input sends nothing, not even the counters", async () => {
  const reporting = new WebWx(session, { reportForWeb: true });
  await assert.rejects(reporting.upload(small, { to, name: " " }), invalid("the file needs a name: pass `name`"));
  await pause(50);
  await nothingWasSent();
});

test("a download's bounds are whole numbers", async () => {
  const request = { wId: "1", msgId: "2", fromUser: "a", toUser: "b", content: '<msg><img length="3" /></msg>' };
  const gateway = new Gateway({ authorization, origin });
  for (const call of [(bounds) => wx.download("1", bounds), (bounds) => gateway.download(request, bounds)]) {
    await refuses([
      ...[-1, 1.5, "1", {}].map((maxBytes) => [() => call({ maxBytes }), "maxBytes: expected an integer"]),
      ...[0, 1.5, 2 ** 31].map((totalTimeout) => [
        () => call({ totalTimeout }),
        "totalTimeout: expected an integer from 1 to 2147483647",
      ]),
    ]);
  }
});

test("a msgId has no more than 20 digits, in whatever form", async () => {
  const text = "msgId: expected a string of 1 to 20 digits";
  await refuses([
    ["1".repeat(21), text],
    ["1".repeat(2 ** 21), "msgId: expected at most 1048576 characters"],
  ].map(([msgId, message]) => [() => wx.download(msgId), message]));
  const request = { wId: "1", fromUser: "a", toUser: "b", content: '<msg><img length="3" /></msg>' };
  const gateway = new Gateway({ authorization, origin });
  const id = "msgId: expected a string of digits, a bigint, or an integer up to 2^53";
  await refuses([
    ["1".repeat(21), "msgId: expected 1 to 20 digits"],
    ["1".repeat(2 ** 21), "msgId: expected at most 1048576 characters"],
    [1n << 1_000_000n, id],
  ].map(([msgId, message]) => [() => gateway.download({ ...request, msgId }), message]));
});

test("a msgId is digits, as a text", async () => {
  const text = "msgId: expected a string of 1 to 20 digits";
  const number = `${text}; a number would lose some of them`;
  await refuses([
    ...["", "12a", "1.5", "-1", "1e9", "٣", "1".repeat(21), "1&type=slave"].map((id) => [() => wx.download(id), text]),
    ...[7, 7n, undefined, null, {}].map((id) => [() => wx.download(id), number]),
    [() => wx.download("1", { size: "huge" }), 'size: expected "full", "hd", "normal", "thumbnail" or "big", or a list of them'],
    [() => wx.download("1", { expect: 7 }), "expect: expected a message of parseMessage()"],
  ]);
});

test("a gateway's options and request are checked before it is asked", async () => {
  const token = "authorization: expected the gateway's token";
  assert.throws(() => new Gateway({ origin }), invalid("authorization is missing"));
  assert.throws(() => new Gateway(), invalid("authorization is missing"));
  assert.throws(() => new Gateway({ authorization: " " }), invalid(token));
  assert.throws(() => new Gateway({ authorization: "a\r\nb: c" }), invalid(token));
  assert.throws(
    () => new Gateway({ authorization, origin: "localhost:18081" }),
    invalid("origin: expected an http or https origin like https://wx.qq.com, without a path"),
  );

  const gateway = new Gateway({ authorization, origin });
  const good = { wId: "1", msgId: "2", fromUser: "a", toUser: "b", content: '<msg><img length="3" /></msg>' };
  const id = "msgId: expected a string of digits, a bigint, or an integer up to 2^53";
  const noImage = "content: expected an <img>";
  const rows = [
    ...["wId", "fromUser", "toUser", "content"].map((name) => [{ [name]: undefined }, `${name} is missing`]),
    ...["wId", "fromUser", "toUser"].map((name) => [{ [name]: " " }, `${name} is missing`]),
    ...["wId", "content"].map((name) => [{ [name]: 7 }, `${name}: expected a string`]),
    ...[undefined, null, 1.5, -1, 2 ** 53, -1n, 2n ** 64n, {}].map((msgId) => [{ msgId }, id]),
    ...["", "12a", "1".repeat(21)].map((msgId) => [{ msgId }, "msgId: expected 1 to 20 digits"]),
    ...["hello", "<msg><emoji /></msg>", `@${"0f".repeat(64)}`, "<html>504</html>"].map((content) => [
      { content },
      noImage,
    ]),
    ...[2, -1, 0.5, "1"].map((type) => [{ type }, "type: expected an integer from 0 to 1"]),
    [
      { content: "x".repeat(1024 * 1024 + 1) },
      "content: expected at most 1048576 characters",
    ],
  ];
  await refuses(
    rows.flatMap(([part, message]) =>
      ["getMsgImg", "download"].map((call) => [() => gateway[call]({ ...good, ...part }), message]),
    ),
  );
});

test("parseMessage refuses only what is larger than any message", () => {
  assert.throws(
    () => parseMessage("x".repeat(1024 * 1024 + 1)),
    invalid("parseMessage: expected at most 1048576 characters, got 1048577"),
  );
  assert.throws(
    () => parseMessage("图".repeat(400_000)),
    invalid(/^content: expected at most 1 MiB, got 1200000 bytes/),
  );
  for (const content of [undefined, null, 7, {}]) {
    assert.throws(() => parseMessage(content), {
      code: "invalid-input",
      message: /^parseMessage: expected a string, got /,
    });
  }
});

test("buildUploadMediaRequest has the wire's keys in the wire's order, and refuses what the wire would", () => {
  const init = {
    session: { ...session, deviceId: "e426626750347587" },
    to,
    clientMediaId: 1511509303507,
    totalLen: 39766,
    fileMd5: "daf2d55da001844735acd560b28d8a1a",
  };
  const { uin: Uin, sid: Sid, skey: Skey } = session;
  const expected = {
    UploadType: 2,
    BaseRequest: { Uin, Sid, Skey, DeviceID: "e426626750347587" },
    ClientMediaId: 1511509303507,
    TotalLen: 39766,
    StartPos: 0,
    DataLen: 39766,
    MediaType: 4,
    FromUserName: session.userName,
    ToUserName: to,
    FileMd5: "daf2d55da001844735acd560b28d8a1a",
  };
  assert.equal(buildUploadMediaRequest(init), JSON.stringify(expected));
  assert.equal(
    buildUploadMediaRequest({ ...init, uploadType: 1, aesKey: "k", signature: "s" }),
    JSON.stringify({ ...expected, UploadType: 1, AESKey: "k", Signature: "s" }),
  );
  const rows = [
    [{ session: { ...session } }, 'session.deviceId is missing: expected "e" and 15 digits'],
    [{ session: undefined }, "session: expected an object of strings (uin may be a number)"],
    [{ to: undefined }, "to is missing"],
    [{ to: "Bob" }, /^`to`: expected the receiver's "@…" name/],
    [{ clientMediaId: 151150930350 }, "clientMediaId: expected a time in milliseconds, 13 digits"],
    [{ clientMediaId: 1.5 }, "clientMediaId: expected an integer"],
    [{ totalLen: 0 }, "totalLen: expected at least 1"],
    [{ totalLen: undefined }, "totalLen: expected an integer"],
    [{ fileMd5: "DAF2D55DA001844735ACD560B28D8A1A" }, "fileMd5: expected 32 lower-case hex digits"],
    [{ fileMd5: undefined }, "fileMd5 is missing"],
    [{ uploadType: 3 }, "uploadType: expected 1 or 2"],
    [{ aesKey: 7 }, "aesKey: expected a string"],
  ];
  for (const [part, message] of rows) {
    assert.throws(() => buildUploadMediaRequest({ ...init, ...part }), invalid(message), JSON.stringify(part));
  }
  assert.throws(() => buildUploadMediaRequest(), { code: "invalid-input" });
});

test("a client that was freed says so", async () => {
  const client = new WebWx(session);
  client.free();
  client.free();
  const freed = invalid("WebWx: used after free()");
  assert.throws(() => client.origin, freed);
  await assert.rejects(client.download("1"), freed);
});

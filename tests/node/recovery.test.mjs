/**
 * After a trap (a panic, that is) the call fails with `internal`, and the package goes on working: in every form.
 * Not run on each form again.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { FATAL, broken, brokenScript, fatalLater } from "./broken.mjs";
import { dist } from "./fresh.mjs";
import { small } from "./pictures.mjs";

const module = new WebAssembly.Module(await broken());
const forms = {
  "the module as a file": () => import(new URL("index.js", dist)),
  "the module inside": () => import(new URL("inline.js", dist)),
  "the JavaScript build": brokenScript,
};

/** What a trap during the call of that name looks like to the caller. */
const isInternal = (name) => (error) => {
  assert.equal(error.name, "WebwxError");
  assert.equal(error.code, "internal");
  assert.equal(
    error.message,
    `${name}: a bug in webwx-image stopped the module; it was restarted and can be used again`,
  );
  assert.equal(error.cause.message, "unreachable");
  return true;
};

const MEDIA = { mediaId: "@1", md5: "0".repeat(32), size: 1, type: "image/png", thumbnail: { width: 1, height: 1 }, instant: false };

const moment = () => new Promise((resolve) => setTimeout(resolve, 20));

for (const [form, load] of Object.entries(forms)) {
  const { initSync, md5, Md5, parseMessage, toBase64, WebWx } = await load();
  initSync(module);

  test(`${form}: a call that traps fails with internal, and the next one works`, () => {
    const expected = parseMessage("hello");
    for (let round = 0; round < 3; round += 1) {
      assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
      assert.deepEqual(parseMessage("hello"), expected);
    }
  });

  test(`${form}: promises that the stopped module owed reject, each naming its call; later ones resolve`, async () => {
    let answer;
    const slow = { arrayBuffer: () => new Promise((resolve) => (answer = resolve)) };
    const endless = () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
    const owed = [
      assert.rejects(md5(Object.assign(endless(), slow)), isInternal("md5")),
      assert.rejects(toBase64(endless()), isInternal("toBase64")),
    ];
    await moment();
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    await Promise.all(owed);
    // An answer that comes too late for the stopped module disturbs nobody.
    answer?.(new ArrayBuffer(1));
    await moment();
    assert.equal(await md5(new Blob(["abc"])), "900150983cd24fb0d6963f7d28e17f72");
  });

  for (const n of [1, 2, 3, 4]) {
    test(`${form}: a trap in closure call ${n} of a job is no uncaught error`, async () => {
      parseMessage(fatalLater(n));
      await assert.rejects(md5(new Blob(["abc"])), isInternal("md5"));
      await moment();
      assert.equal(await md5(new Blob(["abc"])), "900150983cd24fb0d6963f7d28e17f72");
    });
  }

  test(`${form}: a trap in a listener for an upload's progress is no uncaught error`, async (t) => {
    let begin;
    const begun = new Promise((resolve) => (begin = resolve));
    globalThis.XMLHttpRequest = class {
      upload = {};
      open() {}
      setRequestHeader() {}
      overrideMimeType() {}
      abort() {}
      send() {
        const { onprogress } = this.upload;
        begin(() => onprogress({ loaded: 1, total: 2 }));
      }
    };
    t.after(() => delete globalThis.XMLHttpRequest);
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    const job = new WebWx(session).upload(new Blob([small]), { to: "@2", onProgress() {} });
    const owed = assert.rejects(job, isInternal("WebWx.upload"));
    const progress = await begun;
    parseMessage(fatalLater(1));
    progress();
    await owed;
    assert.equal(parseMessage("hello").kind, "text");
  });

  // What starts the JavaScript build afresh is not for a test to break.
  const isScript = form === "the JavaScript build";
  test(`${form}: a fresh start that fails leaves nobody waiting, and is tried again`, { skip: isScript }, async () => {
    const unhandled = [];
    const hear = (reason) => unhandled.push(reason);
    process.on("unhandledRejection", hear);
    const owed = assert.rejects(toBase64(new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))), {
      code: "internal",
    });
    const { Instance } = WebAssembly;
    let refused = 0;
    WebAssembly.Instance = class {
      constructor() {
        refused += 1;
        throw new RangeError("no memory");
      }
    };
    try {
      await moment();
      assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
      await owed;
      await moment();
      assert.throws(() => parseMessage("hello"));
    } finally {
      WebAssembly.Instance = Instance;
      process.off("unhandledRejection", hear);
    }
    assert.equal(parseMessage("hello").kind, "text");
    assert.deepEqual(unhandled, []);
    assert.ok(refused > 0);
  });

  test(`${form}: a client outlives the stop`, () => {
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    const wx = new WebWx(session);
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    assert.equal(wx.origin, "https://wx2.qq.com");
    wx.free();
    assert.throws(() => wx.origin, { code: "invalid-input", message: "WebWx: used after free()" });
  });

  test(`${form}: a client that is made anew after a stop is what it was made of`, async () => {
    const sent = [];
    const fetch = async (url, { body }) => {
      const { BaseRequest, Msg } = JSON.parse(body);
      sent.push([new URL(url).origin, BaseRequest.Uin, BaseRequest.Skey, Msg.FromUserName]);
      return Response.json({ BaseResponse: { Ret: 0 }, MsgID: "1", LocalID: "1" });
    };
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    const options = { fetch, retry: { limit: 0 } };
    const wx = new WebWx(session, options);
    Object.assign(session, { uin: 2, skey: "@crypt_2", userName: "@other", origin: "https://wx8.qq.com" });
    Object.assign(options, { fetch: () => assert.fail("another fetch"), chunkSize: -1 });
    options.retry.limit = -1;
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    await wx.send(MEDIA, { to: "@2" });
    assert.deepEqual(sent, [["https://wx2.qq.com", 1, "@crypt_1", "@1"]]);
  });

  test(`${form}: a message whose answer a stop took is the same message when it is sent again`, async () => {
    const ids = [];
    let answers = false;
    const fetch = (_, { body }) => {
      ids.push(JSON.parse(body).Msg.ClientMsgId);
      const answer = Response.json({ BaseResponse: { Ret: 0 }, MsgID: "1", LocalID: "1" });
      return answers ? Promise.resolve(answer) : new Promise(() => {});
    };
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    const wx = new WebWx(session, { fetch });
    const first = assert.rejects(wx.send(MEDIA, { to: "@2" }), { code: "internal", mayHaveArrived: true });
    await moment();
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    await first;
    answers = true;
    await wx.send(MEDIA, { to: "@2" });
    await wx.send(MEDIA, { to: "@3" });
    await wx.send(MEDIA, { to: "@2" });
    assert.equal(ids.length, 4);
    assert.equal(ids[1], ids[0], "the same message");
    assert.equal(new Set(ids).size, 3, "another receiver, and the next call after a receipt, are other messages");
  });

  test(`${form}: an upload that a stop ended has its checkpoint`, async () => {
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    let requests = 0;
    const fetch = () => {
      requests += 1;
      return requests === 1 ? Promise.resolve(Response.json({ BaseResponse: { Ret: 0 }, MediaId: "" })) : new Promise(() => {});
    };
    const wx = new WebWx(session, { fetch, chunkSize: 2000 });
    const failed = wx.upload(new Blob([small]), { to: "@2" }).catch((error) => error);
    while (requests < 2) {
      await moment();
    }
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    const { code, checkpoint } = await failed;
    assert.deepEqual([code, checkpoint.nextChunk, checkpoint.size], ["internal", 1, small.length]);
  });

  test(`${form}: a hash that was begun before says that it is lost; a new one works`, () => {
    const hash = new Md5().update(new Uint8Array(3));
    assert.throws(() => parseMessage(FATAL), isInternal("parseMessage"));
    assert.throws(() => hash.digest(), { code: "internal", message: /the hash was lost/ });
    hash.free();
    assert.equal(new Md5().digest(), "d41d8cd98f00b204e9800998ecf8427e");
  });

  test(`${form}: the end of the stack, which no trap tells of, is a stop as well`, () => {
    const hash = new Md5();
    const bytes = new Uint8Array(200_000);
    (function deeper() {
      try {
        deeper();
      } catch {
        // On the way back there is a little more room in each frame: some calls end in the middle.
      }
      try {
        hash.update(bytes);
      } catch {
        // Told below.
      }
    })();
    assert.throws(() => hash.digest(), { code: "internal", message: /the hash was lost/ });
    assert.equal(new Md5().digest(), "d41d8cd98f00b204e9800998ecf8427e");
  });
  test(`${form}: jobs under way when the stack ends reject, each with what is known of it`, async () => {
    const fetch = () => new Promise(() => {});
    const session = { uin: 1, sid: "s", skey: "@crypt_1", userName: "@1", dataTicket: "t", origin: "https://wx2.qq.com" };
    const wx = new WebWx(session, { fetch });
    const jobs = [
      ...Array.from({ length: 20 }, () => toBase64(new Response(new ReadableStream({ pull: () => new Promise(() => {}) })))),
      wx.send(MEDIA, { to: "@2" }),
      wx.upload(new Blob([small]), { to: "@2" }),
    ];
    const settled = Promise.allSettled(jobs);
    await moment();
    const hash = new Md5();
    const bytes = new Uint8Array(200_000);
    (function deeper() {
      try {
        deeper();
      } catch {
        // There is a little more room in each frame on the way back.
      }
      try {
        hash.update(bytes);
      } catch {
        // Told by the jobs.
      }
    })();
    const outcomes = await settled;
    assert.deepEqual(new Set(outcomes.map(({ reason }) => reason?.code)), new Set(["internal"]));
    assert.equal(outcomes.length, jobs.length);
    assert.equal(outcomes[20].reason.mayHaveArrived, true);
  });

  test(`${form}: a call that is made at the end of the stack settles as well`, async () => {
    const jobs = [];
    (function deeper() {
      try {
        deeper();
      } catch {
        // There is a little more room in each frame on the way back.
      }
      try {
        // On the way back there are thousands of frames; the first have next to no room.
        if (jobs.length < 100) {
          jobs.push(md5(new Blob(["abc"])));
        }
      } catch {
        // No promise was given out.
      }
    })();
    const statuses = (await Promise.allSettled(jobs)).map(({ status }) => status);
    assert.ok(statuses.includes("rejected"));
    assert.equal(await md5(new Blob(["abc"])), "900150983cd24fb0d6963f7d28e17f72");
  });
}

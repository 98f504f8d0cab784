/** Options that a call does not know are refused, since a misspelt one would be ignored. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gateway, WebWx, WebwxError, md5 } from "webwx-image";

const session = { uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "t" };
const source = new Uint8Array(1);
let requests = 0;
const fetch = async () => {
  requests += 1;
  throw new TypeError("no network here");
};
const wx = new WebWx(session, { fetch, retry: { limit: 0 } });
const gateway = new Gateway({ authorization: "a", fetch, retry: { limit: 0 } });
const request = { wId: "w", msgId: "1", fromUser: "a", toUser: "b", content: "<msg><img/></msg>" };
const media = { mediaId: "@crypt_1", md5: "0".repeat(32), size: 1, type: "image/png", thumbnail: { width: 0, height: 0 }, instant: false };
const to = "filehelper";

/** Each call with these options. */
const calls = {
  md5: (options) => md5(source, options),
  "new WebWx": (options) => new WebWx(session, options),
  "WebWx.sendImage": (options) => wx.sendImage(source, { to, ...options }),
  "WebWx.sendFile": (options) => wx.sendFile(source, { to, ...options }),
  "WebWx.sendImages": (options) => wx.sendImages([source], { to, ...options }).next(),
  "WebWx.sendImages, an item": (options) => wx.sendImages([{ source, ...options }], { to }).next(),
  "WebWx.upload": (options) => wx.upload(source, { to, ...options }),
  "WebWx.send": (options) => wx.send(media, { to, ...options }),
  "WebWx.forward": (options) => wx.forward({ kind: "opaque", content: "@1" }, { to, ...options }),
  "WebWx.download": (options) => wx.download("1", options),
  "new Gateway": (options) => new Gateway({ authorization: "a", ...options }),
  "Gateway.getMsgImg": (options) => gateway.getMsgImg(request, options),
  "Gateway.download": (options) => gateway.download(request, options),
  retry: (options) => new WebWx(session, { retry: options }),
};

/** A misspelt one for each, and what is meant. */
const misspelt = {
  md5: ["onprogress", "onProgress"],
  "new WebWx": ["chunksize", "chunkSize"],
  "WebWx.sendImage": ["onCheckPoint", "onCheckpoint"],
  "WebWx.sendFile": ["nmae", "name"],
  "WebWx.sendImages": ["abortSignal", "signal"],
  "WebWx.sendImages, an item": ["filename", "name"],
  "WebWx.upload": ["resumeFrom", "resume"],
  "WebWx.send": ["onprogres", "onProgress"],
  "WebWx.forward": ["sginal", "signal"],
  "WebWx.download": ["maxbytes", "maxBytes"],
  "new Gateway": ["Authorization", "authorization"],
  "Gateway.getMsgImg": ["Signal", "signal"],
  "Gateway.download": ["total_timeout", "totalTimeout"],
  retry: ["retries", "delay"],
};

const refusal = async (call) => {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
};

for (const [name, call] of Object.entries(calls)) {
  test(`${name} refuses what it does not know, and names what is near`, async () => {
    requests = 0;
    const [wrong, right] = misspelt[name];
    const error = await refusal(() => call({ [wrong]: 1 }));
    assert.ok(WebwxError.is(error), String(error));
    assert.equal(error.code, "invalid-input");
    if (name !== "retry") {
      assert.equal(error.message, `${name}: unknown option "${wrong}"; did you mean "${right}"?`);
    }
    const far = await refusal(() => call({ 圖: 1 }));
    assert.match(far.message, new RegExp(`^${name}: unknown option "圖"; known are .*\\b${right}\\b`));
    assert.equal(requests, 0);
    const absent = await refusal(() => call({ [wrong]: undefined }));
    assert.ok(!absent?.message.includes("unknown option"), absent?.message);
  });
}

test("a name of any length is cut, and options that throw are no trap", async () => {
  const error = await refusal(() => md5(source, { ["a".repeat(10_000)]: 1 }));
  assert.ok(error.message.length < 150, error.message);
  const throwing = new Proxy({}, { ownKeys: () => assert.fail("looked at") });
  assert.equal(await md5(source, throwing), "93b885adfe0da089cdf634904fd59f71");
  assert.equal(await md5(source, null), "93b885adfe0da089cdf634904fd59f71");
});

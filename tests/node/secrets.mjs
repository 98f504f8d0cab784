/** What the tests of secrets stand on: marked values, every job that has them, and eyes on all that can be read. */
import assert from "node:assert/strict";
import { after, beforeEach } from "node:test";
import { inspect } from "node:util";
import { Gateway, parseMessage, WebWx, WebwxError } from "webwx-image";

import { startLoopback } from "./loopback.mjs";
import { small } from "./pictures.mjs";

export const AES_KEY = "c0ffee1dec0de5a1ad5e7f00d5e7ec8d";
export const SECRETS = {
  sid: "k7Zq+VdWn/MARKsD",
  skey: "@crypt_5d1e80c4_0f7c2b9aMARK4583b7904ce2f85a316d",
  dataTicket: "gSfVwz8/qT3mMARKLpD0aRk7",
  passTicket: "nV4Bt0q+R7dWjMARKXzLk9YbEo8C1hUfTaGs5PvIQr2NxKwD6uA",
  authorization: "eyJhbGciOiJIUzUxMiJ9.MARK-Zk8bT0xWcY7dLrPn",
  aesKey: AES_KEY,
  signature: "sig8f2MARK91c07ab34ee",
};
export const CONTENT = `<msg><img aeskey="${AES_KEY}" cdnthumbaeskey="${AES_KEY}" length="9" hdlength="0" /></msg>`;
export const to = "@910a2dec";
export const once = { retry: { limit: 0 }, chunkSize: 2000 };

/** Answers whatever it is told to; `answer(request)` gives status, reason, headers and body. */
export const service = await startLoopback();
/** Where nothing may come. */
export const elsewhere = await startLoopback();
after(() => Promise.all([service.stop(), elsewhere.stop()]));

export const { sid, skey, dataTicket, passTicket, authorization } = SECRETS;
export const session = { uin: 2618340597, sid, skey, dataTicket, passTicket, userName: "@7c41d09b", origin: service.origin };
export const media = {
  mediaId: "@crypt_1_2",
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  size: 7,
  type: "image/png",
  thumbnail: { width: 1, height: 1 },
  instant: false,
  aesKey: AES_KEY,
  signature: SECRETS.signature,
};
export const wanted = { wId: "1", msgId: 1, fromUser: "a", toUser: "b", content: CONTENT };

export const heard = [];
for (const name of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"]) {
  console[name] = (...values) => heard.push(...values);
}
export const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("warning", (warning) => heard.push(warning));

beforeEach(() => {
  service.forget();
  elsewhere.forget();
});

/** Everything that can be read off a value: its text, its properties, hidden ones too, and theirs. */
export function* readings(value, seen = new Set()) {
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
export function assertSilent(value, what, secrets = SECRETS) {
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
export const failureOf = (job, what) =>
  (async () => job())().then(
    (value) => assert.fail(`${what} did not fail: ${inspect(value)}`),
    (error) => {
      assert.ok(WebwxError.is(error), `${what}: ${inspect(error)}`);
      return error;
    },
  );

export function assertNobodyHeard() {
  assertSilent(heard, "the console");
  assert.deepEqual(unhandled, []);
}

export const newGateway = (token = authorization) => new Gateway({ authorization: token, origin: service.origin, retry: once.retry });

/** Every request that carries something, by the service that it goes to. */
export function jobs(client = new WebWx(session, once), gateway = newGateway()) {
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

/** Answers of the services. */
export const json = (value) => ({ body: JSON.stringify(value) });
export const refusal = (ret, said) =>
  json({ BaseResponse: { Ret: ret, ErrMsg: said }, code: ret, message: said, msg: said, data: null });

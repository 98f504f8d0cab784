/** Where a session and a token may go, and where not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx } from "webwx-image";

import { startLoopback } from "./loopback.mjs";
import { bmp, small } from "./pictures.mjs";
import {
  assertSilent,
  authorization,
  elsewhere,
  failureOf,
  jobs,
  json,
  newGateway,
  once,
  refusal,
  service,
  session,
  skey,
  to,
  wanted,
} from "./secrets.mjs";

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
    "https://mail.qq.com",
    "https://qq.com",
    "https://web.qq.com",
    "https://file.web.qq.com",
    "https://wxx.qq.com",
    "https://a.wx.qq.com",
    "https://wx-2.qq.com",
    "https://file.file.wx.qq.com",
    "https://pay.wechat.com",
    "https://wechat.com",
    // No URL parser takes these, or it takes them for others.
    "http://localhost:99999",
    "https://wx.qq.com:70000",
    "https://wx.qq.com:0443",
    "https://wx.qq.com.",
    "http://127.0.0.08",
    "http://127.1",
    "http://2130706433",
    "http://0x7f.0.0.1",
    "https://xn--a.qq.com",
    "https://xn--a.example",
    "https://ex_ample.xn--",
    "http://[::1",
    "http://[0:0:0:0:0:0:0:1]",
    "http://[::ffff:127.0.0.1]",
  ];
  const allowedOrigins = ["https://named.example", "http://named.example", "https://xn--a.example", "https://ex_ample.xn--"];
  for (const origin of rows) {
    for (const field of ["origin", "fileOrigin"]) {
      const what = `${field} ${origin}`;
      const error = await failureOf(() => new WebWx({ ...session, [field]: origin }, { fetch, allowedOrigins }), what);
      assert.equal(error.code, "invalid-input", what);
      assertSilent(error, what);
    }
  }
  assert.deepEqual(calls, []);
  const known = ["wx", "wx2", "wx8", "wx12", "web2"].flatMap((name) => [`${name}.qq.com`, `file.${name}.qq.com`]);
  const abroad = ["web.wechat.com", "web2.wechat.com", "wx.wechat.com", "file.web.wechat.com"];
  const pages = [...known, ...abroad].map((host) => `https://${host}`);
  for (const good of [...pages, "https://named.example", "http://localhost:9", "http://[::1]:9"]) {
    assert.equal(new WebWx({ ...session, origin: good }, { allowedOrigins }).origin, good);
  }
});

test("an origin that is taken is the one that the platform's URL parser reads", () => {
  const hosts = ["127.0.0.1", "127.000.0.1", "0177.0.0.1", "127.0.0.256", "1.2.3", "a.1", "a.0x", "a.0xg", "xn--a", "xn--fiqs8s", "a_b", "-a-"];
  const more = ["[::1]", "[::]", "[1::1]", "[01::1]", "[::1:2:3:4:5:6:7:8]", "[::ffff:7f00:1]", "LOCALHOST", "a..b", "a%41", "ä.example", "x y"];
  const ports = ["", ":", ":0", ":1", ":01", ":80", ":443", ":65535", ":65536", ":8e1", ":-1", ":1:2"];
  let taken = 0;
  for (const scheme of ["http", "https", "HTTPS", "ws", "http:"]) {
    for (const host of [...hosts, ...more]) {
      for (const port of ports) {
        const text = `${scheme}://${host}${port}`;
        try {
          const { origin } = new WebWx({ ...session, origin: text }, { allowedOrigins: [text] });
          assert.equal(origin, new URL(text).origin, text);
          taken += 1;
        } catch (error) {
          assert.equal(error.code, "invalid-input", text);
        }
      }
    }
  }
  assert.ok(taken > 20);
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

/** watchPage, and what a page of the File Transfer Helper tells by it and by the other ways. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  WebWx,
  WebwxError,
  diagnosePage,
  isOpenChat,
  openChat,
  pageMessages,
  sessionFromPage,
  showInPage,
  watchPage,
} from "webwx-image";

import { COOKIES, ME, ORIGIN, SERVICE, SKEY, answers, baseRequest, helperPage, message } from "./filehelper-page.mjs";
import { receipt } from "./page.mjs";

/** What the watched page gives. */
const whole = {
  uin: "2618340597",
  sid: "k7Zq+VdWn/0LbX3e",
  skey: SKEY,
  userName: ME,
  dataTicket: "gSfVwz8/qT3m",
  passTicket: "nV4Bt0q%2BR7d",
  origin: ORIGIN,
  lang: "",
  dialect: "filehelper",
};

/** The settled answer of a page's own promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Why there is no session. */
function refusal(page) {
  try {
    sessionFromPage(page);
  } catch (error) {
    assert.ok(WebwxError.is(error));
    assert.equal(error.code, "session-lost");
    return error.message.replace("sessionFromPage: ", "");
  }
  return assert.fail("a session");
}

test("a page that is watched from the start gives a whole session, for a client of its dialect", async () => {
  const page = helperPage();
  assert.equal(watchPage(page), true);
  await page.begin();
  const session = sessionFromPage(page);
  assert.deepEqual(session, whole);
  const wx = new WebWx(session);
  assert.deepEqual([wx.origin, wx.fileOrigin], [ORIGIN, "https://file.wx2.qq.com"]);
});

test("watching changes nothing of the page's requests", async () => {
  const [plain, watched] = [helperPage(), helperPage()];
  const { open, send } = watched.XMLHttpRequest.prototype;
  const { fetch } = watched;
  assert.equal(watchPage(watched), true);
  assert.equal(watchPage(watched), true, "the second call does nothing");
  for (const [now, before] of [
    [watched.XMLHttpRequest.prototype.open, open],
    [watched.XMLHttpRequest.prototype.send, send],
    [watched.fetch, fetch],
  ]) {
    assert.deepEqual([typeof now, now.name, now.length], ["function", before.name, before.length]);
  }
  for (const page of [plain, watched]) {
    await page.begin();
    assert.equal(await (await page.fetch(`${SERVICE}webwxsync?skey=a`, { method: "POST", body: "{}" })).text(), JSON.stringify(answers().webwxsync));
    assert.deepEqual(await page.ask("webwxsync?x=1", "{}", "json"), answers().webwxsync);
  }
  assert.deepEqual(watched.requests, plain.requests);
});

test("fetch is seen as XMLHttpRequest is, with URLs, Requests and answers of every kind", async () => {
  for (const input of [`${SERVICE}webwxinit?pass_ticket=p`, new URL(`${SERVICE}webwxinit?pass_ticket=p`), new Request(`${SERVICE}webwxinit?pass_ticket=p`)]) {
    const page = helperPage();
    watchPage(page);
    await page.fetch(input, { method: "POST", body: JSON.stringify({ BaseRequest: baseRequest }) });
    await settled();
    const { uin, sid, skey, userName, passTicket } = sessionFromPage(page);
    assert.deepEqual([uin, sid, skey, userName, passTicket], [whole.uin, whole.sid, SKEY, ME, "p"]);
  }
  const page = helperPage();
  watchPage(page);
  await page.ask("webwxinit?a=1", JSON.stringify({ BaseRequest: baseRequest }), "json");
  assert.equal(sessionFromPage(page).userName, ME, "an answer that the browser parses");
});

test("an upload's form and a message tell who sends", async () => {
  const page = helperPage();
  watchPage(page);
  const form = new FormData();
  form.append("uploadmediarequest", JSON.stringify({ BaseRequest: baseRequest, FromUserName: ME }));
  await page.ask("https://file.wx2.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json", form);
  const { passTicket: _, ...rest } = whole;
  assert.deepEqual(sessionFromPage(page), rest, "services are not where files are");
  const other = helperPage();
  watchPage(other);
  await other.ask("webwxsendmsgimg?f=json", JSON.stringify({ BaseRequest: baseRequest, Msg: { FromUserName: ME } }));
  assert.equal(sessionFromPage(other).userName, ME);
});

test("the services may be on another of its hosts than the page", async () => {
  const page = helperPage({ origin: "https://filehelper.weixin.qq.com" });
  watchPage(page);
  await page.ask(`${SERVICE}webwxinit?a=1`, JSON.stringify({ BaseRequest: baseRequest }));
  assert.equal(sessionFromPage(page).origin, ORIGIN);
  const evil = helperPage({ origin: "https://filehelper.weixin.qq.com" });
  watchPage(evil);
  await evil.ask("https://evil.example/cgi-bin/mmwebwx-bin/webwxinit?a=1", JSON.stringify({ BaseRequest: baseRequest }));
  assert.equal(sessionFromPage(evil).origin, "https://filehelper.weixin.qq.com");
});

test("what was not seen is taken from addresses of the past, then from pictures, then from cookies", () => {
  const old = `${SERVICE}webwxsync?sid=old&skey=old&pass_ticket=old`;
  const sync = `${SERVICE}webwxsync?sid=s%2B1&skey=${encodeURIComponent(SKEY)}&pass_ticket=a%252Bb`;
  const check = `${SERVICE}synccheck?r=1&skey=x&sid=s&uin=42&deviceid=1`;
  const picture = (skey) => `${SERVICE}webwxgetmsgimg??&MsgID=5&skey=${skey}&type=slave`;
  const first = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  // Without the own UserName there is no session: it is given here by a message.
  const known = (options) => {
    const page = helperPage(options);
    watchPage(page);
    return page.ask("webwxsync", "{}").then(() => first(sessionFromPage(page)));
  };
  return Promise.all([
    known({ past: [old, sync, check] }).then(({ uin, sid, skey, passTicket }) =>
      assert.deepEqual([uin, sid, skey, passTicket], ["42", "s", "x", "a%2Bb"], "the newest first"),
    ),
    known({ pictures: [picture("older"), picture(encodeURIComponent(SKEY))] }).then(({ uin, sid, skey }) =>
      assert.deepEqual([uin, sid, skey], ["2618340597", "k7Zq+VdWn/0LbX3e", SKEY], "the newest picture, and cookies"),
    ),
    known({ past: [sync], pictures: [picture("p")] }).then(({ skey }) => assert.equal(skey, SKEY)),
    known({ past: [sync], cookie: "wxuin=1", pictures: [`${SERVICE}webwxgetmedia?sender=a&webwx_data_ticket=t%2F1`] }).then(
      ({ dataTicket }) => assert.equal(dataTicket, "t/1", "where the cookie cannot be read"),
    ),
  ]);
});

test("addresses of other hosts say nothing", async () => {
  const page = helperPage({ past: [`https://evil.example/cgi-bin/mmwebwx-bin/webwxsync?skey=evil&sid=evil`] });
  watchPage(page);
  await page.ask("webwxsync", "{}");
  assert.match(refusal(page), /^missing Skey;/);
});

test("what is missing is named, with what remedies it", async () => {
  const page = helperPage({ cookie: "" });
  const all = "missing Uin, Sid, Skey, UserName, cookie webwx_data_ticket";
  assert.equal(refusal(page), `${all}; call watchPage() before the page's scripts run, and reload the page once`);
  watchPage(page);
  assert.equal(refusal(page), `${all}; log in to the File Transfer Helper`);
  const late = helperPage({ past: [`${SERVICE}webwxsync?sid=s&skey=k&pass_ticket=p`] });
  watchPage(late);
  assert.equal(refusal(late), "missing UserName; reload the page once: they were sent before watchPage() was called");
  await late.ask("webwxsync", "{}");
  assert.equal(sessionFromPage(late).userName, ME, "the next message tells it");
});

test("messages come from the wire, and pictures from before it from the page", async () => {
  const url = (id) => `${SERVICE}webwxgetmsgimg??&MsgID=${id}&skey=a&type=slave&mmweb_appid=wx_webfilehelper`;
  const page = helperPage({ pictures: [url("1000"), url("1001"), `${ORIGIN}/logo.png`, url("1000")] });
  assert.deepEqual(
    pageMessages(undefined, page).map(({ msgId }) => msgId),
    ["1000", "1001"],
  );
  watchPage(page);
  await page.begin();
  const told = { content: message("1").Content, createTime: 1_700_000_000, from: ME, to: "filehelper" };
  assert.deepEqual(pageMessages("filehelper", page), [
    { msgId: "1000", msgType: 3, content: "", createTime: null, from: "", to: "filehelper" },
    { msgId: "1001", msgType: 3, ...told },
    { msgId: "1002", msgType: 47, ...told },
  ]);
  assert.deepEqual(pageMessages("@another", page), []);
  assert.deepEqual(openChat(page), { userName: "filehelper", name: "File Transfer Helper" });
  assert.deepEqual([isOpenChat("filehelper", page), isOpenChat("@another", page)], [true, false]);
  assert.equal(showInPage(receipt(), { to: "filehelper", page }), false, "it has no services for that");
});

test("the newest 2 000 messages are kept, and none that cannot be one", async () => {
  const replies = answers();
  const page = helperPage({ replies });
  watchPage(page);
  const odd = [null, 7, {}, message("x"), message(2 ** 60), message("5", { Content: "a".repeat(2 ** 20 + 1) })];
  replies.webwxsync.AddMsgList = [...odd, ...Array.from({ length: 2500 }, (_, at) => message(String(10_000 + at)))];
  await page.ask("webwxsync", "{}");
  const ids = pageMessages(undefined, page).map(({ msgId }) => msgId);
  assert.deepEqual([ids.length, ids[0], ids.at(-1)], [2000, "10500", "12499"]);
  replies.webwxsync.AddMsgList = [message(12_345_678), message("10500")];
  await page.ask("webwxsync", "{}");
  const now = pageMessages(undefined, page).map(({ msgId }) => msgId);
  assert.deepEqual([now.length, now.at(-2), now.at(-1), now.filter((id) => id === "10500").length], [2000, "12345678", "10500", 1]);
  replies.webwxsync = { BaseResponse: { Ret: 1101 }, AddMsgList: [message("99")] };
  await page.ask("webwxsync", "{}");
  assert.equal(pageMessages(undefined, page).at(-1).msgId, "10500", "a refusal brings nothing");
});

/** The page goes on: its requests leave, and it gets its answers. */
async function goesOn(page, name) {
  const before = page.requests.length;
  const text = await page.ask("webwxsync?skey=a", "{}");
  assert.equal(text, JSON.stringify(answers().webwxsync), name);
  const response = await page.fetch(`${SERVICE}webwxsync?skey=a`, { body: "{}" });
  assert.deepEqual(await response.json(), answers().webwxsync, name);
  await settled();
  assert.equal(page.requests.length, before + 3, name);
}

const boom = () => {
  throw new Error("broken on purpose");
};

/** Every step that watching takes, broken before it begins. @type {[string, (page: any) => void, boolean][]} */
const broken = [
  ["no XMLHttpRequest", (page) => void (page.hidden = page.XMLHttpRequest, Object.defineProperty(page, "ask", { value: async () => JSON.stringify(answers().webwxsync) }), delete page.XMLHttpRequest), true],
  ["a frozen XMLHttpRequest", (page) => Object.freeze(page.XMLHttpRequest.prototype), true],
  ["an open that cannot be configured", (page) => Object.defineProperty(page.XMLHttpRequest.prototype, "open", { configurable: false, writable: false }), true],
  ["an accessor in the place of send", (page) => {
    const { send } = page.XMLHttpRequest.prototype;
    Object.defineProperty(page.XMLHttpRequest.prototype, "send", { get: () => send });
  }, true],
  ["a frozen window", (page) => Object.freeze(page), true],
  ["getters that throw", (page) => {
    for (const name of ["Request", "FormData"]) Object.defineProperty(page, name, { get: boom });
  }, false],
  ["a location that throws", (page) => Object.defineProperty(page, "location", { get: boom }), true],
  ["no base address", (page) => (page.location = {}), true],
];

test("a page that cannot be watched goes on", async () => {
  for (const [name, spoil, isWatched] of broken) {
    const page = helperPage();
    spoil(page);
    const [open] = [page.requests.length];
    assert.doesNotThrow(() => assert.equal(watchPage(page), isWatched, name), name);
    if (page.XMLHttpRequest === undefined) {
      assert.equal(open, 0);
      continue;
    }
    await goesOn(page, name);
  }
});

test("a page goes on, whatever breaks while it is watched", async () => {
  const unhandled = [];
  const hear = (reason) => unhandled.push(reason);
  process.on("unhandledRejection", hear);
  /** @type {[string, (page: any) => void][]} */
  const rows = [
    ["addEventListener throws", (page) => (page.XMLHttpRequest.prototype.addEventListener = boom)],
    ["the response's getters throw", (page) => Object.defineProperty(page.XMLHttpRequest.prototype, "responseType", { get: boom, set() {} })],
    ["clone throws", (page) => (page.Response.prototype.clone = boom)],
    ["text rejects", (page) => (page.Response.prototype.text = async () => boom())],
    ["the page wraps it again", (page) => {
      const { open, send } = page.XMLHttpRequest.prototype;
      page.XMLHttpRequest.prototype.open = function (...values) {
        return open.apply(this, values);
      };
      page.XMLHttpRequest.prototype.send = function (body) {
        return send.call(this, body);
      };
      const { fetch } = page;
      page.fetch = (...values) => fetch(...values);
    }],
    ["the page freezes what is around it", (page) => Object.freeze(page.XMLHttpRequest.prototype)],
  ];
  for (const [name, spoil] of rows) {
    const page = helperPage();
    watchPage(page);
    spoil(page);
    await goesOn(page, name);
    assert.doesNotThrow(() => [diagnosePage(page), pageMessages(undefined, page), openChat(page)], name);
  }
  await settled();
  process.off("unhandledRejection", hear);
  assert.deepEqual(unhandled, []);
});

test("an answer that is no JSON is the page's business", async () => {
  const replies = answers();
  const page = helperPage({ replies });
  watchPage(page);
  for (const odd of ["<html>", "", 7, null, [], { BaseResponse: null }, { BaseResponse: { Ret: 0 }, AddMsgList: 7, User: 7 }]) {
    replies.webwxsync = typeof odd === "string" ? { toJSON: () => odd } : odd;
    assert.equal(await page.ask("webwxsync", "{}"), JSON.stringify(odd));
    assert.ok(await page.fetch(`${SERVICE}webwxsync`));
  }
  await settled();
  assert.deepEqual(pageMessages(undefined, page), []);
});

test("what the page breaks later does not keep its session from being seen", async () => {
  const page = helperPage();
  watchPage(page);
  const { parse } = JSON;
  const { get } = URLSearchParams.prototype;
  try {
    JSON.parse = boom;
    page.XMLHttpRequest.prototype.addEventListener = boom;
    await page.ask("webwxinit?pass_ticket=p", `{"BaseRequest":${JSON.stringify(baseRequest)}}`);
  } finally {
    JSON.parse = parse;
    URLSearchParams.prototype.get = get;
  }
  assert.equal(sessionFromPage(page).userName, ME);
});

test("bodies and addresses of every kind are the page's business alone", async () => {
  const page = helperPage();
  watchPage(page);
  const hostile = { toString: boom, get body() { return boom(); } };
  for (const body of [undefined, null, 7, "", "{", "[]", "null", "7", new Uint8Array(3), new Blob([]), new URLSearchParams("a=b"), {}]) {
    assert.equal(await page.ask("webwxsync", body), JSON.stringify(answers().webwxsync), String(body));
  }
  for (const [input, init] of [[`${SERVICE}webwxinit`, hostile], [`${SERVICE}webwxinit`, null], [`${SERVICE}webwxinit`, 7], ["", {}], ["//", undefined]]) {
    assert.deepEqual(await (await page.fetch(input, init).catch(() => new Response("null"))).json(), input.includes("init") ? answers().webwxinit : null);
  }
  // What the page's own call throws is the page's to see.
  page.fetch.call(undefined, `${SERVICE}webwxinit`).then((response) => assert.ok(response));
  const xhr = new page.XMLHttpRequest();
  assert.throws(() => page.XMLHttpRequest.prototype.open.call({}, "GET", "/"), TypeError);
  assert.doesNotThrow(() => xhr.send("never opened"));
});

test("diagnosePage tells names and yes or no, and no value", async () => {
  const picture = `${SERVICE}webwxgetmsgimg??&MsgID=1000&skey=${encodeURIComponent(SKEY)}&type=slave&mmweb_appid=wx_webfilehelper`;
  const page = helperPage({ pictures: [picture], past: [`${SERVICE}webwxsync?sid=s&skey=k&pass_ticket=p`] });
  const store = { state: { uuid: "u", nickname: "n", avatar: "a", nextDomain: "d" } };
  const app = { __vue_app__: { config: { globalProperties: { $store: store } } } };
  page.document.querySelector = (selector) => (selector === "#app" || selector.includes("#chatBody") ? app : null);
  const before = diagnosePage(page);
  watchPage(page);
  await page.begin();
  const after = diagnosePage(page);
  assert.deepEqual(Object.keys(before), Object.keys(after));
  assert.ok(Object.values(after).every((value) => typeof value === "boolean"));
  const names = (diagnosis, wanted) => Object.entries(diagnosis).filter(([, value]) => value === wanted).map(([name]) => name);
  assert.deepEqual(names(after, false), [
    "angular",
    "angular accountFactory",
    "angular accountFactory Skey",
    "angular accountFactory UserName",
    "angular accountFactory pass_ticket",
    "angular chatFactory",
    "services asked by fetch",
    "past addresses Uin",
    "past addresses webwx_data_ticket",
  ]);
  assert.ok(names(before, true).includes("Vuex $store") && !names(before, true).some((name) => name.startsWith("seen")));
  const text = JSON.stringify(after);
  for (const secret of [SKEY, ME, "k7Zq", "gSfVwz8", "nV4Bt0q", "2618340597", COOKIES]) {
    assert.ok(!text.includes(secret), secret);
  }
  for (const odd of [{}, null, 7, { get document() { return boom(); } }]) {
    assert.ok(Object.values(diagnosePage(odd)).every((value) => value === false), String(odd));
  }
});

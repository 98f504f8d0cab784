/** sessionFromPage on pages as they are met: whole, half, blank, and in the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx, WebwxError, sessionFromPage } from "webwx-image";

const account = {
  getUin: () => 2272112421,
  getSid: () => "oMrabhVznekD3NaC",
  getSkey: () => "@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e",
  getUserName: () => "@201052a7770bca9418a5a8aba13ffc879f2768df968c8ec3d188d9790695fc8a",
  getPassticket: () => "nV4Bt0q%2BR7d",
};
const cookie = "last_wxuin=1; wxuin=2272112421; wxsid=oMrabhVznekD3NaC; webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF";

/** A window whose angular knows that account. */
function page({ services = account, cookies = cookie, origin = "https://wx2.qq.com" } = {}) {
  const document = { cookie: cookies };
  const injector = {
    get(name) {
      if (name !== "accountFactory") throw new Error(`Unknown provider: ${name}`);
      return services;
    },
  };
  const angular = {
    element(node) {
      assert.equal(node, document);
      return { injector: () => injector };
    },
  };
  return { document, angular, location: { origin } };
}

const whole = {
  uin: "2272112421",
  sid: "oMrabhVznekD3NaC",
  skey: "@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e",
  userName: "@201052a7770bca9418a5a8aba13ffc879f2768df968c8ec3d188d9790695fc8a",
  dataTicket: "gScDxle6RuLZRNXBh+IEbkmF",
  passTicket: "nV4Bt0q%2BR7d",
  origin: "https://wx2.qq.com",
};

/** The missing values, as the error names them. */
function missing(window) {
  try {
    sessionFromPage(window);
  } catch (error) {
    assert.ok(error instanceof WebwxError);
    assert.deepEqual([error.code, error.retryable], ["session-lost", false]);
    const [, names] =
      /^sessionFromPage: missing (.+); log in to WeChat Web, and call this in the page's main world$/.exec(
        error.message,
      );
    return names.split(", ");
  }
  return assert.fail("nothing is missing");
}

test("a logged-in page gives a whole session, as plain data that a client takes", () => {
  const session = sessionFromPage(page());
  assert.deepEqual(session, whole);
  assert.deepEqual(structuredClone(session), session);
  const wx = new WebWx(session);
  assert.deepEqual([wx.origin, wx.fileOrigin], ["https://wx2.qq.com", "https://file.wx2.qq.com"]);
});

test("services are called as methods of their factory", () => {
  class Factory {
    #sid = whole.sid;
    getSid() {
      return this.#sid;
    }
  }
  const services = Object.assign(new Factory(), { ...account, getSid: Factory.prototype.getSid });
  assert.equal(sessionFromPage(page({ services })).sid, whole.sid);
});

test("the page's language is the one in its address, undecoded; none there is none in its requests", () => {
  for (const [search, lang] of [
    ["", ""],
    ["?x=1", ""],
    ["?lang=en_US", "en_US"],
    ["?a=lang=no&lang=zh_TW&lang=de", "zh_TW"],
    ["?lang=", ""],
  ]) {
    const session = sessionFromPage({ ...page(), location: { origin: "https://wx2.qq.com", search } });
    assert.deepEqual(session, { ...whole, lang }, search);
    assert.doesNotThrow(() => new WebWx(session));
  }
});

test("stray blanks are trimmed", () => {
  const services = { ...account, getSid: () => `${whole.sid} `, getUserName: () => `\n${whole.userName} ` };
  const cookies = ` webwx_data_ticket = ${whole.dataTicket} ;wxuin=2272112421`;
  assert.deepEqual(sessionFromPage(page({ services, cookies })), whole);
});

test("what angular does not say is taken from cookies, where there is one", () => {
  const silent = { getSkey: account.getSkey, getUserName: account.getUserName };
  const { uin, sid, passTicket } = sessionFromPage(page({ services: silent }));
  assert.deepEqual([uin, sid, passTicket], [whole.uin, whole.sid, undefined]);
  const zero = { ...account, getUin: () => 0, getSid: () => "", getPassticket: () => undefined };
  assert.deepEqual(
    [sessionFromPage(page({ services: zero })).uin, sessionFromPage(page({ services: zero })).sid],
    [whole.uin, whole.sid],
  );
});

test("each missing value is named", () => {
  const without = (name) => ({ ...account, [name]: () => undefined });
  assert.deepEqual(missing(page({ services: without("getSkey") })), ["Skey"]);
  assert.deepEqual(missing(page({ services: without("getUserName") })), ["UserName"]);
  assert.deepEqual(missing(page({ cookies: "" })), ["cookie webwx_data_ticket"]);
  assert.deepEqual(missing(page({ services: without("getUin"), cookies: "webwx_data_ticket=t" })), ["Uin"]);
  assert.deepEqual(missing(page({ services: without("getSid"), cookies: "webwx_data_ticket=t" })), ["Sid"]);
  assert.deepEqual(missing(page({ services: { ...account, getSkey: () => "undefined" } })), ["Skey"]);
  assert.deepEqual(missing({}), ["Uin", "Sid", "Skey", "UserName", "cookie webwx_data_ticket"]);
});

test("cookies are matched by their whole names", () => {
  const decoys = "last_wxuin=1; xwebwx_data_ticket=2; webwx_data_ticket_x=3; wxsid2=4; WXUIN=5";
  const services = { getSkey: account.getSkey, getUserName: account.getUserName };
  assert.deepEqual(missing(page({ services, cookies: decoys })), ["Uin", "Sid", "cookie webwx_data_ticket"]);
});

test("a page whose angular throws, or is none, is only a page that says nothing", () => {
  const fail = () => {
    throw new Error("not here");
  };
  const expected = ["Skey", "UserName"];
  const { document, location } = page();
  for (const angular of [
    undefined,
    null,
    7,
    {},
    { element: fail },
    { element: () => undefined },
    { element: () => ({ injector: fail }) },
    { element: () => ({ injector: () => undefined }) },
    { element: () => ({ injector: () => ({ get: fail }) }) },
    { element: () => ({ injector: () => ({ get: () => null }) }) },
    { element: () => ({ injector: () => ({ get: () => ({ getSkey: fail, getUserName: 7 }) }) }) },
  ]) {
    assert.deepEqual(missing({ document, location, angular }), expected);
  }
  const getter = { document, location };
  Object.defineProperty(getter, "angular", { get: fail });
  assert.deepEqual(missing(getter), expected);
});

test("a page that hides its cookies, and a place that has no page, say so", () => {
  const document = {};
  Object.defineProperty(document, "cookie", {
    get() {
      throw new DOMException("sandboxed", "SecurityError");
    },
  });
  const everything = ["Uin", "Sid", "Skey", "UserName", "cookie webwx_data_ticket"];
  assert.deepEqual(missing({ document }), everything);
  assert.deepEqual(missing(undefined), everything);
});

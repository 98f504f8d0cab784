/** gmFetch on the stand-in for a userscript manager, with every quirk that real ones were seen to have. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, beforeEach, test } from "node:test";
import { WebWx, gmFetch } from "webwx-image";

import { QUIRKS } from "../browser/manager.mjs";
import { startManager } from "./manager.mjs";
import { md5, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;

/** Somebody else: answers an upload with a MediaId, and keeps `/held` waiting for ever. */
const heard = [];
const elsewhere = createServer((request, response) => {
  heard.push(request.url);
  request.resume();
  if (request.url !== "/held") {
    const answer = JSON.stringify({ BaseResponse: { Ret: 0, ErrMsg: "" }, MediaId: "@stranger", StartPos: 0 });
    request.on("end", () => response.setHeader("content-type", "application/json").end(answer));
  }
});
await new Promise((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
const strangeOrigin = `http://127.0.0.1:${elsewhere.address().port}`;

after(async () => {
  elsewhere.closeAllConnections();
  elsewhere.close();
  await standin.stop();
});

beforeEach(async () => {
  heard.length = 0;
  await standin.reset();
});

/** Runs `work` with a client for each of the manager's two request functions. */
async function withClients(quirks, work) {
  const manager = startManager(quirks);
  try {
    for (const request of [manager.GM_xmlhttpRequest, manager.GM.xmlHttpRequest]) {
      const fetch = gmFetch(request);
      await work({ request, fetch, manager, wx: new WebWx(session, { fetch, retry: { limit: 0 } }) });
    }
  } finally {
    manager.stop();
  }
}

const sets = (quirk) => [["alone", { [quirk]: true }], ["with all others", QUIRKS]];

for (const quirk of ["marksFinalUrl", "losesUploadEnd", "noUploadEvents"]) {
  for (const [how, quirks] of sets(quirk)) {
    test(`${quirk}, ${how}: a picture is sent and comes back`, () =>
      withClients(quirks, async ({ wx }) => {
        const steps = new Set();
        const { msgId } = await wx.sendImage(small, { to, onProgress: ({ step }) => steps.add(step) });
        assert.equal((await wx.download(msgId)).md5, md5(small));
        assert.ok(steps.has("upload"));
      }));
  }
}

for (const [how, quirks] of [...sets("ignoresRedirect"), ["not at all", {}]]) {
  test(`ignoresRedirect, ${how}: a MediaId from another origin is never used`, () =>
    withClients(quirks, async ({ wx }) => {
      const secret = `${strangeOrigin}/taken?skey=secret`;
      await standin.faults({ endpoint: "webwxuploadmedia", fault: `redirect-307:${secret}` });
      const error = await wx.sendImage(small, { to }).catch((reason) => reason);
      assert.equal(error.code, "network");
      assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
      if (quirks.ignoresRedirect) {
        const [ours, theirs] = [standin.info.fileOrigin ?? standin.info.origin, strangeOrigin].map((url) => new URL(url).host);
        assert.equal(error.cause.constructor, TypeError);
        assert.match(error.cause.message, new RegExp(`^(the manager followed a redirect from ${ours} to ${theirs}|not sent: .* ${ours} .*)$`));
        // The form went there once, and no try and no call after that goes there again.
        await wx.sendImage(small, { to }).catch(() => {});
        assert.deepEqual(heard.splice(0), ["/taken?skey=secret"]);
      } else {
        assert.deepEqual(heard, []);
      }
    }));
}

test("an answer from elsewhere is told by whatever name the manager has for its URL", async () => {
  const url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?pass_ticket=secret";
  const answering = (answer) => gmFetch(({ onload }) => void queueMicrotask(() => onload({ status: 200, ...answer })));
  for (const final of ["https://evil.example/secret", "http://wx.qq.com/", "https://wx.qq.com:444/", "http://["]) {
    for (const name of ["finalUrl", "responseURL"]) {
      const error = await answering({ [name]: final })(url, {}).catch((reason) => reason);
      assert.equal(error.constructor, TypeError, final);
      assert.match(error.message, /^the manager followed a redirect from wx\.qq\.com to /);
      assert.doesNotMatch(error.message, /secret/);
    }
  }
  const asked = [];
  const fetch = gmFetch(({ url, onload }) => {
    asked.push(url);
    queueMicrotask(() => onload({ status: 200, finalUrl: url.includes("wx.qq.com") ? "https://evil.example/" : url }));
  });
  for (let call = 0; call < 3; call += 1) {
    await assert.rejects(fetch(url, {}), TypeError);
    await fetch("https://file.wx2.qq.com/", {});
  }
  assert.deepEqual(asked.filter((url) => url.includes("//wx.qq.com")), [url], "it is asked once");
  for (const final of [undefined, "", url, `${url}#VMxhr1`, "https://wx.qq.com/elsewhere"]) {
    assert.equal((await answering({ finalUrl: final })(url, {})).status, 200);
  }
  // Where the request allows it, as those for pictures without a session do.
  assert.equal((await answering({ finalUrl: "https://cdn.example/" })(url, { redirect: "follow" })).status, 200);
});

test("a redirect is refused unless the request allows it, and a manager is told so", async () => {
  const told = [];
  const fetch = gmFetch((details) => {
    told.push(details.redirect);
    queueMicrotask(() => details.onload({ status: 200 }));
  });
  for (const redirect of ["error", undefined, "follow"]) {
    await fetch("https://wx.qq.com/", { redirect });
  }
  assert.deepEqual(told, ["error", "error", "follow"]);
});

test("a source's URL that redirects is fetched by the manager", () =>
  withClients({}, async ({ wx }) => {
    const { origin } = standin.info;
    await standin.faults({ endpoint: "webwxgetmsgimg", fault: `redirect:${strangeOrigin}/picture` });
    const url = `${origin}/cgi-bin/mmwebwx-bin/webwxgetmsgimg`;
    await assert.rejects(wx.upload(url, { to }), { code: "not-an-image" });
    assert.deepEqual(heard.splice(0), ["/picture"]);
  }));

for (const [how, quirks] of sets("losesEarlyAbort")) {
  test(`losesEarlyAbort, ${how}: a request that was aborted before it began ends`, { timeout: 20_000 }, () =>
    withClients(quirks, async ({ fetch, manager }) => {
      const controller = new AbortController();
      const going = fetch(`${strangeOrigin}/held`, { method: "POST", body: "a", signal: controller.signal });
      await manager.opened();
      controller.abort("enough");
      assert.equal(await going.catch((reason) => reason), "enough");
      await manager.idle();
    }));
}

for (const [how, quirks] of sets("neverSettles")) {
  test(`neverSettles, ${how}: an upload that is aborted rejects, and goes on from where it was`, { timeout: 20_000 }, () =>
    withClients(quirks, async ({ request, wx, manager }) => {
      const controller = new AbortController();
      let requests = 0;
      let checkpoint;
      // The second chunk's request is on its way then.
      const aborting = (details) => {
        const onloadstart = () => {
          requests += 1;
          details.onloadstart?.();
          if (requests === 2) {
            controller.abort("enough");
          }
        };
        return request({ ...details, onloadstart });
      };
      const { signal } = controller;
      const onCheckpoint = (last) => (checkpoint = last);
      const going = new WebWx(session, { fetch: gmFetch(aborting) }).upload(sample, { to, signal, onCheckpoint });
      assert.equal(await going.catch((reason) => reason), "enough");
      await manager.idle();
      assert.equal((await wx.upload(sample, { to, resume: checkpoint })).md5, md5(sample));
    }));
}

test("no Function.prototype.call of the page's is handed the fetch or the manager's function", () =>
  withClients({}, async ({ request, fetch, wx }) => {
    const { call } = Function.prototype;
    const handed = new Set();
    Function.prototype.call = function (...args) {
      handed.add(this);
      return Reflect.apply(this, args[0], args.slice(1));
    };
    try {
      await wx.upload(small, { to });
    } finally {
      Function.prototype.call = call;
    }
    assert.ok(!handed.has(fetch) && !handed.has(request));
  }));

/** The File Transfer Helper as a user has it: a real browser, its page at its real name, and the built package in that page. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";

import { launch, projectPath, startStandin, visit } from "./harness.mjs";

const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const sample = await readFile(projectPath("www/pictures/sample.jpg"));
const ORIGIN = "https://szfilehelper.weixin.qq.com";
const FILES = "file.wx2.qq.com";

let standin;
let browser;

before(async () => {
  standin = await startStandin("--tls");
  const { origin: page, fileOrigin: file } = standin.info;
  browser = await launch({ hosts: { "szfilehelper.weixin.qq.com": page, [FILES]: file } });
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

/** Opens the page, watched from its first script on where `isWatched`, and does what the test is about. */
const visiting = (query, isWatched, tour) =>
  visit(browser, async (page) => {
    // Its own scripts wait until the page is watched: an extension comes before them in the same way.
    await page.goto(`${ORIGIN}/?logged-out`);
    await page.evaluate(
      async (query, isWatched) => {
        const library = await import(`${location.origin}/dist/index.js`);
        const isSeen = isWatched && library.watchPage();
        const html = await (await fetch(`/${query}`)).text();
        history.replaceState(null, "", `/${query}`);
        document.body.innerHTML = new DOMParser().parseFromString(html, "text/html").body.innerHTML;
        const script = Object.assign(document.createElement("script"), { src: "/filehelper.js" });
        await new Promise((resolve) => {
          script.onload = resolve;
          document.body.append(script);
        });
        await standin.ready;
        await library.default();
        window.library = library;
        return isSeen;
      },
      query,
      isWatched,
    );
    await tour(page);
  });

for (const query of ["", "?fetch"]) {
  test(`its own requests (${query || "XMLHttpRequest"}) tell the session and the messages`, async () => {
    await visiting(query, true, async (page) => {
      const told = await page.evaluate(async () => ({
        session: library.sessionFromPage(),
        messages: library.pageMessages(),
        chat: library.openChat(),
        shown: document.querySelectorAll(".msg-item .msg-image img").length,
        diagnosis: library.diagnosePage(),
      }));
      const { session } = standin.info;
      const { dialect, lang, origin, uin, passTicket, ...rest } = told.session;
      assert.deepEqual([dialect, lang, origin, uin], ["filehelper", "", ORIGIN, String(session.uin)]);
      assert.equal(passTicket, session.passTicket, "once decoded, as the address has it");
      const { fileOrigin: _, origin: __, uin: ___, passTicket: ____, ...same } = session;
      assert.deepEqual(rest, same);
      assert.deepEqual(told.messages.map(({ msgType }) => msgType), [3, 3, 47]);
      assert.deepEqual([told.chat.userName, told.shown], ["filehelper", 2]);
      const by = query === "" ? "XMLHttpRequest" : "fetch";
      for (const name of ["Vuex $store", `services asked by ${by}`, "seen Skey", "seen UserName", "seen messages", "cookie webwx_data_ticket"]) {
        assert.equal(told.diagnosis[name], true, name);
      }
    });
  });
}

test("pictures go out after the browser has asked for leave, and come back", async () => {
  await visiting("", true, async (page) => {
    for (const isHeard of [false, true]) {
      await standin.control("DELETE", "journal");
      const { receipt, back, thumbnail } = await page.evaluate(async (isHeard) => {
        const wx = new library.WebWx(library.sessionFromPage());
        const picture = await (await fetch("/www/pictures/sample.jpg")).blob();
        const receipt = await wx.sendImage(picture, isHeard ? { onProgress() {} } : {});
        const [back, thumbnail] = [await wx.download(receipt.msgId), await wx.download(receipt.msgId, { size: "thumbnail" })];
        return { receipt, back: back.md5, thumbnail: thumbnail.width };
      }, isHeard);
      assert.deepEqual([back, thumbnail], [md5(sample), 120]);
      const journal = await standin.journal();
      const preflights = journal.filter(({ method }) => method === "OPTIONS");
      assert.ok(preflights.length > 0, "the header makes the browser ask");
      assert.ok(preflights.every(({ host, headers }) => host === FILES && /mmweb_appid/.test(headers["access-control-request-headers"])));
      const uploads = journal.filter(({ method, path }) => method === "POST" && path.endsWith("webwxuploadmedia"));
      assert.equal(uploads.length, 3);
      assert.ok(uploads.every(({ response }) => response.BaseResponse.Ret === 0));
      const sent = (await standin.control("GET", "messages")).at(-1);
      assert.deepEqual([sent.MsgId, sent.ToUserName], [receipt.msgId, "filehelper"]);
    }
  });
});

test("the page's own pictures still go out, and those of the phone come, while it is watched", async () => {
  await visiting("", true, async (page) => {
    await page.evaluate(async () => {
      const picture = await (await fetch("/www/pictures/small.png")).blob();
      await standin.send(new File([picture], "small.png", { type: "image/png" }));
      await fetch("/__standin/phone", { method: "POST", body: picture });
      await standin.sync();
    });
    const { messages, full, shown } = await page.evaluate(async () => {
      const messages = library.pageMessages();
      const wx = new library.WebWx(library.sessionFromPage());
      // The last is the one that the page sent, of which only the length is told.
      const { msgId, content } = messages.at(-2);
      const full = await wx.download(msgId, { expect: library.parseMessage(content) });
      return { messages, full: [full.md5, full.verified], shown: document.querySelectorAll(".msg-item").length };
    });
    const small = await readFile(projectPath("www/pictures/small.png"));
    assert.deepEqual(full, [md5(small), "md5"]);
    assert.deepEqual([messages.length, shown], [5, 5]);
    assert.equal(new Set(messages.map(({ msgId }) => msgId)).size, 5);
  });
});

test("a page whose traffic began before says what can be had, and that a reload remedies the rest", async () => {
  await visiting("", false, async (page) => {
    const told = await page.evaluate(() => {
      const message = () => {
        try {
          return library.sessionFromPage();
        } catch ({ code, message }) {
          return `${code}: ${message}`;
        }
      };
      const before = [message(), library.pageMessages().map(({ content, msgType }) => [content, msgType])];
      const isSeen = library.watchPage();
      return { before, isSeen, after: message() };
    });
    const missing = "session-lost: sessionFromPage: missing UserName; ";
    assert.deepEqual(told.before, [
      `${missing}call watchPage() before the page's scripts run, and reload the page once`,
      [["", 3], ["", 3]],
    ]);
    assert.deepEqual([told.isSeen, told.after], [true, `${missing}reload the page once: they were sent before watchPage() was called`]);
  });
});

test("a page that is not logged in is session-lost", async () => {
  await visit(browser, async (page) => {
    await page.goto(`${ORIGIN}/?logged-out`);
    const told = await page.evaluate(async () => {
      const library = await import(`${location.origin}/dist/index.js`);
      library.watchPage();
      await library.default();
      const chat = library.openChat();
      try {
        library.sessionFromPage();
      } catch ({ code, message }) {
        return { code, message, chat };
      }
    });
    assert.deepEqual(told, {
      code: "session-lost",
      message: "sessionFromPage: missing Uin, Sid, Skey, UserName, cookie webwx_data_ticket; log in to the File Transfer Helper",
      chat: null,
    });
  });
});

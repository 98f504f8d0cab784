/** The extension and the page's chats: by which names it knows them, when it sends to them, and what it shows in them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { HOST, untilAsync } from "./extension.mjs";
import { contactsOf, md5Of, moving, sample, sent, small, standin, visiting } from "./extension-suite.mjs";

/** What the page's model has of a chat, and whether the page shows it. */
const chatOf = ({ page }, userName) =>
  page.evaluate((name) => {
    const messages = angular.element(document).injector().get("chatFactory").getChatMessage(name);
    return messages.map(({ MsgId, MsgType, MMStatus, LocalID }) => {
      const isShown = [...document.querySelectorAll("#chatArea [data-cm]")].some((element) => {
        return JSON.parse(element.dataset.cm).msgId === MsgId;
      });
      return { MsgId, MsgType, MMStatus, LocalID, isShown };
    });
  }, userName);

test("a sent picture appears in the page's own chat, once, under the service's id", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openChat(ann);
    const before = await chatOf(wechat, ann);
    await wechat.openPanel();
    await wechat.pick(small, moving);
    await wechat.until('.card[data-state="ready"]', 2);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]', 2);
    await untilAsync(async () => (await chatOf(wechat, ann)).length === before.length + 2);

    const added = (await chatOf(wechat, ann)).slice(before.length);
    const kept = (await standin.control("GET", "messages")).slice(-2);
    const keys = [...(await standin.journal("webwxsendmsgimg")), ...(await standin.journal("webwxsendemoticon"))];
    assert.deepEqual(
      added,
      kept.map(({ MsgId, MsgType }, index) => {
        return { MsgId, MsgType, MMStatus: 2, LocalID: keys[index].json.Msg.ClientMsgId, isShown: true };
      }),
    );
    assert.deepEqual(
      added.map(({ MsgType }) => MsgType),
      [3, 47],
    );
    // The service tells of them once more.
    const state = await wechat.page.evaluate(async () => {
      await window.standin.sync();
      return [window.standin.asked, angular.element(document).injector().get("chatFactory").getCurrentUserName()];
    });
    assert.deepEqual(state, [[], ann]);
    assert.equal((await chatOf(wechat, ann)).length, before.length + 2);
    assert.deepEqual(await chatOf(wechat, hikers), []);
  });
});

test("a send that is made again is one entry in the page's chat", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 4, fault: "accept-then-reset" });
  await visiting(
    async ({ open }) => {
      const wechat = await open();
      const [ann, hikers] = await contactsOf(wechat);
      const before = (await chatOf(wechat, ann)).length;
      await wechat.openPanel();
      await wechat.pick(small);
      await wechat.click(".send");
      await wechat.until('.card[data-state="unsure"]');
      assert.equal((await chatOf(wechat, ann)).length, before, "nothing is known of it yet");
      await wechat.page.evaluate(() => window.standin.sync());
      await wechat.click(".choices .button:last-child");
      await wechat.until('.card[data-state="sent"]');
      // When the bridge answers the panel's next question, it has shown it, or not.
      await wechat.openChat(hikers);
      await wechat.untilText(".receiver", "Hikers");
      assert.equal((await chatOf(wechat, ann)).length, before + 1);
    },
    { expected: ["net::ERR_"] },
  );
});

test("requests have the language of the page's address, as the page's own have", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const languages = async () => (await standin.journal("webwxsendmsgimg")).map(({ query }) => query.lang);
    for (const [address, sent] of [
      ["/", [undefined]],
      ["/?lang=en_US", [undefined, "en_US"]],
    ]) {
      await wechat.page.goto(new URL(address, HOST).href);
      await wechat.openPanel();
      await wechat.pick(small);
      await wechat.until('.card[data-state="ready"]');
      await wechat.click(".send");
      await wechat.until('.card[data-state="sent"]');
      assert.deepEqual(await languages(), sent);
      await wechat.click(".clear");
    }
  });
});

test("chats go by the names that the page shows: emoji, flags, and members where a group has none", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const people = await contactsOf(wechat);
    await wechat.openPanel();
    for (const [place, name] of [
      [1, "Hikers"],
      [2, "File Transfer"],
      [3, "😄"],
      [4, "Team 🇨🇳 1⃣"],
      [5, "Ann 🌻, 😄, Bo & 👋"],
    ]) {
      await wechat.openChat(people[place]);
      await wechat.untilText(".receiver", name);
      assert.deepEqual(await wechat.text(".receiver"), [name]);
    }
    assert.deepEqual(await wechat.page.evaluate(() => window.standin.asked), []);
  });
});

/** Each of the two marks, as it is found in the page. */
const MARKS = { "the chat's title": ".title_name", "the list of chats": "#J_NavChatScrollBody" };

for (const [what, mark] of Object.entries(MARKS)) {
  test(`nothing is sent where ${what} names another receiver`, async () => {
    await visiting(async ({ open }) => {
      const wechat = await open();
      const [ann, hikers] = await contactsOf(wechat);
      await wechat.openPanel();
      await wechat.pick(small);
      await wechat.until('.card[data-state="ready"]');
      await wechat.page.$eval(mark, (element, name) => element.setAttribute("data-username", name), hikers);
      await wechat.click(".send");
      await wechat.until(".card[data-held]");
      assert.deepEqual(await wechat.text(".status"), [
        "Not sent: another chat is open. Open the chat with Ann 🌻, then send it again.",
      ]);
      assert.deepEqual(await standin.journal(), [], "nor uploaded");

      await wechat.openChat(ann);
      await wechat.click(".send");
      await wechat.until('.card[data-state="sent"]');
      assert.deepEqual(await sent(), [[await md5Of(small), ann]]);
    });
  });
}

test("what the page puts in the place of the browser's functions has no say in it", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await wechat.page.evaluate(
      (ann, hikers) => {
        document.querySelector(".title_name").setAttribute("data-username", hikers);
        Document.prototype.querySelector = () => null;
        document.querySelector = () => null;
        Element.prototype.getAttribute = () => ann;
      },
      ann,
      hikers,
    );
    await wechat.click(".send");
    await wechat.until(".card[data-held]");
    assert.deepEqual(await standin.journal(), []);
  });
});

test("a page without the two marks decides by its services alone", async () => {
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(small);
    await wechat.until('.card[data-state="ready"]');
    await wechat.page.evaluate(() => document.querySelectorAll("[data-username]").forEach((mark) => mark.remove()));
    await wechat.openChat(hikers);
    await wechat.click(".send");
    await wechat.until(".card[data-held]");
    await wechat.openChat(ann);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    assert.deepEqual(await sent(), [[await md5Of(small), ann]]);
  });
});

test("another chat is opened while a picture goes up: it is not sent, and goes on where it stopped", async () => {
  // Long enough for what follows the first chunk to come before the last.
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, times: 1, fault: "delay:2000" });
  await visiting(async ({ open }) => {
    const wechat = await open();
    const [ann, hikers] = await contactsOf(wechat);
    await wechat.openPanel();
    await wechat.pick(sample);
    await wechat.until('.card[data-state="ready"]');
    await wechat.click(".send");
    await wechat.untilKept(({ checkpoint }) => checkpoint?.nextChunk === 1);
    await wechat.openChat(hikers);
    await wechat.until(".card[data-held]");
    const forms = () => standin.journal("webwxuploadmedia");
    const uploaded = (await forms()).length;
    assert.deepEqual([uploaded, await sent()], [3, []]);

    await wechat.openChat(ann);
    await wechat.click(".send");
    await wechat.until('.card[data-state="sent"]');
    assert.deepEqual(await sent(), [[await md5Of(sample), ann]]);
    assert.equal((await forms()).length, uploaded + 1, "the last chunk alone, whose answer names the picture");
  });
});

test("a send that may have arrived is not made again to a chat that is not open, and stays unsure", async () => {
  await standin.faults({ endpoint: "webwxsendmsgimg", times: 4, fault: "accept-then-reset" });
  await visiting(
    async ({ open }) => {
      const wechat = await open();
      const [ann, hikers] = await contactsOf(wechat);
      await wechat.openPanel();
      await wechat.pick(small);
      await wechat.click(".send");
      await wechat.until('.card[data-state="unsure"]');
      await wechat.openChat(hikers);
      await wechat.click(".choices .button:last-child");
      await wechat.untilText('.card[data-state="unsure"] .status', "another chat is open");
      await wechat.openChat(ann);
      await wechat.click(".choices .button:last-child");
      await wechat.until('.card[data-state="sent"]');
      const keys = (await standin.journal("webwxsendmsgimg")).map(({ json }) => json.Msg.ClientMsgId);
      assert.deepEqual([keys.length, new Set(keys).size], [5, 1]);
    },
    { expected: ["net::ERR_"] },
  );
});

test("originals: one's own are saved too, and what is not sent yet is passed over", async () => {
  await visiting(async ({ browser, open }) => {
    const cdp = await browser.target().createCDPSession();
    await cdp.send("Browser.setDownloadBehavior", { behavior: "deny" });
    const wechat = await open();
    const people = await contactsOf(wechat);
    await wechat.openChat(people[3]);
    await wechat.openPanel();
    await wechat.untilText(".receiver", "😄");
    await wechat.click(".save-all");
    await wechat.untilText(".result", "Saved:");
    assert.deepEqual(await wechat.text(".result"), ["Saved: 2 · unverified: 1 · duplicates: 1"]);
    // Not the page's thumbnails.
    const asked = (await standin.journal("webwxgetmsgimg")).filter(({ query }) => !("type" in query));
    const there = (await chatOf(wechat, people[3])).filter(({ MsgType, MMStatus = 2 }) => MsgType === 3 && MMStatus === 2);
    assert.deepEqual(
      asked.map(({ query }) => query.MsgID),
      there.map(({ MsgId }) => MsgId),
    );
  });
});

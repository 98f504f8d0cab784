/** The userscript and the page's chats: by which names it knows them, when it sends to them, and what it shows in them. */
import assert from "node:assert/strict";

import { PLAIN, icon, paste, sentMessages, standin, test, traffic, visiting } from "./userscript-suite.mjs";

const people = (page) =>
  page.evaluate(() => Object.keys(angular.element(document).injector().get("contactFactory").getAllContacts()));

const open = (page, userName) =>
  page.evaluate((name) => angular.element(document).injector().get("chatFactory").setCurrentUserName(name), userName);

/** What the page's model has of a chat. */
const chatOf = (page, userName) =>
  page.evaluate((name) => {
    const messages = angular.element(document).injector().get("chatFactory").getChatMessage(name);
    return messages.map(({ MsgId, MsgType, MMStatus }) => ({ MsgId, MsgType, MMStatus }));
  }, userName);

test("a sent picture appears in the page's own chat, once, under the service's id", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const [ann] = await people(page);
    const before = (await chatOf(page, ann)).length;
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);
    const [{ MsgId }] = await sentMessages();
    assert.deepEqual((await chatOf(page, ann)).slice(before), [{ MsgId, MsgType: 3, MMStatus: 2 }]);
    const asked = await page.evaluate(async () => {
      await window.standin.sync();
      return window.standin.asked;
    });
    assert.deepEqual([(await chatOf(page, ann)).length, asked], [before + 1, []]);
  });
});

test("chats go by the names that the page shows: emoji, flags, and members where a group has none", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const names = ["Ann 🌻", "Hikers", "File Transfer", "😄", "Team 🇨🇳 1⃣", "Ann 🌻, 😄, Bo & 👋"];
    for (const [place, name] of names.entries()) {
      await open(page, (await people(page))[place]);
      await paste(page, [icon]);
      assert.equal((await cards.all()).at(-1).title, `Send to ${name}?`);
    }
    assert.deepEqual(await page.evaluate(() => window.standin.asked), []);
  });
});

for (const mark of [".title_name", "#J_NavChatScrollBody"]) {
  test(`nothing is sent where ${mark} names another receiver, and trying again goes by what it then names`, async () => {
    await visiting(PLAIN, async (page, cards) => {
      const [ann, hikers] = await people(page);
      await paste(page, [icon]);
      await cards.says(/×/);
      await page.$eval(mark, (element, name) => element.setAttribute("data-username", name), hikers);
      await page.keyboard.press("Enter");
      await cards.says(/^Not sent: another chat is open\./);
      assert.deepEqual((await cards.all())[0].buttons, ["Try again", "Close"]);
      assert.deepEqual((await traffic()).chunks, [], "nor uploaded");
      await open(page, ann);
      await cards.click("Try again");
      await cards.says(/^Sent\.$/);
      assert.equal((await sentMessages()).length, 1);
    });
  });
}

test("a page without the two marks decides by its services alone", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await page.evaluate(() => document.querySelectorAll("[data-username]").forEach((mark) => mark.remove()));
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);
  });
});

test("another chat is opened while a picture goes up: it is not sent, and not uploaded again", async () => {
  // Long enough for another chat to be opened before the answer.
  await standin.faults({ endpoint: "webwxuploadmedia", times: 1, fault: "delay:1000" });
  await visiting(PLAIN, async (page, cards) => {
    const [ann, hikers] = await people(page);
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/^Uploading/);
    await open(page, hikers);
    await cards.says(/^Not sent: another chat is open\./);
    assert.deepEqual([(await traffic()).chunks, await sentMessages()], [[0], []]);
    await open(page, ann);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    assert.deepEqual([(await traffic()).chunks, (await sentMessages()).length], [[0], 1]);
  });
});

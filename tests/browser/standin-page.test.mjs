/** The stand-in's page: that it behaves as the official page's services do, in all that our code looks at. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { launch, startStandin, visit } from "./harness.mjs";

let standin;
let browser;

before(async () => {
  standin = await startStandin();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

const visiting = (tour) =>
  visit(browser, async (page) => {
    await page.goto(`${standin.info.origin}/`);
    await page.evaluate(() => {
      globalThis.get = (name) => angular.element(document).injector().get(name);
      globalThis.people = Object.values(get("contactFactory").getAllContacts());
    });
    await tour(page);
  });

test("opening the page asks for nothing", () =>
  visiting(async (page) => {
    assert.equal(await page.evaluate(() => document.querySelectorAll("[data-cm]").length), 0);
    assert.deepEqual(await standin.journal(), []);
  }));

test("the pass_ticket is as the login gave it, and gone after a reload", () =>
  visiting(async (page) => {
    const account = () => {
      const { getUin, getPassticket } = angular.element(document).injector().get("accountFactory");
      return [getUin(), getPassticket() ?? null];
    };
    const { uin, passTicket } = standin.info.session;
    assert.match(passTicket, /[+/=]/);
    assert.deepEqual(await page.evaluate(account), [uin, encodeURIComponent(passTicket)]);
    await page.reload();
    assert.deepEqual(await page.evaluate(account), [uin, null]);
  }));

test("names are HTML with emoji of both forms; a group without one has its members'", () =>
  visiting(async (page) => {
    const names = await page.evaluate(() => people.map((person) => person.getDisplayName()));
    const image = (code, letter = "") =>
      `<img class="emoji emoji${code}" text="${letter}_web" src="/zh_CN/htmledition/v2/images/spacer.gif" />`;
    const ann = 'Ann <span class="emoji emoji1f33b"></span>';
    const smile = image("1f604", "\ue415");
    assert.deepEqual(names, [
      ann,
      "Hikers",
      "File Transfer",
      smile,
      `Team ${image("1f1e81f1f3")} ${image("3120e3")}`,
      `${ann}, ${smile}, Bo &amp; <span class="emoji emoji1f44b"></span>`,
    ]);
  }));

test("who asks for a contact that the page lacks, and does not say that it is not to ask, is seen", () =>
  visiting(async (page) => {
    const [asked, hikers] = await page.evaluate(() => {
      const { getContact } = get("contactFactory");
      const [ann, group] = people.map(({ UserName }) => UserName);
      getContact(ann);
      getContact(group, "", true);
      getContact("@nobody", "", true);
      getContact(group);
      getContact("@nobody", "");
      return [standin.asked, group];
    });
    assert.deepEqual(asked, [hikers, "@nobody"]);
  }));

test("both marks follow the chat that is opened, and are otherwise the test's", () =>
  visiting(async (page) => {
    const marks = await page.evaluate(() => {
      const seen = [];
      const [title, list] = ["#chatArea .title_name", "#J_NavChatScrollBody"].map((at) => document.querySelector(at));
      const look = () => seen.push([title.dataset.username, list.dataset.username, title.textContent]);
      look();
      get("chatFactory").setCurrentUserName(people[1].UserName);
      look();
      title.dataset.username = "@other";
      list.removeAttribute("data-username");
      get("$rootScope").$digest();
      look();
      return JSON.parse(JSON.stringify(seen).replaceAll(people[0].UserName, "ann").replaceAll(people[1].UserName, "hikers"));
    });
    assert.deepEqual(marks, [
      ["ann", "ann", "Ann "],
      ["hikers", "hikers", "Hikers"],
      ["@other", null, "Hikers"],
    ]);
  }));

/** What stands in the open chat: the message's own data, and the picture's address without what differs. */
const shown = () =>
  [...document.querySelectorAll("#chatArea [data-cm]")].map((marked) => {
    const { type, msgType, subType, msgId, actualSender } = JSON.parse(marked.dataset.cm);
    const src = marked.querySelector("img")?.getAttribute("src") ?? null;
    return { type, msgType, subType, msgId, actualSender, src };
  });

test("each odd kind of message is in the chat, with the address that its picture has", () =>
  visiting(async (page) => {
    await page.evaluate(() => get("chatFactory").setCurrentUserName(people[3].UserName));
    const rows = await page.evaluate(shown);
    const states = await page.evaluate(() => {
      const list = get("chatFactory").getChatMessage(people[3].UserName);
      return list.map(({ MsgId, LocalID, MMStatus, Content }) => [MMStatus ?? null, MsgId === LocalID, Content === ""]);
    });
    const { skey } = standin.info.session;
    const at = (msgId, type) =>
      `/cgi-bin/mmwebwx-bin/webwxgetmsgimg?&MsgID=${msgId}&skey=${encodeURIComponent(skey)}&type=${type}`;
    const kinds = rows.map(({ msgType, msgId, src }) => {
      const kind = src === at(msgId, "slave") ? "slave" : src === at(msgId, "big") ? "big" : src?.replace(/[,=].*/s, "");
      return [msgType, kind];
    });
    const preview = "/cgi-bin/mmwebwx-bin/webwxpreview?fun";
    const own = "data:image/jpeg;base64";
    assert.deepEqual(kinds, [
      ["3", "slave"],
      ["3", own],
      ["3", preview],
      ["3", own],
      ["3", own],
      ["47", "big"],
      ["43", "slave"],
      ["1", undefined],
    ]);
    assert.deepEqual(states, [
      [null, true, false],
      [2, false, true],
      [2, false, true],
      [1, true, true],
      [5, true, true],
      [null, true, false],
      [null, true, false],
      [null, true, false],
    ]);
    await page.until(() => [...document.querySelectorAll("#chatArea img")].every(({ complete }) => complete));
    const widths = await page.evaluate(() => [...document.querySelectorAll(".msg-img")].map(({ naturalWidth }) => naturalWidth));
    assert.deepEqual(widths, [120, 120, 320, 120, 120, 96, 120], "every picture is served");
  }));

test("the service has the originals of sent and received pictures, and no others", () =>
  visiting(async (page) => {
    const sizes = await page.evaluate(async () => {
      const skey = encodeURIComponent(get("accountFactory").getSkey());
      const length = async ({ MsgId }) => {
        const answer = await fetch(`/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=${MsgId}&skey=${skey}`);
        return (await answer.arrayBuffer()).byteLength > 0;
      };
      return Promise.all(get("chatFactory").getChatMessage(people[3].UserName).map(length));
    });
    assert.deepEqual(sizes, [true, true, true, false, false, true, false, false]);
  }));

test("a group's message has its sender's name in front, and MMActualContent has not", () =>
  visiting(async (page) => {
    const [content, actual, sender, known] = await page.evaluate(() => {
      const [message] = get("chatFactory").getChatMessage(people[5].UserName);
      const { Content, MMActualContent, MMActualSender } = message;
      return [Content, MMActualContent, MMActualSender, people[5].MemberList.at(-1).UserName === MMActualSender];
    });
    assert.ok(known);
    assert.equal(content, `${sender}:<br/>${actual}`);
    assert.match(actual, /^&lt;\?xml .*<br\/>/);
  }));

test("a message that is made and processed is shown once, whatever comes by sync after it", () =>
  visiting(async (page) => {
    const { MsgId } = (await standin.control("GET", "messages")).at(-1);
    const facts = await page.evaluate(async () => {
      const chat = get("chatFactory");
      const list = chat.getChatMessage(people[0].UserName);
      const before = list.length;
      const made = chat.createMessage({ MsgType: 3, ToUserName: people[0].UserName });
      const { MsgId, LocalID, ClientMsgId, MMStatus, FromUserName } = made;
      const ids = [MsgId.length, MsgId === LocalID && LocalID === ClientMsgId, MMStatus];
      Object.assign(made, { MsgId: "8000000000000000001", MMStatus: 2 });
      chat.messageProcess(made);
      chat.messageProcess({ ...made });
      const undrawn = document.querySelectorAll("[data-cm]").length;
      get("$rootScope").$digest();
      const drawn = document.querySelectorAll("[data-cm]").length;
      const first = document.querySelector("[data-cm]");
      await standin.sync();
      const isKept = document.querySelector("[data-cm]") === first;
      const appended = chat.createMessage({ MsgType: 3 });
      chat.appendMessage(appended);
      const isOwn = FromUserName === get("accountFactory").getUserName().trim();
      return [before, ids, undrawn, drawn, list.length, isKept, appended.MMStatus, isOwn, list.at(-2).Content];
    });
    assert.deepEqual(facts, [3, [17, true, 0], 0, 4, 5, true, 1, true, ""]);
    assert.equal((await page.evaluate(shown))[2].msgId, MsgId);
  }));

test("a digest inside a digest throws, as angular's does", () =>
  visiting(async (page) => {
    const said = await page.evaluate(() => {
      const root = get("$rootScope");
      root.$$phase = "$apply";
      try {
        root.$digest();
        return null;
      } catch ({ message }) {
        return message;
      }
    });
    assert.match(said, /^\[\$rootScope:inprog\]/);
  }));

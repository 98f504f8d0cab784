/** What the package asks of the page and tells it: the open chat, its name, and a message that was sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isOpenChat, openChat, pageMessages, showInPage } from "webwx-image";

import { ANN, fakePage, GROUP, OWN, receipt, receiptOf } from "./page.mjs";

test("the open chat is the page's, by the name that the page shows", () => {
  assert.deepEqual(openChat(fakePage()), { userName: ANN, name: "Ann" });
  assert.deepEqual(openChat(fakePage({ open: ` ${GROUP} ` })), { userName: GROUP, name: "Hikers" });
  const contacts = { [ANN]: { NickName: "Ann", RemarkName: "Sister", getDisplayName: () => "Ann of the group" } };
  assert.equal(openChat(fakePage({ contacts })).name, "Ann of the group");
  delete contacts[ANN].getDisplayName;
  assert.equal(openChat(fakePage({ contacts })).name, "Sister");
  delete contacts[ANN].RemarkName;
  assert.equal(openChat(fakePage({ contacts })).name, "Ann");
});

test("a name is missing only where the page has none, and nobody is asked for it", () => {
  const page = fakePage({ open: "@unknown" });
  assert.deepEqual(openChat(page), { userName: "@unknown", name: "@unknown" });
  assert.deepEqual(page.requests, []);
  // A group before its members are known, as the page itself shows it.
  const contacts = { [GROUP]: { getDisplayName: () => GROUP } };
  assert.equal(openChat(fakePage({ contacts, open: GROUP })).name, GROUP);
});

test("a chat's messages are those that the service has taken, in the shape of both kinds of page", () => {
  const page = fakePage();
  const list = page.services.chatFactory.getChatMessage(ANN);
  const message = (MsgId, more = {}) => ({ MsgId, MsgType: 3, Content: "x", CreateTime: 1_700_000_000, FromUserName: ANN, ToUserName: OWN, ...more });
  const hostile = { get MsgId() { throw new Error("not here"); } };
  list.push(message("1"), message("2", { MMStatus: 2, Content: "" }), message("17007000000000000", { MMStatus: 1 }), message("4", { MMStatus: 5 }));
  list.push(hostile, null, 7, message("no id"), message("8", { MMStatus: 2, CreateTime: undefined, MsgType: "47", Content: 7 }));
  const told = { msgType: 3, content: "x", createTime: 1_700_000_000, from: ANN, to: OWN };
  const expected = [
    { msgId: "1", ...told },
    { msgId: "2", ...told, content: "" },
    { msgId: "8", ...told, msgType: 47, content: "", createTime: null },
  ];
  assert.deepEqual(pageMessages(undefined, page), expected);
  assert.deepEqual(pageMessages(ANN, page), expected);
  assert.deepEqual(pageMessages(GROUP, page), []);
  list.push(...Array.from({ length: 2500 }, (_, at) => message(String(10_000 + at))));
  const ids = pageMessages(ANN, page).map(({ msgId }) => msgId);
  assert.deepEqual([ids.length, ids[0], ids.at(-1)], [2000, "10500", "12499"]);
  for (const odd of [fakePage({ open: "" }), {}, null, 7]) {
    assert.deepEqual(pageMessages(undefined, odd), []);
  }
  page.services.chatFactory.getChatMessage = () => { throw new Error("not here"); };
  assert.deepEqual(pageMessages(ANN, page), []);
});

test("without an open chat, or without the page, there is none", () => {
  for (const page of [fakePage({ open: "" }), fakePage({ open: null }), fakePage({ open: 7 }), {}, undefined, null]) {
    assert.equal(openChat(page), null);
    assert.equal(isOpenChat("", page), false);
    assert.equal(isOpenChat(ANN, page), false);
  }
});

/** What the page holds as a name, and how it is read. */
const NAMES = {
  "Ann &amp; Bob": "Ann & Bob",
  "&amp;lt;b&amp;gt;": "&lt;b&gt;",
  "&lt;b&gt; &quot;x&quot; &#39;y&#x27; &APOS;z": "<b> \"x\" 'y' 'z",
  "a&nbsp;&nbsp;b": "a b",
  "I <3 you, a < b": "I <3 you, a < b",
  "fish &chips; &unknown": "fish &chips; &unknown",
  "&#0;&#xd800;&#9999999;": "\ufffd\ufffd\ufffd",
  'Ann <span class="emoji emoji1f33b"></span>': "Ann 🌻",
  '<img class="emoji emoji1f604" text="\ue415_web" src="/images/spacer.gif" />': "😄",
  "<img src='/a.gif' text='_web' class='emoji emoji1f604'>!": "😄!",
  '<SPAN title=x CLASS=" emoji1F604  emoji "></SPAN>': "😄",
  "<span class=emoji></span>a": "a",
  '<span class="qqemoji qqemoji12"></span>a<br>b': "ab",
  '<span class="emoji1f604"></span><span class="emoji emojibogus"></span>a': "a",
  '<span class="emoji emoji1f60"></span><span class="emoji emoji1f6041"></span>a': "a",
  '<span class="emoji emoji231a"></span><span class="emoji emoji3297"></span>': "⌚㊗",
  '<span class="emoji emoji1f1e81f1f3"></span>': "🇨🇳",
  '<span class="emoji emoji2320e3"></span><span class="emoji emoji3920e3"></span>': "#⃣9⃣",
  '<span class="emoji emoji2afe0f20e3"></span>': "*️⃣",
  '<span class="emoji emojia9"></span><span class="emoji emojiaefe0f"></span>': "©®️",
  '<span class="emoji emoji2764fe0f200d1f525"></span>': "❤️‍🔥",
  '<span class="emoji emoji1f44d1f3fb"></span>': "👍🏻",
  '<span class="emoji emoji1f468200d1f469200d1f467"></span>': "👨‍👩‍👧",
  '<span class="emoji emoji1f3f4e0067e0062e0065e006ee0067e007f"></span>': "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "👨‍👩‍👧 Fam": "👨‍👩‍👧 Fam",
  "\u202Egpj.Eve\u200b\ufeff": "gpj.Eve",
  " a\n\tb\u0000c\u2028d ": "a b c d",
  "<img src=x onerror='alert(1)'>Eve": "Eve",
};

for (const [html, name] of Object.entries(NAMES)) {
  test(`the name ${JSON.stringify(html)} is read as ${JSON.stringify(name)}`, () => {
    const contacts = { [ANN]: { getDisplayName: () => html } };
    assert.equal(openChat(fakePage({ contacts })).name, name);
  });
}

/** The class names of the emoji that the official page knows: code points in hexadecimal. */
const KNOWN = `
  2122 2600 2601 2614 2615 2708 2728 2754 2755 2764 1f64f 1f604 1f60a 1f603 263a 1f609 1f60d 1f618 1f61a
  1f633 1f63c 1f60c 1f61c 1f445 1f612 1f60f 1f613 1f640 1f61e 1f616 1f625 1f630 1f628 1f62b 1f622 1f62d
  1f602 1f632 1f631 1f620 1f63e 1f62a 1f637 1f47f 1f47d 1f494 1f498 1f31f 1f4a4 1f4a6 1f3b5 1f525 1f4a9
  1f44d 1f44e 1f44a 270c 1f446 1f447 1f449 1f448 261d 1f4aa 1f48f 1f491 1f466 1f467 1f469 1f468 1f47c
  1f480 1f48b 26c4 1f319 26a1 1f30a 1f431 1f429 1f42d 1f439 1f430 1f43a 1f438 1f42f 1f428 1f43b 1f437
  1f42e 1f417 1f435 1f434 1f40d 1f426 1f414 1f427 1f41b 1f419 1f420 1f433 1f42c 1f339 1f33a 1f334 1f335
  1f49d 1f383 1f47b 1f385 1f384 1f381 1f514 1f389 1f388 1f4bf 1f4f7 1f3a5 1f4bb 1f4fa 1f4de 1f513 1f512
  1f511 1f528 1f4a1 1f4eb 1f6c0 1f4b2 1f4a3 1f52b 1f48a 1f3c8 1f3c0 26bd 26be 26f3 1f3c6 1f47e 1f3a4 1f3b8
  1f459 1f451 1f302 1f45c 1f484 1f48d 1f48e 1f37a 1f37b 1f377 1f354 1f35f 1f35d 1f363 1f35c 1f373 1f366
  1f382 1f34f 1f680 1f6b2 1f684 26a0 1f3c1 1f6b9 1f6ba 2b55 274e a9 ae
`
  .trim()
  .split(/\s+/);

test("every emoji that the page knows is its character", () => {
  assert.ok(KNOWN.length > 150);
  for (const code of KNOWN) {
    const img = `<img class="emoji emoji${code}" text="\ue415_web" src="/images/spacer.gif" />`;
    const contacts = { [ANN]: { getDisplayName: () => img } };
    const { name } = openChat(fakePage({ contacts }));
    assert.deepEqual([[...name].length, name.codePointAt(0)], [1, Number.parseInt(code, 16)], code);
    assert.match(name, /\p{Extended_Pictographic}/u);
  }
});

test("a name of any length is read at once", () => {
  for (const part of ["<", "<a ", "&", "&#", "<span class='emoji emoji", '<span class="emoji emoji1f604"></span>', "x "]) {
    const contacts = { [ANN]: { getDisplayName: () => part.repeat(1_000_000) } };
    const { name } = openChat(fakePage({ contacts }));
    assert.ok(name.length <= 8192);
  }
});

test("the open chat is the one that services and document agree on", () => {
  const marked = (chatArea, list) => fakePage({ marks: { "#chatArea": chatArea, "#J_NavChatScrollBody": list } });
  assert.equal(isOpenChat(ANN, fakePage()), true);
  assert.equal(isOpenChat(GROUP, fakePage()), false);
  assert.equal(isOpenChat(ANN, marked(ANN, ANN)), true);
  assert.equal(isOpenChat(ANN, marked(GROUP, ANN)), false);
  assert.equal(isOpenChat(ANN, marked(ANN, GROUP)), false);
  assert.equal(isOpenChat(ANN, marked("", "")), false, "the document shows no chat");
  assert.equal(isOpenChat(GROUP, marked(GROUP, GROUP)), false, "the services have another one open");
  // An older page has no marks, or not both.
  assert.equal(isOpenChat(ANN, marked(undefined, undefined)), true);
  assert.equal(isOpenChat(GROUP, marked(undefined, undefined)), false);
  assert.equal(isOpenChat(ANN, marked(undefined, GROUP)), false);
  assert.equal(isOpenChat(ANN, { ...fakePage(), document: undefined }), false);
  assert.equal(isOpenChat({ toString: () => ANN }, fakePage()), false);
});

test("a sent picture is shown as one that the page sent itself", () => {
  const page = fakePage({ open: GROUP });
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  const [message, ...more] = page.messages();
  assert.deepEqual(more, []);
  assert.deepEqual(message, {
    MsgType: 3,
    FromUserName: OWN,
    ToUserName: ANN,
    MediaId: "@crypt_0f0f0f0f_1234",
    MsgId: "8997396119269472610",
    LocalID: "17007000000001234",
    ClientMsgId: "17007000000001234",
    MMStatus: 2,
    sendByLocal: false,
  });
  assert.deepEqual([page.open, page.unread, page.digests, page.requests], [GROUP, 0, 1, []]);
});

test("a GIF is shown as the emoticon as which it was sent", () => {
  const page = fakePage();
  assert.equal(showInPage(receiptOf("image/gif"), { to: ANN, page }), true);
  const [{ MsgType, EmojiFlag }] = page.messages();
  assert.deepEqual([MsgType, EmojiFlag], [47, 2]);
});

test("a file is shown with its name and size, as one that is up", () => {
  const page = fakePage();
  const media = { ...receiptOf("image/jpeg").media, fileName: "Two trees.JPG" };
  assert.equal(showInPage(receipt({ media }), { to: ANN, page }), true);
  const [{ MsgType, FileName, FileSize, MMFileExt, EncryFileName, MediaId, sendByLocal }] = page.messages();
  assert.deepEqual([MsgType, FileName, FileSize, MMFileExt], [49, "Two trees.JPG", 1000, "JPG"]);
  assert.deepEqual([MediaId, EncryFileName, sendByLocal], [media.mediaId, "Two%20trees.JPG", false]);
});

test("a message is there once, whatever tells of it again", () => {
  const page = fakePage();
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  page.services.chatFactory.messageProcess({ MsgType: 3, MsgId: receipt().msgId, FromUserName: OWN, ToUserName: ANN });
  assert.equal(page.messages().length, 1);
  // The same message, whose first answer was lost.
  assert.equal(showInPage(receipt({ msgId: "8997396119269472611" }), { to: ANN, page }), true);
  assert.equal(page.messages().length, 1);
  assert.equal(page.digests, 1);
});

test("what came by sync before is not shown again", () => {
  const page = fakePage();
  page.services.chatFactory.messageProcess({ MsgType: 3, MsgId: receipt().msgId, FromUserName: OWN, ToUserName: ANN });
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  assert.equal(page.messages().length, 1);
});

test("while the page is in a digest of its own, none is begun", () => {
  const page = fakePage();
  page.services.$rootScope.$$phase = "$apply";
  assert.equal(showInPage(receipt(), { to: "@@9f0e", page }), true);
  assert.deepEqual([page.messages(GROUP).length, page.digests], [1, 0]);
});

const throws = () => {
  throw new Error("no");
};
const throwing = (key) => Object.defineProperty({}, key, { get: throws });

/** Receipts and receivers that are none. */
const FORGED = {
  "no receipt": [undefined],
  "a receipt that is null": [null],
  "a string": ["8997396119269472610"],
  "a MsgID that is a number": [receipt({ msgId: 8997396119269472 })],
  "a MsgID that is no number": [receipt({ msgId: "12a" })],
  "a MsgID of 21 digits": [receipt({ msgId: "1".repeat(21) })],
  "a MsgID with a line break": [receipt({ msgId: "12\n" })],
  "an empty MsgID": [receipt({ msgId: "" })],
  "an object that says a MsgID": [receipt({ msgId: { toString: () => "12" } })],
  "no LocalID": [receipt({ localId: undefined })],
  "a LocalID that is no number": [receipt({ localId: "<b>" })],
  "no media": [receipt({ media: undefined })],
  "media without an id": [receipt({ media: { type: "image/png" } })],
  "media of a type that is no picture's": [receiptOf("application/pdf")],
  "a file whose name is none": [receipt({ media: { ...receipt().media, fileName: {} } })],
  "a file without a size": [receipt({ media: { ...receipt().media, fileName: "a.pdf", size: "1" } })],
  "media of a type that is no type": [receiptOf("constructor")],
  "a getter that throws": [throwing("msgId")],
  "a getter that throws within": [receipt({ media: throwing("type") })],
  "no receiver": [receipt(), undefined],
  "a receiver that is no UserName": [receipt(), "weixin"],
  "a receiver that the page does not know": [receipt(), "@eeee"],
  "a receiver that is an object": [receipt(), { toString: () => ANN }],
};

for (const [what, [forged, to]] of Object.entries(FORGED)) {
  test(`${what}: nothing is shown`, () => {
    const page = fakePage();
    const isNamed = what.includes("receiver");
    assert.equal(showInPage(forged, { to: isNamed ? to : ANN, page }), false);
    const before = fakePage();
    assert.deepEqual([page.messages(), page.digests, page.requests], [before.messages(), 0, []]);
  });
}

test("a receipt's values are read once: what was looked at is what is shown", () => {
  let reads = 0;
  const turning = Object.defineProperty(receipt(), "msgId", { get: () => (reads++ === 0 ? "12" : "<b>") });
  const page = fakePage();
  assert.equal(showInPage(turning, { to: ANN, page }), true);
  assert.equal(page.messages()[0].MsgId, "12");
});

/** Pages that lack something, or do something else: what is changed of a whole one. */
const ODD = {
  "no angular": (page) => delete page.angular,
  "an angular that throws": (page) => Object.defineProperty(page, "angular", { get: throws }),
  "no injector yet": (page) => (page.angular = { element: () => ({ injector: () => undefined }) }),
  "no chatFactory": (page) => delete page.services.chatFactory,
  "no createMessage": (page) => delete page.services.chatFactory.createMessage,
  "a createMessage that throws": (page) => (page.services.chatFactory.createMessage = throws),
  "a createMessage that gives a frozen message": ({ services: { chatFactory } }) =>
    (chatFactory.createMessage = Object.freeze),
  "a createMessage that gives nothing": (page) => (page.services.chatFactory.createMessage = () => undefined),
  "no messageProcess": (page) => delete page.services.chatFactory.messageProcess,
  "a messageProcess that throws": (page) => (page.services.chatFactory.messageProcess = throws),
  "a messageProcess that does nothing": (page) => (page.services.chatFactory.messageProcess = () => {}),
  "no getChatMessage": (page) => delete page.services.chatFactory.getChatMessage,
  "a getChatMessage that throws": (page) => (page.services.chatFactory.getChatMessage = throws),
  "a getChatMessage that gives no list": (page) => (page.services.chatFactory.getChatMessage = () => null),
  "no contactFactory": (page) => delete page.services.contactFactory,
  "a getContact that throws": (page) => (page.services.contactFactory.getContact = throws),
  "no $rootScope": (page) => delete page.services.$rootScope,
  "no $digest": (page) => delete page.services.$rootScope.$digest,
};

for (const [what, spoil] of Object.entries(ODD)) {
  test(`a page with ${what} is left alone`, () => {
    const page = fakePage();
    spoil(page);
    assert.equal(showInPage(receipt(), { to: ANN, page }), false);
    assert.deepEqual([page.messages(), page.digests, page.open], [[], 0, ANN]);
    assert.doesNotThrow(() => [openChat(page), isOpenChat(ANN, page)]);
  });
}

test("a page whose own work fails after the message is in has it all the same", () => {
  const page = fakePage();
  const { chatFactory, $rootScope } = page.services;
  const { messageProcess } = chatFactory;
  chatFactory.messageProcess = function (message) {
    messageProcess.call(this, message);
    throw new Error("the list of chats");
  };
  $rootScope.$digest = throws;
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  assert.equal(page.messages().length, 1);
});

test("frozen services, and messages that cannot be read, are no hindrance", () => {
  const page = fakePage();
  page.services.chatFactory.getChatMessage(ANN).push(null, throwing("MsgId"), 7, { MsgId: 5 });
  Object.values(page.services).forEach(Object.freeze);
  assert.equal(showInPage(receipt(), { to: ANN, page }), true);
  assert.equal(page.messages().length, 5);
  assert.deepEqual(openChat(page), { userName: ANN, name: "Ann" });
});

test("names that cannot be read are none", () => {
  const contacts = { [ANN]: Object.assign(throwing("RemarkName"), { getDisplayName: throws, NickName: "Ann" }) };
  assert.equal(openChat(fakePage({ contacts })).name, "Ann");
  assert.equal(openChat(fakePage({ contacts: { [ANN]: { getDisplayName: () => ({}) } } })).name, ANN);
});

test("in Node, where there is no page, all three say so", () => {
  assert.deepEqual([openChat(), isOpenChat(ANN), showInPage(receipt(), { to: ANN })], [null, false, false]);
  assert.deepEqual([showInPage(), showInPage(receipt())], [false, false]);
});

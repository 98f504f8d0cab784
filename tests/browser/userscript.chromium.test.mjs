/**
 * The userscript as a manager runs it, in real Chromium and at the real names. No manager is to be had here:
 * manager.mjs is a stand-in for one, and says after what.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test as run } from "node:test";

import { Cards } from "./cards.mjs";
import { launchChromium, projectPath, startStandin } from "./harness.mjs";
import { install, metadataOf } from "./manager.mjs";

const CHUNK = 524_288;
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const sample = await readFile(projectPath("www/pictures/sample.jpg"));
const small = await readFile(projectPath("www/pictures/small.png"));
const script = await readFile(projectPath("dist/webwx-image.user.js"), "utf8");
const library = await readFile(projectPath("dist/webwx-image.iife.js"), "utf8");

/** No script but the page's own files, no WebAssembly, no requests, no pictures, no styles. */
const STRICT = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'";

/** Where the manager runs the script apart from the page, and where the page is strict. */
const [PLAIN, SECOND, STRICT_PAGE, APART] = ["wx.qq.com", "web2.wechat.com", "wx2.qq.com", "wx8.qq.com"];

let standin;
let strict;
let browser;
let folders;

before(async () => {
  [standin, strict] = await Promise.all([startStandin("--tls"), startStandin("--tls", "--policy", STRICT)]);
  const at = (name, { info }) => ({ [name]: info.origin, [`file.${name}`]: info.fileOrigin });
  folders = await Promise.all([
    install(script, library, { matches: [PLAIN, SECOND, STRICT_PAGE].map((host) => `https://${host}/*`) }),
    install(script, library, { matches: [`https://${APART}/*`], apart: true }),
    mkdtemp(join(tmpdir(), "userscript-downloads-")),
  ]);
  browser = await launchChromium({
    hosts: { ...at(PLAIN, standin), ...at(SECOND, standin), ...at(APART, standin), ...at(STRICT_PAGE, strict) },
    // Extensions are loaded through the pipe; a port does not let them.
    pipe: true,
    enableExtensions: folders.slice(0, 2),
  });
});

after(async () => {
  await browser?.close();
  await Promise.all([standin?.stop(), strict?.stop()]);
  await Promise.all((folders ?? []).map((folder) => rm(folder, { recursive: true })));
});

beforeEach(() => Promise.all([standin.reset(), strict.reset()]));

/** A card that never says what is waited for ends its test, not the whole run. */
const test = (name, work) => run(name, { timeout: 30_000 }, work);

/** Opens the page with an editor in it that takes pastes as the real page does, and keeps what it heard. */
async function visiting(host, visit) {
  const page = await browser.newPage();
  try {
    await page.goto(`https://${host}/`);
    await page.evaluate(() => {
      window.heard = [];
      const editor = document.createElement("pre");
      editor.id = "editArea";
      editor.contentEditable = "true";
      document.body.append(editor);
      for (const [where, target] of Object.entries({ window, document, editor })) {
        target.addEventListener("paste", () => heard.push(where), { capture: true });
      }
      document.addEventListener("keydown", ({ key }) => heard.push(key));
      editor.focus();
    });
    return await visit(page, await Cards.of(page));
  } finally {
    await page.close();
  }
}

/** Pastes files into the editor, as base64 with their types and names, and perhaps text beside them. */
function paste(page, files, text) {
  const plain = files.map(({ bytes, ...rest }) => ({ ...rest, base64: bytes.toString("base64") }));
  return page.evaluate(
    (pasted, beside) => {
      const clipboardData = new DataTransfer();
      for (const { base64, name, type } of pasted) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        clipboardData.items.add(new File([bytes], name, { type }));
      }
      if (beside !== undefined) {
        clipboardData.setData("text/plain", beside);
      }
      const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true });
      document.querySelector("#editArea").dispatchEvent(event);
      return event.defaultPrevented;
    },
    plain,
    text,
  );
}

const photo = { bytes: sample, name: "photo.jpg", type: "image/jpeg" };
const icon = { bytes: small, name: "image.png", type: "image/png" };

/** The uploads' chunks and the sends in the journal: what went to whom. */
async function traffic(from = standin) {
  const [uploads, sends] = [await from.journal("webwxuploadmedia"), await from.journal("webwxsendmsgimg")];
  const field = ({ form }, name) => form.find((part) => part.name === name);
  return {
    chunks: uploads.filter(({ method }) => method === "POST").map((entry) => Number(field(entry, "chunk")?.value ?? 0)),
    requests: uploads.map((entry) => field(entry, "uploadmediarequest").value),
    bytes: uploads.map((entry) => field(entry, "filename").md5),
    hosts: [...new Set(uploads.map(({ host }) => host))],
    sends: sends.map(({ json }) => json.Msg),
  };
}

const sentMessages = async (from = standin) => (await from.control("GET", "messages")).slice(3);

test("the metadata names version, hash, and no more hosts and functions than are needed", async () => {
  const { version } = JSON.parse(await readFile(projectPath("package.json"), "utf8"));
  const metadata = metadataOf(script);
  const hosts = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];
  const hash = createHash("sha256").update(library).digest("hex");
  assert.deepEqual(metadata.version, [version]);
  assert.deepEqual(metadata.match, hosts.map((host) => `https://${host}/*`));
  assert.deepEqual(metadata.connect, [...hosts, ...hosts.map((host) => `file.${host}`)]);
  assert.deepEqual(metadata.require, [
    `https://unpkg.com/webwx-image@${version}/dist/webwx-image.iife.js#sha256=${hash}`,
  ]);
  const code = script.slice(script.indexOf("// ==/UserScript=="));
  const used = new Set(code.match(/\bGM_\w+|\bGM\.\w+|\bunsafeWindow\b/g));
  assert.deepEqual(new Set(metadata.grant), used);
  for (const key of ["name", "name:zh-CN", "namespace", "description", "description:zh-CN", "license"]) {
    assert.equal(metadata[key]?.length, 1, key);
  }
});

test("a picture that the user pastes is offered with its receiver, and Enter sends it", async () => {
  await browser.defaultBrowserContext().overridePermissions(`https://${PLAIN}`, ["clipboard-sanitized-write"]);
  await visiting(PLAIN, async (page, cards) => {
    await page.bringToFront();
    await page.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
      document.querySelector("#editArea").focus();
    }, small.toString("base64"));
    await page.keyboard.down("Control");
    await page.keyboard.press("KeyV", { commands: ["Paste"] });
    await page.keyboard.up("Control");

    assert.match(await cards.says(/×/), /^\d+ × \d+, \d+ kB$/);
    const [card, ...others] = await cards.all();
    assert.deepEqual([card.title, card.buttons, others], ["Send to Ann 🌻?", ["Send", "Cancel"], []]);
    assert.equal(await cards.focused(), "Send");
    assert.deepEqual((await traffic()).chunks, [], "nothing leaves before the user says so");
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);

    const [message, ...more] = await sentMessages();
    assert.deepEqual([message.ToUserName, message.MsgType, more], [standin.info.peer, 3, []]);
    const { bytes, requests, hosts } = await traffic();
    assert.deepEqual([JSON.parse(requests[0]).FileMd5, hosts], [bytes[0], ["file.wx.qq.com"]]);
    // The page heard of none of it, and has its focus back.
    assert.deepEqual(await page.evaluate(() => heard.filter((what) => what !== "Control" && what !== "v")), []);
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
    assert.equal(await page.evaluate(() => document.querySelector("#editArea").innerHTML), "");
  });
});

test("a large picture arrives whole, once, at the host that belongs to the page", async () => {
  await visiting(SECOND, async (page, cards) => {
    assert.equal(await paste(page, [photo]), true);
    await cards.says(/^2400 × 1600, 1\.4 MB$/);
    await cards.click("Send");
    await cards.says(/^Sent\.$/);
    const { chunks, bytes, hosts, requests, sends } = await traffic();
    assert.deepEqual([chunks, hosts], [[0, 1, 2], ["file.web2.wechat.com"]]);
    assert.deepEqual(bytes, chunks.map((chunk) => md5(sample.subarray(chunk * CHUNK, (chunk + 1) * CHUNK))));
    assert.deepEqual([JSON.parse(requests[0]).FileMd5, sends.length], [md5(sample), 1]);
    assert.ok((await cards.all())[0].hasPreview);
  });
});

test("text, other files, and pictures beside their text are the page's to paste", async () => {
  await visiting(PLAIN, async (page, cards) => {
    const document = { bytes: Buffer.from("%PDF-1.7"), name: "paper.pdf", type: "application/pdf" };
    const drawing = { bytes: Buffer.from("<svg/>"), name: "drawing.svg", type: "image/svg+xml" };
    for (const [files, text] of [
      [[], "hello"],
      [[document]],
      [[drawing]],
      [[icon, document]],
      [[icon], "the words that were copied"],
    ]) {
      assert.equal(await paste(page, files, text), false);
    }
    assert.deepEqual(await page.evaluate(() => heard), Array(5).fill(["window", "document", "editor"]).flat());
    assert.equal(await page.$("webwx-image"), null, "nothing was added to the page");
    // A file manager puts the name beside the file.
    assert.equal(await paste(page, [icon], icon.name), true);
    await cards.says(/×/);
  });
});

test("without an open chat, a pasted picture is the page's", async () => {
  await visiting(PLAIN, async (page) => {
    await page.evaluate(() => angular.element(document).injector().get("chatFactory").setCurrentUserName(""));
    assert.equal(await paste(page, [icon]), false);
    assert.equal(await page.$("webwx-image"), null);
  });
});

test("Escape takes the offer back, and gives the focus back", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [icon]);
    await cards.says(/×/);
    await page.keyboard.press("Escape");
    await cards.gone();
    assert.deepEqual(await page.evaluate(() => [heard, document.activeElement.id]), [[], "editArea"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

test("several pictures are asked about one after another, and arrive in the order of the answers", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [photo, icon, { ...icon, name: "third.png" }]);
    await page.keyboard.press("Enter");
    assert.equal(await cards.focused(), "Send");
    await page.keyboard.press("Enter");
    assert.equal(await cards.focused(), "Send");
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
    await cards.gone();
    const { sends, bytes, requests } = await traffic();
    assert.equal(sends.length, 2);
    const sums = requests.map((request) => JSON.parse(request).FileMd5);
    assert.deepEqual(sums, [md5(sample), md5(sample), md5(sample), md5(small)]);
    assert.equal(bytes.at(-1), md5(small));
  });
});

test("the receiver is the one that was asked about, whichever chat is opened meanwhile", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [icon]);
    await cards.says(/×/);
    await page.evaluate(() => {
      angular.element(document).injector().get("chatFactory").setCurrentUserName("filehelper");
    });
    await page.keyboard.press("Enter");
    await cards.says(/^Sent\.$/);
    assert.equal((await traffic()).sends[0].ToUserName, standin.info.peer);
    await paste(page, [icon]);
    await cards.says(/×/);
    assert.equal((await cards.all()).at(-1).title, "Send to File Transfer?");
  });
});

test("what is no picture is told, and not sent", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await paste(page, [{ bytes: Buffer.from("<!doctype html>"), name: "image.png", type: "image/png" }]);
    assert.match(await cards.says(/picture/), /^That is no picture\.\n.+/);
    assert.deepEqual((await cards.all())[0].buttons, ["Close"]);
    assert.equal(await page.evaluate(() => document.activeElement.id), "editArea");
  });
});

test("an upload that is cancelled goes on from where it was", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "delay:600000" });
    await paste(page, [photo]);
    await page.keyboard.press("Enter");
    await cards.says(/^Uploading, 3\d %$/);
    // The service has taken the second chunk, and keeps the answer.
    while (!(await traffic()).chunks.includes(1));
    await cards.click("Cancel");
    await cards.says(/^Cancelled\.$/);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    const { chunks, requests, sends } = await traffic();
    assert.deepEqual([chunks, new Set(requests).size, sends.length], [[0, 1, 1, 2], 1, 1]);
  });
});

test("a send whose answers are lost may have arrived, and trying again makes no second message", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", times: 4, fault: "accept-then-reset" });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    assert.match(await cards.says(/arrived/), /^No answer from WeChat\.\n.+\nIt may have arrived all the same\. /);
    assert.equal((await sentMessages()).length, 1);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    const { sends, chunks } = await traffic();
    assert.deepEqual([sends.length, new Set(sends.map(({ ClientMsgId }) => ClientMsgId)).size], [5, 1]);
    assert.deepEqual([chunks, (await sentMessages()).length], [[0], 1]);
  });
});

test("a send that is cancelled may have arrived too", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "delay:600000" });
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    await cards.says(/^Sending…$/);
    while ((await traffic()).sends.length === 0);
    await cards.click("Cancel");
    assert.match(await cards.says(/arrived/), /^Cancelled\.\nIt may have arrived all the same\. /);
    await cards.click("Try again");
    await cards.says(/^Sent\.$/);
    assert.equal((await sentMessages()).length, 1);
  });
});

test("a refusal is told in words, and leaves no button that the next Enter would press", async () => {
  await visiting(PLAIN, async (page, cards) => {
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:1205" });
    await page.evaluate(() => document.activeElement.blur());
    await paste(page, [icon]);
    await page.keyboard.press("Enter");
    const said = await cards.says(/often/);
    assert.match(said, /^Too often: wait some minutes\.\nwebwxsendmsgimg: Ret 1205/);
    assert.doesNotMatch(said, /arrived/);
    assert.equal((await sentMessages()).length, 0);
    assert.equal(await cards.focused(), null);
    await paste(page, [icon]);
    assert.equal(await cards.focused(), "Send");
  });
});

/**
 * Runs `work` with a function that waits until so many files were downloaded, and gives their names and MD5s.
 *
 * @param {(saved: (count: number) => Promise<{ name: string, md5: string }[]>) => Promise<void>} work
 */
async function collecting(work) {
  const cdp = await browser.target().createCDPSession();
  // Each under its own id, since names can repeat.
  const where = { behavior: "allowAndName", downloadPath: folders[2], eventsEnabled: true };
  await cdp.send("Browser.setDownloadBehavior", where);
  const names = new Map();
  const done = [];
  let came = () => {};
  cdp.on("Browser.downloadWillBegin", ({ guid, suggestedFilename }) => names.set(guid, suggestedFilename));
  cdp.on("Browser.downloadProgress", ({ guid, state }) => {
    if (state === "completed") {
      done.push(guid);
      came();
    }
  });
  const facts = async (guid) => ({ name: names.get(guid), md5: md5(await readFile(join(folders[2], guid))) });
  try {
    await work(async (count) => {
      while (done.length < count) {
        await new Promise((resolve) => (came = resolve));
      }
      return Promise.all(done.map(facts));
    });
  } finally {
    await cdp.detach();
  }
}

/** Shows the messages' thumbnails in the page, as the real one does. */
function showPictures(page, session) {
  return page.evaluate((skey) => {
    const chat = angular.element(document).injector().get("chatFactory");
    for (const { MsgId } of chat.getChatMessage(chat.getCurrentUserName())) {
      const picture = document.createElement("img");
      picture.id = `m${MsgId}`;
      picture.width = picture.height = 120;
      picture.src = `/cgi-bin/mmwebwx-bin/webwxgetmsgimg?&MsgID=${MsgId}&skey=${encodeURIComponent(skey)}&type=slave`;
      document.body.append(picture);
    }
  }, session.skey);
}

const dayOf = ({ CreateTime }) => {
  const when = new Date(CreateTime * 1000);
  const part = (number) => String(number).padStart(2, "0");
  return `${when.getFullYear()}-${part(when.getMonth() + 1)}-${part(when.getDate())}`;
};

test("over a chat's picture, a button saves its original under the message's day and the MD5", async () => {
  const [first] = await standin.control("GET", "messages");
  const expected = first.Content.match(/md5="([0-9a-f]{32})"/)[1];
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      await showPictures(page, standin.info.session);
      await page.hover(`#m${first.MsgId}`);
      await cards.click("Save original");
      await cards.says(/^Saved\. Its MD5 is the message's\.$/);
      assert.deepEqual(await saved(1), [{ name: `${dayOf(first)}_${expected}.jpg`, md5: expected }]);
    }),
  );
});

test("what comes in the original's place is not saved", async () => {
  const [first] = await standin.control("GET", "messages");
  await visiting(PLAIN, async (page, cards) => {
    await showPictures(page, standin.info.session);
    await page.hover(`#m${first.MsgId}`);
    await standin.faults({ endpoint: "webwxgetmsgimg", times: 9, fault: "html" });
    await cards.click("Save original");
    assert.match(await cards.says(/picture/), /^That is no picture\.\n/);
  });
});

/** Chooses the script's one entry in the manager's menu. */
function chooseSaveAll(page) {
  return page.evaluate(() => {
    const detail = "Save all originals of the open chat";
    document.dispatchEvent(new CustomEvent("userscript-menu", { detail }));
  });
}

test("the manager's menu saves all pictures of the open chat, and each only once", async () => {
  const pictures = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
  await collecting((saved) =>
    visiting(PLAIN, async (page, cards) => {
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 2 saved, 0 saved before, 0 failed\.$/);
      const files = await saved(2);
      assert.equal(new Set(files.map(({ md5: sum }) => sum)).size, 2);
      for (const [place, { name, md5: sum }] of files.entries()) {
        assert.match(name, new RegExp(`^${dayOf(pictures[place])}_${sum}\\.(jpg|png)$`));
      }
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 0 saved, 2 saved before, 0 failed\.$/);
    }),
  );
});

test("on a page that allows no WebAssembly, no requests and no styles, all of it works", async () => {
  await collecting((saved) =>
    visiting(STRICT_PAGE, async (page, cards) => {
      const forbidden = await page.evaluate(async () => {
        const fails = (work) => work.then(() => false, () => true);
        const nothing = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
        return [await fails(WebAssembly.compile(nothing)), await fails(fetch("/__standin/session"))];
      });
      assert.deepEqual(forbidden, [true, true]);
      await paste(page, [photo]);
      await cards.says(/×/);
      await page.keyboard.press("Enter");
      await cards.says(/^Sent\.$/);
      const { bytes, hosts, sends, requests } = await traffic(strict);
      assert.deepEqual([bytes.length, hosts, sends.length], [3, ["file.wx2.qq.com"], 1]);
      assert.equal(JSON.parse(requests[0]).FileMd5, md5(sample));
      assert.ok((await cards.all())[0].hasPreview);
      await chooseSaveAll(page);
      await cards.says(/^2 of 2: 2 saved/);
      await saved(2);
    }),
  );
});

test("in a world apart from the page, it says what is wrong, and leaves pastes to the page", async () => {
  await visiting(APART, async (page, cards) => {
    assert.equal(await paste(page, [icon]), false);
    await cards.says(/keeps this script apart from the page/);
    assert.deepEqual(await page.evaluate(() => heard), ["window", "document", "editor"]);
    assert.deepEqual((await traffic()).chunks, []);
  });
});

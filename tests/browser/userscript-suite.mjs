/**
 * What every test file of the userscript begins with: stand-ins, a browser whose manager has the script, and the page
 * with an editor. No manager is to be had here: manager.mjs is a stand-in for one, and says after what.
 */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test as run } from "node:test";

import { Cards } from "./cards.mjs";
import { launchChromium, projectPath, startStandin } from "./harness.mjs";
import { QUIRKS, install } from "./manager.mjs";

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
export const sample = await readFile(projectPath("www/pictures/sample.jpg"));
export const small = await readFile(projectPath("www/pictures/small.png"));
export const script = await readFile(projectPath("dist/webwx-image.user.js"), "utf8");
export const library = await readFile(projectPath("dist/webwx-image.iife.js"), "utf8");

/** No script but the page's own files, no WebAssembly, no requests, no pictures, no styles. */
const STRICT = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'";

/** Where the manager has all quirks and where it has none, where the page is strict, and where the script cannot work. */
export const [PLAIN, SECOND, STRICT_PAGE, APART, BARE] = [
  "wx.qq.com",
  "web2.wechat.com",
  "wx2.qq.com",
  "wx8.qq.com",
  "web.wechat.com",
];

const MANAGERS = [
  { hosts: [PLAIN], quirks: QUIRKS },
  { hosts: [SECOND, STRICT_PAGE] },
  { hosts: [APART], apart: true },
  { hosts: [BARE], quirks: { withoutLibrary: true } },
];

export let standin;
export let strict;
export let browser;
export let downloads;
let folders;

before(async () => {
  [standin, strict] = await Promise.all([startStandin("--tls"), startStandin("--tls", "--policy", STRICT)]);
  const at = (name, { info }) => ({ [name]: info.origin, [`file.${name}`]: info.fileOrigin });
  const installing = MANAGERS.map(({ hosts, ...options }) =>
    install(script, library, { matches: hosts.map((host) => `https://${host}/*`), ...options }),
  );
  downloads = await mkdtemp(join(tmpdir(), "userscript-downloads-"));
  folders = await Promise.all(installing);
  const plain = [PLAIN, SECOND, APART, BARE].map((host) => at(host, standin));
  browser = await launchChromium({
    hosts: Object.assign(at(STRICT_PAGE, strict), ...plain),
    // Extensions are loaded through the pipe; a port does not let them.
    pipe: true,
    enableExtensions: folders,
  });
});

after(async () => {
  await browser?.close();
  await Promise.all([standin?.stop(), strict?.stop()]);
  await Promise.all([...(folders ?? []), downloads].map((folder) => rm(folder, { recursive: true })));
});

beforeEach(() => Promise.all([standin.reset(), strict.reset()]));

/** A card that never says what is waited for ends its test, not the whole run. */
export const test = (name, work) => run(name, { timeout: 30_000 }, work);

/** The clipboard of the tests, there before the manager: the system's has one picture, and that as PNG. */
function clipboardOfTests() {
  const { get } = Object.getOwnPropertyDescriptor(ClipboardEvent.prototype, "clipboardData");
  window.clipboard = { data: null, pasted: null };
  Object.defineProperty(ClipboardEvent.prototype, "clipboardData", {
    get() {
      clipboard.pasted = this;
      return clipboard.data ?? get.call(this);
    },
  });
}

/** Opens the page with an editor in it that takes pastes as the real page does, and keeps what it heard. */
export async function visiting(host, visit) {
  const page = await browser.newPage();
  try {
    await page.evaluateOnNewDocument(clipboardOfTests);
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
      // But for the key by which the tests paste.
      document.addEventListener("keydown", ({ key }) => key !== "Paste" && heard.push(key));
      editor.focus();
    });
    return await visit(page, await Cards.of(page));
  } finally {
    await page.close();
  }
}

/**
 * Has the user paste files, given as base64 with their types and names, and perhaps text beside them. Gives whether
 * somebody has handled the event.
 */
export async function paste(page, files, text) {
  const plain = files.map(({ bytes, ...rest }) => ({ ...rest, base64: bytes.toString("base64") }));
  await page.evaluate(
    (pasted, beside) => {
      const data = new DataTransfer();
      for (const { base64, name, type } of pasted) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      if (beside !== undefined) {
        data.setData("text/plain", beside);
      }
      window.clipboard = { data, pasted: null };
    },
    plain,
    text,
  );
  await pressPaste(page);
  return page.evaluate(() => clipboard.pasted.defaultPrevented);
}

/** The user's own paste: no script can make one that the browser trusts. */
export async function pressPaste(page) {
  const cdp = await page.createCDPSession();
  await cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key: "Paste", commands: ["Paste"] });
  await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", key: "Paste" });
  await cdp.detach();
}

/** Puts a PNG into the system's clipboard. */
export async function copy(page, png) {
  const origin = await page.evaluate(() => location.origin);
  await browser.defaultBrowserContext().overridePermissions(origin, ["clipboard-sanitized-write"]);
  await page.bringToFront();
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
    document.querySelector("#editArea").focus();
  }, png.toString("base64"));
}

/** Opens the chat of a contact, which the page then draws, and gives what the page has of it. */
export const openChat = (page, place) =>
  page.evaluate((place) => {
    const { get } = angular.element(document).injector();
    const userName = Object.keys(get("contactFactory").getAllContacts())[place];
    get("chatFactory").setCurrentUserName(userName);
    // So that a mouse finds them before they are there.
    document.querySelectorAll("#chatArea img").forEach((image) => Object.assign(image, { width: 120, height: 90 }));
    return get("chatFactory").getChatMessage(userName);
  }, place);

export const photo = { bytes: sample, name: "photo.jpg", type: "image/jpeg" };
export const icon = { bytes: small, name: "image.png", type: "image/png" };

/** The uploads' chunks and the sends in the journal: what went to whom. */
export async function traffic(from = standin) {
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

export const sentMessages = async (from = standin) => (await from.control("GET", "messages")).slice(3);

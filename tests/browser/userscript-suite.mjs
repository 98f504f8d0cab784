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
import { install } from "./manager.mjs";

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
export const sample = await readFile(projectPath("www/pictures/sample.jpg"));
export const small = await readFile(projectPath("www/pictures/small.png"));
export const script = await readFile(projectPath("dist/webwx-image.user.js"), "utf8");
export const library = await readFile(projectPath("dist/webwx-image.iife.js"), "utf8");

/** No script but the page's own files, no WebAssembly, no requests, no pictures, no styles. */
const STRICT = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'";

/** Where the manager runs the script apart from the page, and where the page is strict. */
export const [PLAIN, SECOND, STRICT_PAGE, APART] = ["wx.qq.com", "web2.wechat.com", "wx2.qq.com", "wx8.qq.com"];

export let standin;
export let strict;
export let browser;
export let folders;

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
export const test = (name, work) => run(name, { timeout: 30_000 }, work);

/** Opens the page with an editor in it that takes pastes as the real page does, and keeps what it heard. */
export async function visiting(host, visit) {
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
export function paste(page, files, text) {
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

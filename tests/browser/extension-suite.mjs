/** What every test file of the extension begins with: a stand-in and a browser for all its tests, and their judge. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach } from "node:test";

import { FirefoxWeChatPage, installAnew, launchFirefoxWithExtension } from "./extension-firefox.mjs";
import { launchWithExtension, untilAsync, WeChatPage, workerOf } from "./extension.mjs";
import { complaints, engine, projectPath, startStandin } from "./harness.mjs";

/** What there is of the extension in an engine; WebKit has none. */
const [launchEngine, EnginePage] =
  engine === "firefox" ? [launchFirefoxWithExtension, FirefoxWeChatPage] : [launchWithExtension, WeChatPage];

/** Pictures of three chunks, of one chunk, and one that goes out as an emoticon. */
export const sample = projectPath("www/pictures/sample.jpg");
export const small = projectPath("www/pictures/small.png");
export const moving = projectPath("www/pictures/moving.gif");

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
export const md5Of = async (path) => md5(await readFile(path));

export let standin;
let english;

before(async () => {
  standin = await startStandin("--tls");
  if (engine !== "webkit") {
    english = await launchEngine(standin);
  }
});

after(async () => {
  await english?.close();
  await standin?.stop();
});

beforeEach(() => standin.reset());

/**
 * Closes all tabs but the first, and has the extension forget them once it has heard: their end wakes its worker. Gives
 * what the extension had stored, where that can be read.
 */
async function leave(browser) {
  const [, ...pages] = await browser.pages();
  await Promise.all(pages.map((page) => page.close()));
  if (engine === "firefox") {
    // What it has stored is out of reach here, and goes with it.
    await installAnew(browser);
    return "";
  }
  const worker = await workerOf(browser);
  const hasHeard = async () => !(await chrome.storage.session.get("ledger")).ledger?.owners.length;
  await untilAsync(() => worker.evaluate(hasHeard));
  return worker.evaluate(async () => {
    const stored = [await chrome.storage.session.get(), await chrome.storage.local.get()];
    await chrome.storage.session.clear();
    await chrome.storage.local.clear();
    const shown = Object.keys(await chrome.notifications.getAll());
    await Promise.all(shown.map((id) => chrome.notifications.clear(id)));
    return JSON.stringify(stored);
  });
}

/**
 * Gives `visit` the browser and a way to open WeChat Web, and asserts that nothing was complained about, and that
 * nothing of the session was stored.
 */
export async function visiting(visit, { expected = [], browser = english } = {}) {
  const heard = [];
  let stored = "";
  try {
    const open = (how = {}) =>
      EnginePage.open(browser, {
        ...how,
        prepare: async (page) => {
          heard.push(complaints(page));
          await how.prepare?.(page);
        },
      });
    await visit({ browser, open });
  } finally {
    stored = await leave(browser);
  }
  const unexpected = heard.flat().filter((line) => !expected.some((part) => line.includes(part)));
  assert.deepEqual(unexpected, []);
  const { skey, sid, dataTicket, passTicket } = standin.info.session;
  const kept = [skey, sid, dataTicket, passTicket].filter((secret) => stored.includes(secret));
  assert.deepEqual(kept, [], "kept of the session");
}

/** Every picture that was sent and taken, in order: its MD5 as it was uploaded, and its receiver. */
export async function sent() {
  const uploads = new Map();
  const messages = [];
  for (const { method, path, form, json, response } of await standin.journal()) {
    if (method === "POST" && path.endsWith("/webwxuploadmedia") && response?.MediaId) {
      const { value } = form.find(({ name }) => name === "uploadmediarequest");
      uploads.set(response.MediaId, JSON.parse(value));
    }
    if (/webwxsend(msgimg|emoticon)$/.test(path) && response?.BaseResponse?.Ret === 0) {
      const { FileMd5, ToUserName } = uploads.get(json.Msg.MediaId);
      assert.equal(ToUserName, json.Msg.ToUserName, "uploaded for the one whom it was sent to");
      messages.push([FileMd5, json.Msg.ToUserName]);
    }
  }
  return messages;
}

/** How often each chunk of a picture went out. */
export async function chunksSent() {
  const forms = (await standin.journal("webwxuploadmedia")).filter(({ form }) => form !== null).map(({ form }) => form);
  const counts = {};
  for (const form of forms) {
    const chunk = form.find(({ name }) => name === "chunk")?.value ?? "only";
    counts[chunk] = (counts[chunk] ?? 0) + 1;
  }
  return counts;
}

/** The UserNames of the account's contacts: Ann, whose chat is open at first, the group of hikers, the file helper. */
export const contactsOf = ({ page }) =>
  page.evaluate(() => Object.keys(angular.element(document).injector().get("contactFactory").getAllContacts()));

/** Runs in the worker: changes the last byte of every part of a picture that it keeps. */
export const spoil = () =>
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("pictures");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("parts", "readwrite");
      transaction.oncomplete = () => resolve();
      transaction.objectStore("parts").openCursor().onsuccess = ({ target: { result } }) => {
        if (result !== null) {
          const bytes = result.value;
          bytes[bytes.length - 1] ^= 1;
          result.update(bytes);
          result.continue();
        }
      };
    };
  });

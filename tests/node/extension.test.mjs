/** The rooms of the extension that need no browser: file names, and the ledger of the background worker. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";

import { estimated } from "../../www/extension/src/content/form.js";
import { TOLD } from "../../www/extension/src/panel/codes.js";
import { fileName } from "../../www/extension/src/shared/names.js";
import { isFileHelper, isWeChat } from "../../www/extension/src/shared/hosts.js";
import { checked, DEFAULTS } from "../../www/extension/src/shared/settings.js";
import * as ledger from "../../www/extension/src/worker/ledger.js";

const folder = new URL("../../www/extension/", import.meta.url);
const readText = (path) => readFile(new URL(path, folder), "utf8");
const readJson = async (path) => JSON.parse(await readText(path));

test("the manifest has the package's version, and the pages that the worker lets in", async () => {
  const { version, content_scripts: scripts } = await readJson("manifest.json");
  assert.equal(version, (await readJson("../../package.json")).version);
  for (const { matches } of scripts) {
    assert.equal(matches.length, 8);
    assert.ok(matches.every((pattern) => isWeChat(pattern.replace("/*", ""))));
  }
  assert.deepEqual(
    ["https://wx.qq.com", "https://filehelper.weixin.qq.com", "https://szfilehelper.weixin.qq.com", undefined].map(isFileHelper),
    [false, true, true, false],
  );
  assert.ok(![undefined, "https://wx.qq.com.evil.example", "http://wx.qq.com", "https://qq.com"].some(isWeChat));
});

test("both languages have every sentence, with the same values in it", async () => {
  const [english, chinese] = await Promise.all(
    ["en", "zh_CN"].map((language) => readJson(`_locales/${language}/messages.json`)),
  );
  const values = (sentences) =>
    Object.entries(sentences).map(([key, { message }]) => [key, [...message.matchAll(/\$\d/g)].flat().sort()]);
  assert.deepEqual(values(chinese), values(english));

  const files = (await readdir(new URL("src/", folder), { recursive: true })).filter((name) => name.endsWith(".js"));
  const paths = [...files.map((name) => `src/${name}`), "options.html", "manifest.json"];
  const texts = await Promise.all(paths.map(readText));
  // Keys that are put together of two parts are named by their first.
  const used = (key) => texts.some((text) => text.includes(`"${key}"`) || text.includes(`__MSG_${key}__`));
  const made = /^(state_|paused_|error_|cause_|form_|speed_|goOn|send)/;
  assert.deepEqual(
    Object.keys(english).filter((key) => !used(key) && !made.test(key)),
    [],
  );
});

test("every code that a picture can fail with has its own sentence", async () => {
  const declared = (await readText("../../src/npm/index.d.ts")).match(/export type ErrorCode =(.+?"internal");/s)[1];
  const codes = [...declared.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 15);
  // No gateway is asked here.
  assert.deepEqual(codes.filter((code) => !TOLD.includes(code)), ["gateway-failed"]);
  const english = await readJson("_locales/en/messages.json");
  assert.deepEqual(TOLD.filter((code) => !(`error_${code.replaceAll("-", "_")}` in english)), []);
});

test("what goes out is estimated: as it is, drawn anew, and smaller", () => {
  const jpeg = { type: "image/jpeg", size: 4_000_000, width: 4000, height: 3000 };
  const how = (form, side = 0) => ({ form, side, strip: false });
  assert.equal(estimated(jpeg, how("original", 1000)), 4_000_000);
  assert.equal(estimated(jpeg, how("file", 1000)), 4_000_000);
  assert.equal(estimated(jpeg, how("compatible")), 4_000_000);
  assert.equal(estimated(jpeg, how("compatible", 2000)), 750_000);
  assert.equal(estimated({ ...jpeg, size: 400_000 }, how("compatible", 2000)), 100_000);
  assert.equal(estimated({ ...jpeg, type: "image/webp" }, how("original")), 3_000_000);
  assert.equal(estimated({ ...jpeg, type: "image/gif" }, how("compatible", 1000)), 4_000_000);
  assert.equal(estimated({ ...jpeg, width: 0, height: 0 }, how("compatible", 1000)), 4_000_000);
});

const FACTS = {
  createTime: new Date(2023, 10, 14, 22, 3, 5).getTime() / 1000,
  md5: "9e107d9d372bb6826bd81d3542a419d6",
  chat: "Ann",
  msgId: "8997396119269472610",
  extension: "jpg",
};

const NAMES = {
  "{date}_{time}_{md5}": "2023-11-14_22-03-05_9e107d9d372bb6826bd81d3542a419d6.jpg",
  "{chat} {id}": "Ann 8997396119269472610.jpg",
  "{what} {constructor}": "{what} {constructor}.jpg",
  "../../{chat}": "_.._Ann.jpg",
  "a/b\\c:d*e?f\"g<h>i|j": "a_b_c_d_e_f_g_h_i_j.jpg",
  "  spaced \t out.  ": "spaced _ out.jpg",
  "con": "picture_9e107d9d372bb6826bd81d3542a419d6.jpg",
  "...": "picture_9e107d9d372bb6826bd81d3542a419d6.jpg",
  "\u202Egpj.{chat}": "_gpj.Ann.jpg",
  [`${"图".repeat(200)}`]: `${"图".repeat(80)}.jpg`,
};

for (const [pattern, name] of Object.entries(NAMES)) {
  test(`the file name ${JSON.stringify(pattern.slice(0, 24))}`, () => {
    assert.equal(fileName(pattern, FACTS), name);
  });
}

test("a chat's name cannot leave the folder, nor fill in words", () => {
  assert.equal(fileName("{chat}", { ...FACTS, chat: "../{md5}/\u0000x" }), "_{md5}__x.jpg");
});

test("settings from another hand are held to their bounds", () => {
  assert.deepEqual(checked({}), DEFAULTS);
  assert.deepEqual(checked({ concurrency: 3, pattern: " ", form: "x", side: 5, strip: "yes", welcomed: 1 }), DEFAULTS);
  const known = { concurrency: 4, pattern: "{id}", form: "file", side: 0, strip: true, welcomed: true };
  assert.deepEqual(checked({ ...known, concurrency: "4", side: "0" }), known);
});

const ORIGIN = "https://wx.qq.com";
const first = { tab: 1, document: "first", origin: ORIGIN };
const second = { tab: 1, document: "second", origin: ORIGIN };
const other = { tab: 2, document: "other", origin: ORIGIN };

const picture = (id, more = {}) => ({
  id,
  taker: "page",
  state: "taking",
  name: "a.png",
  type: "image/png",
  size: 3,
  md5: "",
  from: "@me",
  to: { userName: "@ann", name: "Ann" },
  checkpoint: null,
  error: null,
  msgId: null,
  ...more,
});

/** Brings a picture of the first document to a state, by the steps that lead there. */
async function bring(id, ...states) {
  await ledger.add(first, picture(id));
  for (const state of states) {
    await ledger.change(first, id, { state });
  }
}

const statesOf = ({ items }) => items.map(({ id, state }) => `${id} ${state}`);

beforeEach(async () => {
  // As the browser has it: what is read is a copy.
  let stored = {};
  globalThis.chrome = {
    storage: {
      session: {
        get: async () => structuredClone(stored),
        set: async (values) => {
          stored = structuredClone({ ...stored, ...values });
        },
      },
    },
  };
  await ledger.hello(first, []);
});

test("a new document takes over: nothing goes on, and a send that was under way is unsure", async () => {
  await bring("a");
  await bring("b", "ready");
  await bring("c", "ready", "waiting");
  await bring("d", "ready", "waiting", "uploading");
  await bring("e", "ready", "waiting", "uploading", "sending");
  await bring("f", "ready", "waiting", "uploading", "sending", "sent");
  const { items, dropped } = await ledger.hello(second, []);
  assert.deepEqual(statesOf({ items }), ["b ready", "c waiting", "d waiting", "e unsure", "f sent"]);
  assert.deepEqual(statesOf({ items: dropped }), ["a taking"], "its bytes were not all there yet");
});

test("a document that was replaced has no say any more", async () => {
  await bring("a", "ready", "waiting", "uploading");
  await ledger.hello(second, []);
  const gone = /this document does not have the queue/;
  await assert.rejects(ledger.change(first, "a", { state: "sending" }), gone);
  await assert.rejects(ledger.add(first, picture("b")), gone);
  await assert.rejects(ledger.remove(first, "a"), gone);
  await assert.rejects(ledger.items(first), gone);
});

test("a tab has no say in another's pictures, and gets them when that one is closed or gone", async () => {
  await bring("a", "ready", "waiting", "uploading", "sending");
  assert.deepEqual(statesOf(await ledger.hello(other, [])), []);
  await assert.rejects(ledger.change(other, "a", { state: "sent" }), /no such picture/);
  assert.equal(await ledger.remove(other, "a"), null);
  await ledger.closed(1);
  assert.deepEqual(statesOf(await ledger.hello({ ...other, origin: "https://web.wechat.com" }, [])), []);
  assert.deepEqual(statesOf(await ledger.hello(other, [])), ["a unsure"]);
  assert.deepEqual(statesOf(await ledger.hello({ ...first, tab: 3 }, [2])), ["a unsure"]);
});

test("a tab that goes to another page of WeChat Web leaves its pictures for its return", async () => {
  await bring("a", "ready", "waiting", "uploading");
  const elsewhere = { tab: 1, document: "elsewhere", origin: "https://wx2.qq.com" };
  assert.deepEqual(statesOf(await ledger.hello(elsewhere, [])), []);
  await assert.rejects(ledger.change(elsewhere, "a", { state: "ready" }), /no such picture/);
  assert.deepEqual(statesOf(await ledger.hello(second, [])), ["a waiting"]);
});

test("what was sent stays sent, and sending follows uploading alone", async () => {
  await bring("a", "ready", "waiting", "uploading", "sending", "sent");
  for (const state of ["ready", "waiting", "uploading", "sending", "failed", "unsure"]) {
    await assert.rejects(ledger.change(first, "a", { state }), /that is sent cannot become/);
  }
  await bring("b", "ready");
  await assert.rejects(ledger.change(first, "b", { state: "sending" }), /that is ready cannot become sending/);
});

test("a request that is made again changes nothing", async () => {
  await bring("a", "ready", "waiting");
  await ledger.add(first, picture("a"));
  await ledger.change(first, "a", { state: "waiting" });
  assert.deepEqual(statesOf({ items: await ledger.items(first) }), ["a waiting"]);
  await ledger.remove(first, "a");
  assert.equal(await ledger.remove(first, "a"), null);
});

test("requests at the same time do not overwrite one another", async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => ledger.add(first, picture(`${index}`))));
  assert.equal((await ledger.items(first)).length, 20);
});

test("a picture that is fetched without a tab is the next one's, once it is stored", async () => {
  await ledger.offer(null, picture("a", { taker: "worker" }));
  await ledger.offer(null, picture("b", { taker: "worker" }));
  await ledger.settle("a", true);
  assert.deepEqual(statesOf(await ledger.hello(other, [])), ["a ready"]);
  await ledger.settle("b", false);
  assert.deepEqual(statesOf(await ledger.hello(second, [])), []);
  await assert.rejects(ledger.settle("b", true), /no such picture/);
});

test("pictures keep the order that they are given", async () => {
  await bring("a", "ready");
  await bring("b", "ready");
  await bring("c", "ready");
  await ledger.move(first, "c", "a");
  await ledger.move(first, "a", null);
  await ledger.move(first, "a", null);
  assert.deepEqual((await ledger.items(first)).map(({ id }) => id), ["c", "b", "a"]);
  await assert.rejects(ledger.move(other, "a", null), /does not have the queue/);
});

test("a worker that starts forgets what a stopped one was storing", async () => {
  await ledger.add(first, picture("a", { taker: "worker" }));
  await ledger.add(first, picture("b"));
  assert.deepEqual(await ledger.sweep(), ["b"]);
});

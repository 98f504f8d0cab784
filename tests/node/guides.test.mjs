/** The programs of the guides that run in Node, letter by letter, against the stand-in. Not run on each form again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";
import { transform } from "esbuild";
import { WebWx } from "webwx-image";

import { blocks, documents, read } from "../types/blocks.mjs";
import { projectPath, startStandin } from "./standin.mjs";

const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const pictures = projectPath("www/pictures");
const programs = documents()
  .filter((path) => /^docs\/(start|guides)\//.test(path))
  .flatMap((path) => blocks(read(path)));

let standin;

before(async () => {
  standin = await startStandin();
});

after(() => standin?.stop());

beforeEach(() => standin.reset());

/** The one program that contains this, without its types, which the compiler has checked. */
async function program(part) {
  const [{ code, language }, ...more] = programs.filter(({ code }) => code.includes(part));
  assert.deepEqual(more, []);
  return language === "ts" ? (await transform(code, { loader: "ts" })).code : code;
}

/** What a program exports. The package is known by its name in a file, but not in an address that holds a script. */
async function exported(part) {
  const code = (await program(part)).replaceAll('"webwx-image"', JSON.stringify(import.meta.resolve("webwx-image")));
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Runs the bot on a folder, with the session on its standard input. */
async function bot(folder, to) {
  const options = ["--no-warnings", "--input-type=module", "--eval", await program("wx.sendImages(pictures")];
  const child = spawn(process.execPath, [...options, "--", "bot.mjs", folder, to], { cwd: projectPath(".") });
  child.stdin.end(JSON.stringify(standin.info.session));
  const ended = new Promise((resolve) => child.on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { lines: stdout.split("\n").slice(0, -1), stderr, code };
}

test("the bot sends the pictures of a folder, in order", async () => {
  const { lines, stderr, code } = await bot(pictures, "filehelper");
  assert.deepEqual([stderr, code], ["", 0]);
  const names = (await readdir(pictures)).filter((name) => /\.(jpg|png|gif)$/.test(name)).sort();
  assert.deepEqual(
    lines.map((line) => line.replace(/\d+$/, "")),
    names.map((name) => `${name}: sent as `),
  );
  const requests = await standin.journal("webwxuploadmedia");
  const sent = requests.map(({ form }) => JSON.parse(form.find(({ name }) => name === "uploadmediarequest").value));
  const expected = await Promise.all(names.map(async (name) => md5(await readFile(join(pictures, name)))));
  // Two go up at once; the messages, as the lines above, are in order.
  assert.deepEqual([...new Set(sent.map(({ FileMd5 }) => FileMd5))].sort(), expected.sort());
  assert.deepEqual([...new Set(sent.map(({ ToUserName }) => ToUserName))], ["filehelper"]);
});

test("the bot stops where the service says too often, and says so", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "ret:1205" });
  const { lines, stderr, code } = await bot(pictures, "filehelper");
  assert.deepEqual([lines, code], [[], 1]);
  assert.match(stderr, /^moving\.gif: webwxuploadmedia: Ret 1205/);
  assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
});

test("the gateway's program saves the picture under its MD5", async () => {
  const { gatewayOrigin, gatewayAuthorization, session, peer } = standin.info;
  const [message] = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
  const { MsgId: msgId, Content: content } = message;
  const request = { wId: "w", msgId, fromUser: peer, toUser: session.userName, content };
  const code = (await program("gateway.download(message)")).replace("http://localhost:18081", gatewayOrigin);
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-recipe-"));
  try {
    // It saves where it is started, after it has found the package.
    const call = `process.chdir(${JSON.stringify(folder)}); console.log(await save(${JSON.stringify(request)}));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", `${code}\n${call}`], {
      cwd: projectPath("."),
      env: { ...process.env, GATEWAY_TOKEN: gatewayAuthorization },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const said = (await text(child.stdout)).trim();
    const [name] = await readdir(folder);
    assert.equal(name.split(".")[0], said);
    assert.equal(md5(await readFile(join(folder, name))), said);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("with a fetch that leaves pauses, no request begins before the one before it has an answer", async (t) => {
  const { paced } = await exported("fetchInTurn");
  let under = 0;
  let most = 0;
  const { fetch } = globalThis;
  t.mock.method(globalThis, "fetch", async (...request) => {
    under += 1;
    most = Math.max(most, under);
    return fetch(...request).finally(() => (under -= 1));
  });
  const wx = paced(standin.info.session, 1);
  const { msgId } = await wx.sendImage(await picture(), { to: standin.info.peer });
  assert.equal((await wx.download(msgId)).md5, md5(await readFile(join(pictures, "sample.jpg"))));
  assert.deepEqual([most, globalThis.fetch.mock.callCount()], [1, 5]);
  wx.free();
});

test("an upload that broke off goes on after a reload, and one of another file begins anew", async (t) => {
  const kept = new Map();
  const value = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
    removeItem: (key) => kept.delete(key),
  };
  Object.defineProperty(globalThis, "localStorage", { value, configurable: true });
  t.after(() => delete globalThis.localStorage);
  const { sendAcrossReloads } = await exported("sendAcrossReloads");
  const wx = new WebWx(standin.info.session, { retry: { limit: 0 } });
  const { peer } = standin.info;
  const file = await picture();

  const fault = { endpoint: "webwxuploadmedia", chunk: 1, fault: "reset" };
  await standin.faults(fault);
  await assert.rejects(sendAcrossReloads(wx, file, peer), { code: "network" });
  assert.equal(kept.size, 1);
  await sendAcrossReloads(wx, file, peer);
  assert.equal(kept.size, 0);
  assert.deepEqual(await chunksOf(), ["0", "1", "1", "2"]);

  await standin.faults(fault);
  await assert.rejects(sendAcrossReloads(wx, file, peer), { code: "network" });
  const bytes = new Uint8Array(await file.arrayBuffer());
  bytes[bytes.length - 3] ^= 1;
  await sendAcrossReloads(wx, new File([bytes], file.name), peer);
  assert.deepEqual((await chunksOf()).slice(4), ["0", "1", "0", "1", "2"]);
  assert.equal((await standin.journal("webwxsendmsgimg")).length, 2);
  wx.free();
});

/** A picture of three chunks. */
const picture = async () => new File([await readFile(join(pictures, "sample.jpg"))], "sample.jpg");

/** Which chunks were asked to be taken, in order. */
async function chunksOf() {
  const uploads = await standin.journal("webwxuploadmedia");
  return uploads.map(({ form }) => form.find(({ name }) => name === "chunk").value);
}

/**
 * What `npm start` does once everything is built: the example, its options, and its complaints.
 * Not run on each form again.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const example = join(root, "examples/round-trip.mjs");
const STANDIN = process.env.STANDIN ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "debug/standin");
const env = { ...process.env, STANDIN, INIT_CWD: root };

/** Runs the example to its end. */
const roundTrip = (...args) =>
  new Promise((ended) => {
    execFile(process.execPath, [example, ...args], { env }, (error, stdout, stderr) => {
      ended({ code: error ? error.code : 0, stdout, stderr });
    });
  });

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "round-trip-"));
});
after(() => rm(folder, { recursive: true }));

test("--json prints one line that tells what went out and came back", async () => {
  const { code, stdout, stderr } = await roundTrip("--once", "--json");
  assert.equal(stderr, "");
  assert.equal(code, 0);
  assert.equal(stdout.trim().split("\n").length, 1);
  const { ok, receipt, downloaded, thumbnail, steps } = JSON.parse(stdout);
  assert.equal(ok, true);
  assert.match(receipt.msgId, /^\d{10,20}$/);
  assert.match(receipt.localId, /^\d{17}$/);

  const sample = await readFile(join(root, "www/pictures/sample.jpg"));
  const md5 = createHash("md5").update(sample).digest("hex");
  assert.deepEqual(downloaded, { md5, type: "image/jpeg", width: 2400, height: 1600, size: sample.length });
  assert.equal(receipt.media.md5, md5);
  assert.deepEqual([thumbnail.type, thumbnail.width, thumbnail.height], ["image/jpeg", 120, 80]);

  const named = Object.fromEntries(steps.map(({ step, ms, bytes }) => (assert.ok(ms >= 0), [step, bytes])));
  assert.deepEqual(Object.keys(named), ["inspect", "read", "hash", "upload", "send", "download", "thumbnail"]);
  for (const step of ["inspect", "hash", "upload", "download"]) {
    assert.equal(named[step], sample.length, step);
  }
});

test("--filehelper sends to the File Transfer Helper and gets it back there", async () => {
  const { code, stdout, stderr } = await roundTrip("www/pictures/small.png", "--once", "--json", "--filehelper");
  assert.deepEqual([stderr, code], ["", 0]);
  const { ok, downloaded } = JSON.parse(stdout);
  const small = await readFile(join(root, "www/pictures/small.png"));
  assert.deepEqual([ok, downloaded.md5], [true, createHash("md5").update(small).digest("hex")]);
});

test("a GIF, named as the user stands, goes the same way; plain lines tell each step", async () => {
  const { code, stdout } = await roundTrip("www/pictures/moving.gif", "--once");
  assert.equal(code, 0);
  assert.match(stdout, /^\nwww\/pictures\/moving\.gif \(\d+ bytes\) → http:\/\/127\.0\.0\.1:\d+\n/);
  for (const step of ["inspect", "hash", "upload", "send", "download", "thumbnail"]) {
    assert.match(stdout, new RegExp(`^  ${step} .* ms`, "m"));
  }
  assert.match(stdout, /\nthe same bytes went out and came back: MD5 [0-9a-f]{32}\n/);
});

test("what is no readable image ends with exit code 1 and one line", async () => {
  const text = join(folder, "text.jpg");
  const empty = join(folder, "empty.png");
  await writeFile(text, "not a picture");
  await writeFile(empty, "");
  const complaints = [
    [[join(folder, "nowhere.jpg")], /nowhere\.jpg: there is no such file$/],
    [[folder], /: this is a folder$/],
    [[text], /text\.jpg: .*expected JPEG/],
    [[empty], /empty\.png: .*0 bytes/],
    [["--port", "70000"], /^--port 70000: a number up to 65531/],
    [["--colour"], /^Unknown option '--colour'; usage: npm start -- \[IMAGE\]/],
    [["a.jpg", "b.jpg"], /^one picture at a time; usage/],
  ];
  for (const [args, message] of complaints) {
    const { code, stdout, stderr } = await roundTrip(...args, "--once");
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.match(stderr.trim(), message);
  }
  const { code, stdout } = await roundTrip(text, "--json");
  assert.equal(code, 1);
  assert.equal(JSON.parse(stdout).ok, false);
});

test("without --once it serves the demo page until it is told to end, and takes the stand-in with it", async () => {
  const child = spawn(process.execPath, [example, "www/pictures/small.png"], { env, stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    said += text;
    if (said.includes("(Ctrl-C ends)")) {
      break;
    }
  }
  const url = said.match(/demo page: (\S+)/)[1];
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  await page.arrayBuffer();

  const ended = once(child, "exit");
  child.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
  const gone = async () => {
    try {
      await fetch(url);
      return false;
    } catch {
      return true;
    }
  };
  while (!(await gone())) {
    await setTimeout(20);
  }
});

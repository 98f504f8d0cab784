// The stand-in, proved by someone else's hand: itchat-uos, a public client for Python, sends and fetches here,
// unmodified. ITCHAT_PYTHON is a Python that has it (itchat/requirements.txt); left out where there is none. Not run on
// each form again.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { projectPath, startStandin } from "./standin.mjs";

const CHUNK = 524_288;
/** Where `npm test` installs it; the list of what it installed is written last. */
const installed = join(process.env.CARGO_TARGET_DIR ?? projectPath("target"), "itchat");
const python = process.env.ITCHAT_PYTHON ?? join(installed, "bin/python");
const isThere = process.env.ITCHAT_PYTHON !== undefined || existsSync(join(installed, "requirements.txt"));
const skip = isThere ? false : `left out: no Python with itchat-uos in ${installed}`;
if (skip) console.log(skip);

const [small, sample, moving] = ["small.png", "sample.jpg", "moving.gif"].map((name) => projectPath(`www/pictures/${name}`));
const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const md5Of = async (path) => md5(await readFile(path));

let standin;
let folder;

before(async () => {
  standin = await startStandin();
  folder = await mkdtemp(join(tmpdir(), "itchat-"));
});

after(async () => {
  await standin?.stop();
  await rm(folder, { recursive: true });
});

/** Has itchat-uos send these files; gives what it saw. */
async function run(...files) {
  const { origin, fileOrigin, session, peer } = standin.info;
  const told = { origin, fileOrigin, session, peer, files, passTicket: encodeURIComponent(session.passTicket) };
  const script = projectPath("tests/node/itchat/client.py");
  // What it writes beside itself is to go with the folder.
  const { stdout } = await promisify(execFile)(python, ["-B", script, JSON.stringify(told)], { cwd: folder });
  // It prints a character of its own first, to see whether the terminal has it.
  return JSON.parse(stdout.slice(stdout.indexOf("{")));
}

test("itchat-uos sends pictures, a GIF and a file, and gets each of them back", { skip }, async () => {
  const report = join(folder, "report 1.png");
  await copyFile(small, report);
  const files = [["image", small], ["image", sample], ["image", moving], ["file", report]];
  const { sent, fetched } = await run(...files);
  assert.deepEqual(sent.map(({ BaseResponse }) => BaseResponse.Ret), [0, 0, 0, 0], JSON.stringify(sent));

  const messages = await standin.control("GET", "messages");
  assert.deepEqual(messages.slice(3).map(({ MsgType, MsgId }) => [MsgType, MsgId]), [
    [3, sent[0].MsgID],
    [3, sent[1].MsgID],
    [47, sent[2].MsgID],
    [49, sent[3].MsgID],
  ]);
  assert.equal(messages[6].FileName, "report 1.png");
  const expected = await Promise.all(files.map(([, path]) => md5Of(path)));
  assert.deepEqual(fetched.slice(3), expected);
  assert.equal(fetched[0], /md5="([0-9a-f]{32})"/.exec(messages[0].Content)[1], "one that came from the peer");

  const uploads = await standin.journal("webwxuploadmedia");
  const value = ({ form }, wanted) => form.find(({ name }) => name === wanted)?.value;
  assert.deepEqual(uploads.map((entry) => [value(entry, "mediatype"), value(entry, "chunk") ?? null]), [
    ["pic", null],
    ["pic", "0"],
    ["pic", "1"],
    ["pic", "2"],
    ["doc", null],
    ["doc", null],
  ]);
  assert.ok((await readFile(sample)).length > 2 * CHUNK);
  const { ClientMediaId, BaseRequest } = JSON.parse(value(uploads[0], "uploadmediarequest"));
  assert.match(String(ClientMediaId), /^\d{14}$/);
  assert.equal(BaseRequest.Uin, String(standin.info.session.uin));
});

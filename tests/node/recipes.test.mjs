/** The recipes that are whole programs for Node, letter by letter, against the stand-in. Not run on each form again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, test } from "node:test";

import { blocks, read } from "../types/blocks.mjs";
import { projectPath, startStandin } from "./standin.mjs";

const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");
const pictures = projectPath("www/pictures");
const recipes = blocks(read("docs/recipes.md"));

let standin;

before(async () => {
  standin = await startStandin();
});

after(() => standin?.stop());

beforeEach(() => standin.reset());

/** The one recipe that has this in it. */
function recipe(part) {
  const [{ code }, ...more] = recipes.filter(({ code }) => code.includes(part));
  assert.deepEqual(more, []);
  return code;
}

/** Runs the bot on a folder, with the session on its standard input. */
async function bot(folder, to) {
  const options = ["--no-warnings", "--input-type=module", "--eval", recipe("wx.sendImages(pictures")];
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
  assert.deepEqual([...new Set(sent.map(({ FileMd5 }) => FileMd5))], expected);
  assert.deepEqual([...new Set(sent.map(({ ToUserName }) => ToUserName))], ["filehelper"]);
});

test("the bot stops where the service says too often, and says so", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "ret:1205" });
  const { lines, stderr, code } = await bot(pictures, "filehelper");
  assert.deepEqual([lines, code], [[], 1]);
  assert.match(stderr, /^moving\.gif: webwxuploadmedia: Ret 1205/);
  assert.deepEqual(await standin.journal("webwxsendmsgimg"), []);
});

test("the gateway's recipe saves the picture under its MD5", async () => {
  const { gatewayOrigin, gatewayAuthorization, session, peer } = standin.info;
  const [message] = (await standin.control("GET", "messages")).filter(({ MsgType }) => MsgType === 3);
  const { MsgId: msgId, Content: content } = message;
  const request = { wId: "w", msgId, fromUser: peer, toUser: session.userName, content };
  // Its types apart, which the compiler has seen.
  const program = recipe("gateway.download(message)")
    .replace("type GetMsgImgRequest, ", "")
    .replace("message: GetMsgImgRequest): Promise<string | null>", "message)")
    .replace("http://localhost:18081", gatewayOrigin);
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-recipe-"));
  try {
    const call = `console.log(await save(${JSON.stringify(request)}));`;
    // The package is known by its name from within the project alone.
    const script = `${program}\n${call}`.replaceAll("`${md5}.", `\`${folder}/\${md5}.`);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
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

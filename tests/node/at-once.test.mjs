/**
 * The forms that need no init(): they start with the first use, the single script on whichever build the place allows.
 * Not run on each form again.
 */
import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { FORBIDDEN, MISSING, dist, fresh } from "./fresh.mjs";

const form = (name) => `const form = await import(${JSON.stringify(new URL(name, dist).href)});`;
const SCRIPT = `
  const script = readFileSync(new URL(${JSON.stringify(new URL("webwx-image.iife.js", dist).href)}), "utf8");
  (await import("node:vm")).runInThisContext(script);
  const form = WebwxImage;
`;
const used = `
  const [message, hash] = [form.parseMessage("x"), await form.md5(new Blob(["abc"]))];
  answer = [form.backend(), message.kind, hash];
`;
const worked = (backend) => [backend, "text", "900150983cd24fb0d6963f7d28e17f72"];

for (const [name, load] of [["inline", form("inline.js")], ["the script", SCRIPT]]) {
  test(`${name}: works at once, after init(), after initSync(), and by two loads at the same time`, async () => {
    const firsts = ["", "await form.default();", "form.initSync(wasm);", "form.default(), form.parseMessage('y');"];
    for (const first of firsts) {
      assert.deepEqual(await fresh(`${load} ${first} ${used}`), worked("wasm"), first);
    }
  });
}

test("inline: where WebAssembly is forbidden, says so and what to use", async () => {
  for (const call of ["await form.default()", "form.parseMessage('x')"]) {
    const error = await fresh(`${form("inline.js")} ${FORBIDDEN} answer = await failure((async () => ${call})());`);
    assert.deepEqual([error.is, error.code], [true, "not-initialized"], call);
    assert.match(error.message, /'wasm-unsafe-eval' in script-src, or import webwx-image\/js$/);
  }
});

for (const [name, load] of [["js", form("js.js")], ["the script", SCRIPT]]) {
  test(`${name}: works where WebAssembly is forbidden, or is not there`, async () => {
    for (const first of [MISSING, FORBIDDEN, `${FORBIDDEN} await form.default();`, `${FORBIDDEN} form.initSync(wasm);`]) {
      assert.deepEqual(await fresh(`${load} ${first} ${used}`), worked("js"), first);
    }
  });
}

test("Node's: without the module's file beside it, says what to do", async () => {
  const lonely = join(await mkdtemp(join(tmpdir(), "webwx-image-")), "bundle.mjs");
  await cp(new URL("node.js", dist), lonely);
  for (const call of ["form.parseMessage('x')", "await form.default()"]) {
    const load = form(pathToFileURL(lonely).href);
    const error = await fresh(`${load} answer = await failure((async () => ${call})());`);
    assert.deepEqual([error.is, error.code], [true, "not-initialized"]);
    assert.match(error.message, /mark webwx-image as external in the bundler, or import webwx-image\/inline$/);
  }
  await rm(dirname(lonely), { recursive: true });
});

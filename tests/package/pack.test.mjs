/** What is published: the files, and what two checkers of packages say of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

import { pack } from "./installed.mjs";
import { projectPath } from "../node/standin.mjs";

let packed;
before(async () => {
  packed = await pack();
});
after(() => packed.remove());

test("holds these files, and no others", () => {
  assert.deepEqual(packed.files, [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "README.zh-CN.md",
    "dist/fflate.LICENSE",
    "dist/index.d.ts",
    "dist/index.js",
    "dist/index.js.map",
    "dist/inline.js",
    "dist/inline.js.map",
    "dist/js.js",
    "dist/js.js.map",
    "dist/node.js",
    "dist/node.js.map",
    "dist/webwx-image.iife.js",
    "dist/webwx-image.iife.js.map",
    "dist/webwx-image.user.js",
    "dist/webwx_image_bg.wasm",
    "package.json",
  ]);
});

test("the crate holds its sources and the same papers, and no others", async () => {
  const args = ["package", "--list", "--allow-dirty", "--quiet", "--package", "webwx-image"];
  const { stdout } = await promisify(execFile)(process.env.CARGO ?? "cargo", args, { cwd: projectPath(".") });
  const files = stdout.split("\n").filter((path) => path !== "" && !/^src\/.+\.(rs|js|ts)$/.test(path));
  // Cargo's own: where it came from, which is there in a checkout, and the manifest as it was.
  const papers = files.filter((path) => path !== ".cargo_vcs_info.json");
  assert.deepEqual(papers, [
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
  ]);
});

test("publint, strict, has no finding", async () => {
  const tarball = await readFile(packed.tarball);
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer }, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg)), []);
});

test("are the types wrong? has no finding for ES modules", async () => {
  const attw = fileURLToPath(import.meta.resolve("@arethetypeswrong/cli/package.json")).replace(/package\.json$/, "dist/index.js");
  const args = [attw, packed.tarball, "--profile", "esm-only", "--no-color", "--no-emoji"];
  const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => assert.fail(error.stdout));
  assert.match(stdout, /"webwx-image\/inline"/);
});

test("no script says where it was made, and the translated one has no WebAssembly in it", async () => {
  for (const name of packed.files.filter((path) => /\.(js|map|ts|wasm)$/.test(path))) {
    const content = await readFile(projectPath(name), "latin1");
    assert.ok(!content.includes(projectPath(".")), name);
  }
  assert.doesNotMatch(await readFile(projectPath("dist/js.js"), "utf8"), /WebAssembly/);
});

test("each script has its source map, with the sources in it; the userscript is its own source", async () => {
  for (const name of packed.files.filter((path) => path.endsWith(".js") && !path.endsWith(".user.js"))) {
    const script = await readFile(projectPath(name), "utf8");
    const [, map] = script.match(/\n\/\/# sourceMappingURL=(\S+)\s*$/);
    const { sources, sourcesContent } = JSON.parse(await readFile(join(projectPath("dist"), map), "utf8"));
    assert.ok(sources.some((source) => source.endsWith("api.js")), name);
    assert.ok(sourcesContent.every((source) => source.length > 0), name);
  }
});

test("the script is plain ASCII: a page's own encoding cannot spoil it", async () => {
  assert.match(await readFile(projectPath("dist/webwx-image.iife.js"), "latin1"), /^[\x00-\x7f]*$/);
});

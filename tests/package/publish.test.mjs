/**
 * The package is ready to be published from any repository: with an example address filled in, both registries' clients accept it, and
 * the packed README has no dead link. In a copy of the project, so that the project itself keeps having none.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { pack } from "./installed.mjs";
import { projectPath } from "../node/standin.mjs";

const ADDRESS = "https://git.example/owner/webwx-image";
const FOLDERS = ["src", "tests/standin", "xtask", "dist"];
const FILES = ["Cargo.toml", "Cargo.lock", "package.json", "README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];
const run = promisify(execFile);
const cargo = process.env.CARGO ?? "cargo";

let project;
/** xtask on the copy: the manifest's folder is how `cargo run` tells it the project. */
const xtask = (...args) => {
  const binary = join(dirname(process.env.STANDIN ?? projectPath("target/debug/standin")), "xtask");
  const env = { ...process.env, CARGO_MANIFEST_DIR: project, CARGO_TARGET_DIR: join(project, "target") };
  return run(binary, args, { cwd: project, env });
};

before(async () => {
  project = await mkdtemp(join(tmpdir(), "webwx-image-publish-"));
  for (const path of [...FOLDERS, ...FILES]) {
    await cp(projectPath(path), join(project, path), { recursive: true });
  }
  await xtask("address", ADDRESS);
});

after(() => rm(project, { recursive: true }));

test("every manifest has the address", async () => {
  const { repository, homepage, bugs } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  assert.deepEqual([repository.url, homepage, bugs], [`git+${ADDRESS}.git`, `${ADDRESS}#readme`, `${ADDRESS}/issues`]);
  const { stdout } = await run(cargo, ["metadata", "--no-deps", "--offline", "--format-version", "1"], { cwd: project });
  const [crate] = JSON.parse(stdout).packages.filter(({ name }) => name === "webwx-image");
  assert.equal(crate.repository, ADDRESS);
});

test("the packed README has no relative link, and the project's is put back", async () => {
  const original = await readFile(join(project, "README.md"), "utf8");
  await xtask("readme", "--absolute");
  const packed = await pack(project);
  try {
    const { stdout } = await run("tar", ["-xzOf", packed.tarball, "package/README.md"]);
    const links = [...stdout.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    assert.ok(links.length > 10);
    assert.deepEqual(links.filter((link) => !/^(https:\/\/|#)/.test(link)), []);
    for (const link of links.filter((link) => link.startsWith(ADDRESS))) {
      const [path] = link.slice(ADDRESS.length).replace(/^\/(?:blob|raw)\/HEAD\//, "").split("#");
      await assert.doesNotReject(readFile(projectPath(path)), link);
    }
  } finally {
    await packed.remove();
    await xtask("readme", "--restore");
  }
  assert.equal(await readFile(join(project, "README.md"), "utf8"), original);
});

test("npm publish --dry-run passes", async () => {
  const args = ["publish", "--dry-run", "--ignore-scripts", "--offline", "--json"];
  const { stdout } = await run(process.platform === "win32" ? "npm.cmd" : "npm", args, { cwd: project });
  assert.match(stdout, /"webwx-image@\d/);
});

test("cargo packages the crate without a warning about its manifest", async () => {
  // What `cargo publish --dry-run` does, but for its question to the index, for which it needs the network.
  const args = ["package", "--package", "webwx-image", "--no-verify", "--allow-dirty", "--offline"];
  const { stderr } = await run(cargo, args, { cwd: project });
  assert.match(stderr, /Packaged \d+ files/);
  assert.doesNotMatch(stderr, /manifest has no/);
});

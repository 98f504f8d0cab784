/** The package built from a second copy of the sources, in another folder, is the same byte for byte. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

import { projectPath } from "../node/standin.mjs";
import { pack } from "./installed.mjs";

const run = promisify(execFile);
const root = projectPath(".");
const removals = [];
after(() => Promise.all(removals.map((remove) => remove())));

test("two folders give the same tarball", async () => {
  const copy = await secondCopy();
  const { stdout } = await run("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root });
  const target = JSON.parse(stdout).target_directory;
  // This very xtask builds the copy, and what was compiled of other crates is shared.
  const xtask = join(target, "debug", process.platform === "win32" ? "xtask.exe" : "xtask");
  const env = { ...process.env, CARGO_MANIFEST_DIR: join(copy, "xtask"), CARGO_TARGET_DIR: target };
  await run(xtask, ["build"], { cwd: copy, env });
  assert.equal(await published(copy), await published(root));
});

/**
 * A copy of the project and of its installed npm packages. The times of files are kept, so that the set-up finds the packages
 * newer than their lock file and installs nothing.
 */
async function secondCopy() {
  const parent = await mkdtemp(join(tmpdir(), "webwx-image-"));
  removals.push(() => rm(parent, { recursive: true }));
  const copy = join(parent, "another", "place");
  const left = new Set([".git", "target", "dist", "tests"].map((name) => join(root, name)));
  const filter = (path) => !left.has(path);
  await cp(root, copy, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true, filter });
  // Cargo wants the workspace's members to be there.
  await cp(join(root, "tests"), join(copy, "tests"), { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  return copy;
}

/** The hash of what npm publishes from a folder. */
async function published(folder) {
  const packed = await pack(folder);
  removals.push(packed.remove);
  return createHash("sha256").update(await readFile(packed.tarball)).digest("hex");
}

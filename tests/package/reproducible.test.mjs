/** The package made from a second copy of the sources, in another folder, is the same byte for byte. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
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

/** What npm publishes from a folder: the tarball's hash. */
async function published(folder) {
  const packed = await pack(folder);
  removals.push(packed.remove);
  return createHash("sha256").update(await readFile(packed.tarball)).digest("hex");
}

test("two folders give the same tarball", async () => {
  const parent = await mkdtemp(join(tmpdir(), "webwx-image-"));
  removals.push(() => rm(parent, { recursive: true }));
  const copy = join(parent, "another", "place");
  const left = [".git", "node_modules", "target", "dist"].map((name) => join(root, name));
  await cp(root, copy, { recursive: true, filter: (path) => !left.includes(path) && !path.endsWith("node_modules") });
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const { stdout } = await run("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root });
  const target = JSON.parse(stdout).target_directory;
  // The stand-in lies beside it; this very program builds the copy, and shares what was compiled of other crates.
  const xtask = join(target, "debug", process.platform === "win32" ? "xtask.exe" : "xtask");
  const env = { ...process.env, CARGO_MANIFEST_DIR: join(copy, "xtask"), CARGO_TARGET_DIR: target };
  await run(xtask, ["build"], { cwd: copy, env });
  assert.equal(await published(copy), await published(root));
});

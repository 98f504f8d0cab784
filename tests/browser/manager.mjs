/**
 * A stand-in for a userscript manager, written after the documentation of Tampermonkey and Violentmonkey; it is
 * neither. It makes an extension of one userscript, to be loaded unpacked:
 *
 * - @require is checked by its hash, and runs in front of the script in one function with it;
 * - @grant decides which functions that function is given;
 * - @match and @connect become the manifest's, so that the browser itself keeps the script to them;
 * - GM_xmlhttpRequest goes by a bridge to the extension's background, which does the fetching (manager/);
 * - the script runs in the page's own world, where unsafeWindow is the page's window: the default of both managers in
 *   Chromium. Or, with `apart`, in the manager's own: what Violentmonkey calls `content`, in which unsafeWindow is the
 *   window of a world without the page's objects.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectPath } from "./harness.mjs";

/** The metadata block: every key with its values, in order. */
export function metadataOf(script) {
  const [, block] = script.match(/^\/\/ ==UserScript==\n([^]*?)\/\/ ==\/UserScript==\n/);
  const metadata = {};
  for (const line of block.trimEnd().split("\n")) {
    const [, key, value = ""] = line.match(/^\/\/ @(\S+)(?: +(\S.*))?$/);
    (metadata[key] ??= []).push(value);
  }
  return metadata;
}

/**
 * Makes the extension, in a folder of its own.
 *
 * @param {string} script
 * @param {string} library what the one @require stands for
 * @param {object} [options]
 * @param {string[]} [options.matches] a part of @match
 * @param {boolean} [options.apart]
 */
export async function install(script, library, { matches, apart = false } = {}) {
  const metadata = metadataOf(script);
  const [[, hash]] = metadata.require.map((url) => url.match(/#sha256=([0-9a-f]{64})$/));
  assert.equal(createHash("sha256").update(library).digest("hex"), hash, "a manager refuses another file");

  const folder = await mkdtemp(join(tmpdir(), "userscript-manager-"));
  const pieces = projectPath("tests/browser/manager");
  await cp(pieces, folder, { recursive: true });
  // GM.xmlHttpRequest is granted by name, and given as the object GM.
  const given = [...new Set(metadata.grant.map((name) => name.split(".")[0]))].join(", ");
  const functions = await readFile(join(pieces, "gm.js"), "utf8");
  const inner = `(({ ${given} }) => {\n${library}\n${script}\n})(managerFunctions());`;
  const wrapped = `(() => {\n${functions}\n${inner}\n})();\n`;
  await writeFile(join(folder, "userscript.js"), wrapped);
  const content = { matches: matches ?? metadata.match, run_at: metadata["run-at"][0].replace("-", "_") };
  assert.ok(content.matches.every((match) => metadata.match.includes(match)));
  const manifest = {
    manifest_version: 3,
    name: "A stand-in for a userscript manager",
    version: "1",
    background: { service_worker: "background.js" },
    host_permissions: metadata.connect.map((host) => `https://${host}/*`),
    content_scripts: [
      { ...content, js: ["bridge.js"] },
      { ...content, js: ["userscript.js"], world: apart ? "ISOLATED" : "MAIN" },
    ],
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return folder;
}

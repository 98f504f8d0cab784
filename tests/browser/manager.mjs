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
 *
 * Real managers differ from that. What was seen of them in November 2026 (Violentmonkey 2.47, ScriptCat 1.4) are its quirks,
 * each of which can be switched on:
 *
 * @typedef {object} Quirks
 * @property {boolean} [ignoresRedirect] no `redirect` option: redirects are followed (Violentmonkey)
 * @property {boolean} [ignoresConnect] requests go to any host (Violentmonkey)
 * @property {boolean} [marksFinalUrl] `finalUrl` ends in `#VMxhr…` (Violentmonkey)
 * @property {boolean} [losesEarlyAbort] an abort before `onloadstart` does nothing (Violentmonkey)
 * @property {boolean} [losesUploadEnd] no `load` and `loadend` of an upload of which all four events are asked for (Violentmonkey)
 * @property {boolean} [neverSettles] the promise of GM.xmlHttpRequest stays pending after an abort (Violentmonkey)
 * @property {boolean} [noUploadEvents] an upload has no events (ScriptCat)
 * @property {boolean} [isLate] the script runs after the page's own scripts (both: 200 to 555 ms after the navigation)
 * @property {boolean} [withoutLibrary] a file of @require that is missing or has another hash is left out (ScriptCat)
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectPath } from "../node/standin.mjs";

/** All quirks with which a userscript can still work. @type {Quirks} */
export const QUIRKS = {
  ignoresRedirect: true,
  ignoresConnect: true,
  marksFinalUrl: true,
  losesEarlyAbort: true,
  losesUploadEnd: true,
  neverSettles: true,
  noUploadEvents: true,
  isLate: true,
};

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
 * @param {Quirks} [options.quirks]
 */
export async function install(script, library, { matches, apart = false, quirks = {} } = {}) {
  const metadata = metadataOf(script);
  const [[, hash]] = metadata.require.map((url) => url.match(/#sha256=([0-9a-f]{64})$/));
  assert.equal(createHash("sha256").update(library).digest("hex"), hash, "a manager refuses another file");

  const folder = await mkdtemp(join(tmpdir(), "userscript-manager-"));
  const pieces = projectPath("tests/browser/manager");
  const piece = (name) => readFile(join(pieces, name), "utf8");
  const head = `const quirks = ${JSON.stringify(quirks)};\n`;
  // GM.xmlHttpRequest is granted by name, and given as the object GM.
  const given = [...new Set(metadata.grant.map((name) => name.split(".")[0]))].join(", ");
  const required = quirks.withoutLibrary ? ";" : library;
  const inner = `(({ ${given} }) => {\n${required}\n${script}\n})(managerFunctions(quirks));`;
  const begun = quirks.isLate ? `addEventListener("load", () => {\n${inner}\n}, { once: true });` : inner;
  const wrapped = `(() => {\n${head}${await piece("gm.js")}\n${begun}\n})();\n`;
  await writeFile(join(folder, "bridge.js"), await piece("bridge.js"));
  await writeFile(join(folder, "background.js"), head + (await piece("background.js")));
  await writeFile(join(folder, "userscript.js"), wrapped);
  const content = { matches: matches ?? metadata.match, run_at: metadata["run-at"][0].replace("-", "_") };
  assert.ok(content.matches.every((match) => metadata.match.includes(match)));
  const manifest = {
    manifest_version: 3,
    name: "A stand-in for a userscript manager",
    version: "1",
    background: { service_worker: "background.js" },
    host_permissions: quirks.ignoresConnect ? ["<all_urls>"] : metadata.connect.map((host) => `https://${host}/*`),
    content_scripts: [
      { ...content, js: ["bridge.js"] },
      { ...content, js: ["userscript.js"], world: apart ? "ISOLATED" : "MAIN" },
    ],
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return folder;
}

/** What addons.mozilla.org's own linter says of the extension for Firefox. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { projectPath } from "../node/standin.mjs";

const run = promisify(execFile);
const folder = projectPath("target/extension-firefox");

test("the extension for Firefox passes the store's linter without a word", async () => {
  const linter = projectPath("tests/package/node_modules/addons-linter/bin/addons-linter");
  const { stdout } = await run(process.execPath, [linter, "--output", "json", folder], { maxBuffer: 2 ** 24 });
  const { errors, warnings, notices } = JSON.parse(stdout);
  assert.deepEqual([...errors, ...warnings, ...notices].map(({ code, file }) => `${code} in ${file}`), []);
});

test("both browsers get the same, but for what their manifests have to differ in", async () => {
  const read = async (path) => JSON.parse(await readFile(path, "utf8"));
  const { background, minimum_chrome_version, ...chromium } = await read(projectPath("www/extension/manifest.json"));
  const { background: scripts, browser_specific_settings, ...firefox } = await read(`${folder}/manifest.json`);
  assert.deepEqual(firefox, chromium);
  assert.deepEqual([background.service_worker, minimum_chrome_version], [scripts.scripts[0], "123"]);
  assert.deepEqual(browser_specific_settings.gecko.data_collection_permissions, { required: ["none"] });
});

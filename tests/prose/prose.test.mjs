/** The documents and the declarations are in plain technical English: the project's list of words, and short sentences. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { documents, read } from "../types/blocks.mjs";
import { comments, reports } from "./prose.mjs";

const english = documents().filter((path) => !path.endsWith(".zh-CN.md"));

for (const path of english) {
  test(`${path} has no report`, async () => {
    assert.deepEqual(await reports(path, read(path)), []);
  });
}

test("the doc comments of the declarations have no report", async () => {
  assert.deepEqual(await reports("src/npm/index.d.ts", comments(read("src/npm/index.d.ts"))), []);
});

test("words, articles, repetitions and length are reported, at their line, and code is not", async () => {
  const long = `A sentence ${"that goes very far ".repeat(12)}ends.`;
  const text = ["Fine.", "", "The caller is told, by a error, of the the end.", "", "`is told`, and:", "", "```", "is told", "```", "", long].join("\n");
  const found = await reports("wrong.md", text);
  assert.equal(found.filter((line) => line.startsWith("wrong.md:3:")).length, 3);
  assert.match(found.at(-1), /^wrong\.md:11: a sentence of \d+ words/);
  assert.equal(found.length, 4);
});

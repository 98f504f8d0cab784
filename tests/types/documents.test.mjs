/** What the documents say in code is true: it compiles, its commands are there, its links lead somewhere. */

import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

import { BLOCKS, written } from "../bench/written.mjs";
import { blocks, complaints, documents, prose, read, root } from "./blocks.mjs";

/** What exists in English and in Chinese. */
const PAIRS = ["README", "docs/errors", "docs/environments"].map((name) => [`${name}.md`, `${name}.zh-CN.md`]);
const texts = Object.fromEntries(documents().map((path) => [path, read(path)]));

test("every block of JavaScript, TypeScript and Vue compiles", () => {
  assert.deepEqual(complaints(texts), []);
});

test("a block that is wrong is found, at its line", () => {
  const wrong = ["text", "```js", 'import { md5 } from "webwx-image";', "await md5(1);", "```"].join("\n");
  const [complaint, ...more] = complaints({ "docs/wrong.md": wrong });
  assert.match(complaint, /^docs\/wrong\.md:4: Argument of type 'number' is not assignable/);
  assert.deepEqual(more, []);
});

test("every block is of a language that is looked at, or of none", () => {
  const known = ["", "js", "ts", "tsx", "vue", "json", "sh"];
  for (const [path, text] of Object.entries(texts)) {
    for (const { language, line } of blocks(text)) {
      assert.ok(known.includes(language), `${path}:${line}: ${language}`);
    }
  }
});

test("every block of JSON can be read", () => {
  for (const [path, text] of Object.entries(texts)) {
    for (const { code, line } of blocks(text).filter(({ language }) => language === "json")) {
      assert.doesNotThrow(() => JSON.parse(code), `${path}:${line}`);
    }
  }
});

test("every command of the project that a document names is there", () => {
  const { scripts } = JSON.parse(read("package.json"));
  const xtask = read("xtask/src/main.rs");
  const isThere = {
    // npm's own, beside the scripts.
    npm: (name) => name in scripts || ["install", "ci", "pack", "publish"].includes(name),
    xtask: (name) => xtask.includes(`["${name}"`),
    file: (path) => existsSync(join(root, path)),
  };
  const patterns = [
    [/\bnpm (?:run )?(?:--?\w+ )*([a-z][\w-]*)/g, "npm"],
    [/\bcargo run (?:-q |--quiet )?-p xtask -- ([\w-]+)/g, "xtask"],
    // In a folder: one without is the reader's own.
    [/\bnode (?:--?[\w-]+(?:[ =]\.\/\S+)? )*([\w.-]+\/[\w./-]+\.mjs)/g, "file"],
    [/(?:^|[ `])(\.ci\/\w+)/g, "file"],
  ];
  for (const [path, text] of Object.entries(texts)) {
    const spoken = [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
    const typed = blocks(text).filter(({ language }) => language === "sh");
    for (const command of [...spoken, ...typed.map(({ code }) => code)]) {
      for (const [pattern, kind] of patterns) {
        for (const [said, name] of command.matchAll(pattern)) {
          // A script beside a README is called from there.
          const beside = kind === "file" && existsSync(join(root, dirname(path), name));
          assert.ok(beside || isThere[kind](name), `${path}: ${said}`);
        }
      }
    }
  }
});

/** As `tests/node/batch`, with or without the first word, and with or without a test's title behind it. */
const NAMED_TEST = /(?<![\w/.])(?:tests\/)?(node|browser|package)\/([\w-]+)(?!\/|\.\w|[\w*])(?: "([^"]+)")?/g;

test("every test that a document names is there", () => {
  for (const [path, text] of Object.entries(texts)) {
    for (const [said, folder, name, title] of prose(text).matchAll(NAMED_TEST)) {
      const files = readdirSync(join(root, "tests", folder)).filter((file) => file.startsWith(name));
      assert.ok(files.length > 0, `${path}: ${said}`);
      const tests = files.filter((file) => file.endsWith(".mjs")).map((file) => read(`tests/${folder}/${file}`));
      const begin = title?.replace(/…$/, "");
      assert.ok(!begin || tests.some((code) => code.includes(begin)), `${path}: ${said}`);
    }
  }
});

/** The target of each link and picture in a document, but for those on the web. */
function links(text) {
  const targets = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => !/^https?:/.test(target));
}

/** The anchors of a document, as its headings give them. */
const anchors = (text) =>
  [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );

test("every link leads to a file that is there, and to a heading that it has", () => {
  for (const [path, text] of Object.entries(texts)) {
    for (const link of links(text)) {
      const [file, anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      assert.ok(existsSync(join(root, target)), `${path}: ${link}`);
      if (anchor !== undefined) {
        assert.ok(anchors(texts[target] ?? "").includes(anchor), `${path}: ${link}`);
      }
    }
  }
});

test("every document of docs/ is in the index, once", () => {
  const listed = links(texts["docs/README.md"]).filter((link) => link.endsWith(".md") && !link.startsWith(".."));
  const there = Object.keys(texts).filter((path) => path.startsWith("docs/") && path !== "docs/README.md");
  assert.deepEqual(listed.map((link) => `docs/${link}`).sort(), there.sort());
});

test("the reading guide knows how long its files are, and takes an hour", () => {
  const rows = [...texts["docs/architecture.md"].matchAll(/^\| (\d+) \| \[`([\w/.]+)`\]\([^)]+\) \| (\d+) \|/gm)];
  for (const [, minutes, path, words] of rows) {
    const counted = read(path).split(/\s+/).length;
    assert.ok(Math.abs(counted - words) < Math.max(300, counted / 4), `${path}: ${counted} words, not ${words}`);
    assert.ok(Math.abs(words / 200 - minutes) <= 1, `${path}: ${minutes} minutes for ${words} words`);
  }
  const total = rows.reduce((sum, [, minutes]) => sum + Number(minutes), 0);
  assert.ok(total >= 45 && total <= 75, `${total} minutes`);
});

test("every action of the workflows is named by the hash of its commit", () => {
  const folder = ".github/workflows";
  for (const file of readdirSync(join(root, folder))) {
    const uses = read(`${folder}/${file}`).match(/^\s*(?:- )?uses:.*$/gm) ?? [];
    for (const line of uses) {
      assert.match(line, /uses: [\w./-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/, `${file}: ${line.trim()}`);
    }
  }
});

test("every address of the package is that of this version", () => {
  const { version } = JSON.parse(read("package.json"));
  for (const [path, text] of Object.entries(texts)) {
    for (const [said, named] of text.matchAll(/\bwebwx-image@(\d[\d.]*\d)/g)) {
      assert.ok(`${version}.`.startsWith(`${named}.`), `${path}: ${said}`);
    }
  }
});

/** A link without its language: a Chinese page links to the Chinese version of what has one. */
const withoutLanguage = (link) => link.replace(".zh-CN.md", ".md");

for (const [english, chinese] of PAIRS) {
  test(`${english} is the same in both languages: code, headings, tables, first cells and links`, () => {
    const shape = (path) => {
      const text = texts[path];
      const spoken = prose(text);
      const rows = [...spoken.matchAll(/^\|.*\|$/gm)].map(([row]) => row.split(/(?<!\\)\|/));
      return {
        code: blocks(text).map(({ language, code }) => [language, code]),
        headings: [...spoken.matchAll(/^(#+) /gm)].map(([, marks]) => marks),
        rows: rows.map((cells) => cells.length),
        named: rows.flatMap((cells) => cells.join("|").match(/`[^`]+`/g) ?? []).sort(),
        links: [...new Set(links(text).map(withoutLanguage))].sort(),
      };
    };
    assert.deepEqual(shape(chinese), shape(english));
  });
}

test("a README has at most 110 lines", () => {
  for (const path of PAIRS[0]) {
    const lines = texts[path].trimEnd().split("\n").length;
    assert.ok(lines <= 110, `${path}: ${lines} lines`);
  }
});

for (const path of PAIRS[1]) {
  test(`${path} says of each error code what to do, and of no other`, () => {
    const [, declared] = /export type ErrorCode =\n((?: +\| .+\n)+)/.exec(read("src/npm/index.d.ts"));
    const codes = [...declared.matchAll(/^ +\| "([\w-]+)"/gm)].map(([, code]) => code);
    const [, ...rows] = [...texts[path].matchAll(/^\| `([\w-]+)` \|(?: [^|]+ \|){2}$/gm)].map(([, code]) => code);
    assert.ok(codes.length > 10);
    assert.deepEqual(rows, codes);
  });
}

test("the figures in the documents are those of the last results", () => {
  const results = JSON.parse(read("tests/bench/results.json"));
  for (const [path, block] of Object.entries(BLOCKS)) {
    assert.equal(written(path, texts[path]), block(results), path);
  }
});

test("of each missed target the documents say why", () => {
  const { rows } = JSON.parse(read("tests/bench/results.json"));
  const missed = rows.filter(({ targets }) => targets.some(({ met }) => !met)).map(({ bench }) => bench);
  const [, why] = texts["docs/benchmarks.md"].split("\n## Why they are missed\n");
  for (const bench of new Set(missed)) {
    assert.ok(why.includes(`\n### ${bench}\n`), bench);
  }
});

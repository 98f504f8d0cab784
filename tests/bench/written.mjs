/**
 * What a whole run writes down: results.json, and the block between two marks in each document that shows figures. A test
 * compares the blocks with results.json; `node tests/bench/written.mjs` writes them again without a run.
 */
import { readFile, writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { projectPath } from "../node/standin.mjs";
import { figure, times } from "./report.mjs";

const RESULTS = "tests/bench/results.json";
const BEGIN = "<!-- bench -->\n";
const END = "<!-- /bench -->";

/** Each document with a block, and what stands in it. */
export const BLOCKS = {
  "README.md": (results) => summary(results, ENGLISH),
  "README.zh-CN.md": (results) => summary(results, CHINESE),
  "docs/benchmarks.md": (results) => `${missedTargets(results)}\n${everything(results)}`,
};

/** Writes the results and every block. */
export async function write(results) {
  await writeFile(projectPath(RESULTS), `${JSON.stringify(results, rounded, 2)}\n`);
  await writeBlocks();
}

async function writeBlocks() {
  const results = JSON.parse(await readFile(projectPath(RESULTS), "utf8"));
  for (const [name, block] of Object.entries(BLOCKS)) {
    const path = projectPath(name);
    const text = await readFile(path, "utf8");
    const [before, after] = text.split(`${BEGIN}${written(name, text)}${END}`);
    await writeFile(path, `${before}${BEGIN}${block(results)}${END}${after}`);
  }
}

/** The block that a document has now. */
export function written(name, text) {
  const block = text.split(BEGIN)[1]?.split(END)[0];
  if (block === undefined) {
    throw new Error(`${name}: no block between ${BEGIN.trim()} and ${END}`);
  }
  return block;
}

/** More digits would differ in the next run. */
const rounded = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;

/* ───────────── the README's four figures ───────────── */

/** The sentences of a README, by language. */
const ENGLISH = {
  head: ["measurement", "webwx-image", "compared with"],
  byHand: (ratio) => `code written by hand (spark-md5, FormData, fetch): ${times(ratio)} as fast`,
  md5: (rows) => rows.map(([name, median]) => `${name} ${figure(median)} ms`).join(", "),
  titles: {
    album: (title) => title,
    md5: "MD5 of 64 MiB, in Chromium",
    memory: "memory growth while a file of 256 MiB is hashed and sent",
    size: "size of the default entry, gzip",
  },
  otherForms: (forms) => forms.map(([form, bytes]) => `\`${form}\` ${kib(bytes)}`).join(", "),
};
const CHINESE = {
  head: ["项目", "webwx-image", "对比"],
  byHand: (ratio) => `手写代码（spark-md5、FormData、fetch）：速度是它的 ${times(ratio)}`,
  md5: (rows) => rows.map(([name, median]) => `${name} ${figure(median)} ms`).join("，"),
  titles: {
    album: (title) =>
      title
        .replace(/^an image of (.+) sent$/, "发送一张 $1 的图片")
        .replace(/^(\d+) images of (.+?) sent\b/, "发送 $1 张 $2 的图片")
        .replace(/ over (.+) and (.+)$/, "（上行 $1，往返 $2）"),
    md5: "64 MiB 的 MD5（Chromium）",
    memory: "计算 MD5 并发送 256 MiB 文件时的内存增长",
    size: "默认入口的体积（gzip）",
  },
  otherForms: (forms) => forms.map(([form, bytes]) => `\`${form}\` ${kib(bytes)}`).join("，"),
};

function summary({ rows, sizes }, { head, byHand, md5, titles, otherForms }) {
  const row = (place, title) => rows.find((row) => row.place === place && row.title === title);
  const ours = ({ times: spreads, unit }) => `${figure(Object.values(spreads)[0].median)} ${unit}`;
  const sending = rows.find(({ bench }) => bench === "album") ?? row("chromium", "an image of 24 MiB sent");
  const [, ratio] = Object.entries(sending.ratios).find(([name]) => name.startsWith("by hand"));
  const hashing = row("chromium", "MD5 of 64 MiB in memory");
  const others = Object.entries(hashing.times).slice(1, 3).map(([name, { median }]) => [name, median]);
  const memory = row("chromium", "memory grown by a Blob of 256 MiB, hashed and sent");
  const [[, { gzip }], ...forms] = Object.entries(sizes);
  const table = [
    head,
    ["---", "---", "---"],
    [titles.album(sending.title), ours(sending), byHand(ratio)],
    [titles.md5, ours(hashing), md5(others)],
    [titles.memory, ours(memory), "–"],
    [titles.size, kib(gzip), otherForms(forms.map(([form, weight]) => [form, weight.gzip]))],
  ];
  return `\n${table.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n\n`;
}

/* ───────────── docs/benchmarks.md ───────────── */

/** Every target that was missed, and by how much. */
function missedTargets({ rows }) {
  const missed = rows.flatMap(({ bench, place, title, targets }) =>
    targets
      .filter(({ met }) => !met)
      .map(({ against, wanted, reached }) => {
        const target = Number(/[\d.]+/.exec(wanted)[0]);
        const share = `${(Math.abs(target - reached) * (100 / target)).toFixed(0)} %`;
        const unit = wanted.replace(/^[^\d]*[\d.]+ ?/, "");
        const why = `[${bench}](#${bench})`;
        return `| ${title} | ${place} | ${against} | ${wanted} | ${figure(reached)} ${unit} | ${share} | ${why} |`;
      }),
  );
  const table = `| measured | where | target against | target | reached | missed by | why |
|---|---|---|---|---|---|---|
${missed.join("\n")}
`;
  return missed.length === 0 ? "\nEvery target is met.\n" : `\n${table}`;
}

/** One row for each contest: our own figure, and the ratio to each other contender. */
function everything({ machine, rows, sizes }) {
  const { cpu, cores, os, versions } = machine;
  const line = ({ place, title, unit, times: spreads, ratios }) => {
    const [own] = Object.values(spreads);
    const others = Object.entries(ratios).map(([name, ratio]) => `${name} ${times(ratio)}`);
    return `| ${title} | ${place} | ${figure(own.median)} ${unit} | ${others.join(", ") || "–"} |`;
  };
  const weights = Object.entries(sizes).map(([form, { gzip }]) => `\`${form}\` ${kib(gzip)}`);
  return `### All results

| measured | where | webwx-image | times as fast as |
|---|---|---|---|
${rows.map(line).join("\n")}

Medians on ${cpu}, ${cores} cores, ${os}; Node ${versions.node}, Chromium ${versions.chromium}. Gzip sizes:
${weights.join(", ")}.
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeBlocks();
}

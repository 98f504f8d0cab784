/** What came out: as a table for the eye, as JSON, and as a block of the README, the same in both languages. */
import { readFile, writeFile } from "node:fs/promises";
import { projectPath } from "../node/standin.mjs";

const READMES = ["README.md", "README.zh-CN.md"];
const BEGIN = "<!-- bench -->";
const END = "<!-- /bench -->";

const figure = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const times = (value) => `${value.toFixed(2)} ×`;

/** @param {import("./measure.mjs").Row & { place: string }} row */
export function lines({ place, title, unit, times: spreads, ratios, targets }) {
  const rows = Object.entries(spreads).map(([name, { median, min, max }]) => {
    const range = `${figure(min)}–${figure(max)}`;
    const ratio = name in ratios ? times(ratios[name]) : "";
    const target = targets.find(({ against }) => against === name);
    return [
      `  ${name}`.padEnd(40),
      figure(median).padStart(8),
      ` ${unit}`.padEnd(12),
      range.padEnd(16),
      ratio.padStart(8),
      target ? `  ${target.wanted} ${target.met ? "met" : "MISSED"}` : "",
    ].join("");
  });
  return [`${title}, ${place}`, ...rows.map((line) => line.trimEnd())].join("\n");
}

/** The table of xtask, as data: bytes of each form. */
export function sizes(table) {
  const rows = table.split("\n").slice(1).map((line) => /^(\s*)(\S+)\s+(\d+)\s+(\d+)\s+(\d+)$/.exec(line));
  const forms = rows.filter((row) => row?.[1] === "");
  const weight = ([, , form, ...bytes]) => {
    const [raw, gzip, brotli] = bytes.map(Number);
    return [form, { raw, gzip, brotli }];
  };
  return Object.fromEntries(forms.map(weight));
}

export async function write(results) {
  await writeFile(projectPath("tests/bench/results.json"), `${JSON.stringify(results, rounded, 2)}\n`);
  for (const name of READMES) {
    const path = projectPath(name);
    const text = await readFile(path, "utf8");
    const [before, rest] = text.split(BEGIN);
    const after = rest?.split(END)[1];
    if (after === undefined) {
      throw new Error(`${name} has no ${BEGIN} … ${END}`);
    }
    await writeFile(path, `${before}${BEGIN}\n${block(results)}${END}${after}`);
  }
}

/** Digits that would be others the next time are of no use. */
const rounded = (_, value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value);

/** One line for each contest: ours, and how many times as fast it is as each other. */
function block({ machine, rows, sizes: forms }) {
  const { cpu, cores, os, versions } = machine;
  const line = ({ place, title, unit, times: spreads, ratios, targets }) => {
    const [own] = Object.values(spreads);
    const missed = targets.filter(({ met }) => !met).map(({ against, wanted }) => `${against} ${wanted} missed`);
    const others = Object.entries(ratios).map(([name, ratio]) => `${name} ${times(ratio)}`);
    return `| ${title} | ${place} | ${figure(own.median)} ${unit} | ${[...others, ...missed].join(", ") || "–"} |`;
  };
  const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
  const weights = Object.entries(forms).map(([form, { gzip }]) => `\`${form}\` ${kib(gzip)}`);
  return `
| what | where | webwx-image | it is so many times as fast as |
|---|---|---|---|
${rows.map(line).join("\n")}

Medians on ${cpu}, ${cores} cores, ${os}; Node ${versions.node}, Chromium ${versions.chromium}; everything else is in
[results.json](tests/bench/results.json), and \`npm run bench\` takes the figures again. Gzipped, ${weights.join(", ")}.
`;
}

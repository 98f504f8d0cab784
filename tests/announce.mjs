/** What `npm test` prints before anything is compiled: its stages, and how long they took the last time on this machine. */
import { readFileSync } from "node:fs";

const STAGES = {
  build: "compiles xtask, the package in every form, the extension and the stand-in",
  cargo: "the core and the stand-in, natively; 20 000 simulated schedules; fuzzing with the kept corpus",
  types: "declarations, code blocks, links and prose of the documents",
  node: "the built package in Node, in three forms",
  package: "the packed files in bundlers, pages, workers, Node, Deno and Bun",
  chromium: "the package, the demo, the extension and the userscript in Chromium",
  firefox: "the package, the demo and the extension in Firefox",
  webkit: "the package and the demo in WebKit",
};

/** The table at the end of the last whole run, written by xtask/src/suite.rs. */
function lastTime() {
  try {
    const folder = process.env.CARGO_TARGET_DIR ?? new URL("../target", import.meta.url).pathname;
    return readFileSync(`${folder}/xtask/last-test.txt`, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

const known = lastTime();
console.log("npm test runs these stages, one after another:\n");
for (const [name, what] of Object.entries(STAGES)) {
  console.log(`  ${name.padEnd(10)}${what}`);
}
console.log(
  known
    ? `\nThe last time, on this machine:\n\n${known.replace(/^/gm, "  ")}\n`
    : "\nThe first time this takes 20 to 40 minutes on two cores, with all that has to be compiled and installed; later, less.\n" +
        "`cargo run -p xtask -- test --only STAGE` runs one stage.\n",
);

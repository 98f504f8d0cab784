/**
 * `npm run bench`: everything is measured, told as it comes, and at the end of a whole run written down.
 *
 *   npm run bench -- [--quick] [--only NAME] [--in node|chromium]
 *
 * STANDIN is the stand-in's binary, CHROME_PATH the browser's, SIZES xtask's table of what the package weighs.
 */
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { projectPath, startStandin } from "../node/standin.mjs";
import * as chromium from "./chromium.mjs";
import { fileOf, samples, site } from "./files.mjs";
import { lineTo } from "./line.mjs";
import { machine } from "./machine.mjs";
import { hold, spread } from "./measure.mjs";
import * as report from "./report.mjs";
import { BLOCKS, write } from "./written.mjs";

/** The benches, in the order of the tables, and the files that each wants. */
const FILES = {
  md5: ["64 MiB"],
  turns: ["256 MiB"],
  messages: [],
  base64: ["8 MiB"],
  sending: ["300 KiB", "5 MiB", "24 MiB"],
  album: ["3 MB"],
  growth: ["256 MiB", "64 MiB", "16 MiB", "1 MiB"],
  scale: ["10 KiB"],
  memory: ["256 MiB", "1 MiB"],
  start: [],
};
/** What a line at home is like: on the way up, and there and back in milliseconds. */
const LINE = { bitsPerSecond: 20_000_000, roundTrip: 40 };
const MOST_GROWTH = 16;
const MIB = 1024 * 1024;

const { values: options } = parseArgs({
  options: { quick: { type: "boolean" }, only: { type: "string" }, in: { type: "string" } },
});
assert.ok(options.only === undefined || options.only in FILES, `--only is one of ${Object.keys(FILES).join(", ")}`);
const rounds = options.quick ? 1 : 7;
const places = ["node", "chromium"].filter((place) => options.in === undefined || place === options.in);
const wanted = Object.keys(FILES).filter((name) => options.only === undefined || name === options.only);

const begin = performance.now();
const standin = await startStandin("--serve", await site(), "--keep-alive");
const browser = await chromium.launch();
const rows = [];
try {
  for (const name of wanted) {
    for (const place of places) {
      for (const row of await measured(name, place)) {
        rows.push({ bench: name, place, ...row });
        console.log(`${report.lines(rows.at(-1))}\n`);
      }
    }
  }
  const missed = rows.flatMap(({ targets }) => targets).filter(({ met }) => !met);
  const sizes = report.sizes(process.env.SIZES ?? "");
  const minutes = ((performance.now() - begin) / 60_000).toFixed(1);
  console.log(`${process.env.SIZES ?? ""}\n\n${rows.length} tables in ${minutes} min`);
  console.log(missed.length === 0 ? "every target is met" : `${missed.length} targets are missed`);
  if (!options.quick && options.only === undefined && options.in === undefined) {
    await write({ machine: await machine(await browser.version()), rounds, rows, sizes });
    console.log(`written to tests/bench/results.json, ${Object.keys(BLOCKS).join(", ")}`);
  }
} finally {
  await browser.close();
  await standin.stop();
}

async function measured(name, place) {
  const files = Object.fromEntries(await Promise.all(FILES[name].map(async (size) => [size, await fileOf(size)])));
  const job = { bench: name, rounds, files, standin: standin.info, toBase64: true };
  await standin.reset();
  switch (name) {
    case "messages":
      return bench(place, { ...job, samples: await samples() });
    case "album": {
      const line = await lineTo(standin.info, LINE);
      try {
        return await bench(place, { ...job, standin: line.info, line: LINE });
      } finally {
        await line.close();
      }
    }
    case "base64": {
      const hasNative = place === "chromium" || "toBase64" in Uint8Array.prototype;
      const without = hasNative ? await bench(place, { ...job, toBase64: false }) : [];
      return [...(await bench(place, job)), ...without];
    }
    case "memory":
      return [
        await memory(place, job, "a Blob of 256 MiB, hashed", "hashed", "256 MiB"),
        await memory(place, job, "a Blob of 256 MiB, hashed and sent", "hashed and sent", "256 MiB"),
        await memory(place, job, "a list of 200 images of 1 MiB, sent", "sent 200 times", "1 MiB"),
      ];
    case "start":
      return [await start(place, job)];
    default:
      return bench(place, job);
  }
}

function bench(place, job) {
  return place === "node" ? inNode(job) : chromium.bench(browser, job);
}

async function inNode(job) {
  const child = fork(projectPath("tests/bench/node.mjs"), { execArgv: ["--expose-gc"], serialization: "advanced" });
  child.send(job);
  const [answer] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`a bench in Node ended with code ${code}`);
    }),
  ]);
  return answer;
}

/** MiB by which heap and module have grown: at most while it ran, and what stayed. */
async function memory(place, job, title, what, size) {
  const told = { ...job, memory: { what, size } };
  const [most, stayed] = [[], []];
  for (let round = 0; round < Math.min(rounds, 3); round += 1) {
    const found = await (place === "node" ? inNode(told) : chromium.memory(browser, told));
    assert.equal(found.digest, job.files[size].digest);
    most.push((Math.max(...found.samples, found.after) - found.before) / MIB);
    stayed.push((found.after - found.before) / MIB);
    await standin.reset();
  }
  const reached = spread(most).median;
  return {
    title: `memory grown by ${title}`,
    unit: "MiB",
    times: { "at most, while it runs": spread(most), "afterwards": spread(stayed) },
    ratios: {},
    targets: [
      { against: "at most, while it runs", wanted: `≤ ${MOST_GROWTH} MiB`, reached, met: reached <= MOST_GROWTH },
    ],
  };
}

/** From nothing to a module that is ready, each time in a fresh process or page. */
function start(place, job) {
  const loads = {
    node: (...how) => () => inNode({ ...job, start: how }),
    chromium: (...how) => () => chromium.start(browser, job, ...how),
  }[place];
  const contenders =
    place === "node"
      ? { "webwx-image": loads("../../dist/node.js", "default"), "hash-wasm": loads("hash-wasm", "createMD5") }
      : {
          "webwx-image": loads("/dist/index.js", "default"),
          "webwx-image, module fetched beside the script": loads("/dist/index.js", "default", "/dist/webwx_image_bg.wasm"),
          "hash-wasm": loads("/www/hash-wasm.js", "createMD5"),
        };
  const how = { rounds, collect: () => {} };
  return hold({ title: "import and init, cold", contenders, check: () => {}, clock: "own" }, how);
}

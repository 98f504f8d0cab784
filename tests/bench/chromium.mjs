/** Benches in Chromium: a page of its own for each, in a browser that has just been started. */
import { launchChromium } from "../browser/harness.mjs";
import { watchModuleMemory } from "../node/module-memory.mjs";
import { calls, coldStart } from "./calls.mjs";

export const launch = () => launchChromium({ args: ["--js-flags=--expose-gc"], protocolTimeout: 600_000 });

/** Opens the stand-in's page with those files picked, uses it, and closes it with all that it kept. */
async function visiting(browser, job, sizes, use) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    if (!job.toBase64) {
      await page.evaluateOnNewDocument(() => delete Uint8Array.prototype.toBase64);
    }
    await page.goto(job.standin.origin);
    const input = await page.evaluateHandle(() => {
      const picker = Object.assign(document.createElement("input"), { type: "file", multiple: true });
      document.body.append(picker);
      return picker;
    });
    if (sizes.length > 0) {
      await input.uploadFile(...sizes.map((size) => job.files[size].path));
    }
    return await use(page);
  } finally {
    await context.close();
  }
}

export const bench = (browser, job) =>
  visiting(browser, job, Object.keys(job.files), async (page) => {
    await page.addScriptTag({ url: "/www/bench.js" });
    return page.evaluate((told) => window.bench(told), job);
  });

/** The same as in node.mjs, with the browser's own account of a page's memory. */
export const memory = (browser, job) =>
  visiting(browser, job, ["1 MiB", job.memory.size], async (page) => {
    await page.evaluate(
      async (watch, source, { standin, memory: { what } }) => {
        window.moduleMemory = (0, eval)(`(${watch})`)();
        const library = await import("/dist/index.js");
        await library.default();
        const call = (0, eval)(`(${source})`)(library, standin)[what];
        const { files } = document.querySelector("input");
        window.call = (index) => call(files[index]);
        await window.call(0);
      },
      String(watchModuleMemory),
      String(calls),
      job,
    );
    const devtools = await page.createCDPSession();
    const inUse = async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      const heap = await devtools.send("Runtime.getHeapUsage");
      const { result } = await devtools.send("Runtime.evaluate", { expression: "window.moduleMemory()" });
      const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = heap;
      return usedSize + embedderHeapUsedSize + backingStorageSize + result.value;
    };
    const before = await inUse();
    const samples = [];
    let isOver = false;
    const called = page.evaluate(() => window.call(1)).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      samples.push(await inUse());
    }
    return { digest: await called, before, samples, after: await inUse() };
  });

/** In a page without any memory of the last one. */
export const start = (browser, job, ...how) =>
  visiting(browser, job, [], (page) =>
    page.evaluate((source, ...told) => (0, eval)(`(${source})`)(...told), String(coldStart), ...how),
  );

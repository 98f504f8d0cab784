/** Many pictures from a page, and the memory that they take: see tests/node/many.mjs. */
import { after, before, test } from "node:test";

import { many, manySender } from "../node/many.mjs";
import { watchModuleMemory } from "../node/module-memory.mjs";
import { launchChromium, startStandin } from "./harness.mjs";

const standin = await startStandin();
let browser;
let page;
let devtools;

before(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(standin.info.origin);
  await page.evaluate(
    async (watch, source, info) => {
      window.moduleMemory = (0, eval)(`(${watch})`)();
      const library = await import("/dist/index.js");
      await library.default();
      const makeSender = (0, eval)(`(${source})`);
      window.sender = makeSender(library, info.session, info.peer);
    },
    String(watchModuleMemory),
    String(manySender),
    standin.info,
  );
  devtools = await page.createCDPSession();
});

after(async () => {
  await browser?.close();
  await standin.stop();
});

const send = (...request) => page.evaluate((how, ...rest) => window.sender[how](...rest), ...request);

async function memory() {
  await devtools.send("HeapProfiler.collectGarbage");
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = await devtools.send("Runtime.getHeapUsage");
  const module = await page.evaluate(() => window.moduleMemory());
  return { bytes: usedSize + embedderHeapUsedSize + backingStorageSize, module };
}

for (const [name, run] of Object.entries(many({ standin, send, memory }))) {
  test(name, run);
}

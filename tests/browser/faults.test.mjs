/** Bad days in Chromium, in one page: those of tests/node/bad-days.mjs. */
import { after, before, test } from "node:test";

import { CHUNK_SIZE, badDays, caller } from "../node/bad-days.mjs";
import { launchChromium, startStandin } from "./harness.mjs";

const standin = await startStandin("--chunk-size", String(CHUNK_SIZE));
let browser;
let page;

before(async () => {
  browser = await launchChromium();
  page = await browser.newPage();
  await page.goto(standin.info.origin);
  await page.evaluate(async (source, fileOrigin) => {
    const library = await import("/dist/index.js");
    await library.default();
    const picture = await (await fetch("/www/pictures/small.png")).blob();
    const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
    const makeCaller = (0, eval)(`(${source})`);
    window.call = makeCaller(library, { ...library.sessionFromPage(), fileOrigin }, picture, to);
  }, String(caller), standin.info.fileOrigin);
});

after(async () => {
  await browser?.close();
  await standin.stop();
});

const call = (request) => page.evaluate((plain) => window.call(plain), request);

const place = { standin, call, elsewhere: `${standin.info.fileOrigin}/elsewhere` };
const { ofChunks, ofMessages, ofPictures } = badDays({ ...place, withProgress: false });
for (const [name, run] of Object.entries({ ...ofChunks, ...ofMessages, ...ofPictures })) {
  test(name, run);
}

// Where progress is wanted, chunks go out by XMLHttpRequest instead of fetch.
for (const [name, run] of Object.entries(badDays({ ...place, withProgress: true }).ofChunks)) {
  test(`${name}, with progress`, run);
}

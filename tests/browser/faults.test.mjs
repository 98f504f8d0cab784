/** Bad days in a browser, in one page: those of tests/node/bad-days.mjs. */
import { after, before, test } from "node:test";

import { CHUNK_SIZE, badDays } from "../node/bad-days.mjs";
import { launch, startStandin } from "./harness.mjs";
import { pageCaller } from "./page-caller.mjs";

const standin = await startStandin("--chunk-size", String(CHUNK_SIZE));
let browser;
let callInPage;

before(async () => {
  browser = await launch();
  callInPage = await pageCaller(browser, standin.info);
});

after(async () => {
  await browser?.close();
  await standin.stop();
});

const call = (request) => callInPage(request);
const place = { standin, call, elsewhere: `${standin.info.fileOrigin}/elsewhere` };
const { ofChunks, ofMessages, ofPictures } = badDays({ ...place, withProgress: false });
for (const [name, run] of Object.entries({ ...ofChunks, ...ofMessages, ...ofPictures })) {
  test(name, run);
}

// Where progress is wanted, chunks go out by XMLHttpRequest instead of fetch.
for (const [name, run] of Object.entries(badDays({ ...place, withProgress: true }).ofChunks)) {
  test(`${name}, with progress`, run);
}

/** The server dies in the middle of an upload from a page: see tests/node/restarts.mjs. */
import { after, before, test } from "node:test";

import { restarts, startMortal } from "../node/restarts.mjs";
import { launch } from "./harness.mjs";
import { pageCaller } from "./page-caller.mjs";

const mortal = await startMortal();
let browser;
let callInPage;

before(async () => {
  browser = await launch();
  callInPage = await pageCaller(browser, mortal.standin.info);
});

after(async () => {
  await browser?.close();
  await mortal.standin.stop();
});

for (const [name, run] of Object.entries(restarts(mortal, (request) => callInPage(request)))) {
  test(name, run);
}

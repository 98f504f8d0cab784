/** After a trap the package goes on working in a page, too: the broken module is tests/node/broken.mjs's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { FATAL, broken } from "../node/broken.mjs";
import { launch, startStandin, visit } from "./harness.mjs";

const standin = await startStandin();
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await standin.stop();
});

/** Runs in the page: a picture is on its way when the module breaks, and goes out again by the same client. */
async function breakAndGoOn(base64, fatal, fileOrigin) {
  const library = await import(`${location.origin}/dist/index.js`);
  const bytes = await (await fetch(`data:application/wasm;base64,${base64}`)).arrayBuffer();
  await library.default(bytes);
  // The first request is under way for good.
  const begun = Promise.withResolvers();
  let requests = 0;
  const holdTheFirst = (url, init) => {
    requests += 1;
    begun.resolve();
    return requests === 1 ? new Promise(() => {}) : fetch(url, init);
  };
  const wx = new library.WebWx({ ...library.sessionFromPage(), fileOrigin }, { fetch: holdTheFirst });
  const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
  const picture = await (await fetch("/www/pictures/sample.jpg")).blob();
  const told = (error) => ({
    is: library.WebwxError.is(error),
    code: error.code,
    message: error.message,
    isTrap: error.cause instanceof WebAssembly.RuntimeError,
  });
  const job = wx.sendImage(picture, { to }).then(() => "sent", told);
  await begun.promise;
  let call = "read";
  try {
    library.parseMessage(fatal);
  } catch (error) {
    call = told(error);
  }
  const broken = { call, job: await job };
  const { msgId } = await wx.sendImage(picture, { to });
  const { md5 } = await wx.download(msgId);
  return { broken, isWhole: md5 === (await library.md5(picture)) };
}

test("a trap ends the calls that are under way with internal, and the client works on", async () => {
  const base64 = Buffer.from(await broken()).toString("base64");
  let round;
  await visit(browser, async (page) => {
    await page.goto(standin.info.origin);
    round = await page.evaluate(breakAndGoOn, base64, FATAL, standin.info.fileOrigin);
  });
  const internal = (name) => ({
    is: true,
    code: "internal",
    message: `${name}: a bug in webwx-image stopped the module; it was restarted and can be used again`,
    isTrap: true,
  });
  assert.deepEqual(round, {
    broken: { call: internal("parseMessage"), job: internal("WebWx.sendImage") },
    isWhole: true,
  });
});

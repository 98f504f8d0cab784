/** Progress by bytes: what a page hears while a chunk is on its way, and what it does not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, test } from "node:test";

import { launch, startStandin } from "./harness.mjs";

const TOTAL = 1_402_234;
/** Loaded bytes that stand for accepted chunks alone. */
const BY_CHUNK = [0, 524_288, 1_048_576, TOTAL];

let standin;
let browser;
let page;

before(async () => {
  standin = await startStandin("--tls");
  const { origin, fileOrigin } = standin.info;
  browser = await launch({ hosts: { "wx.qq.com": origin, "file.wx.qq.com": fileOrigin } });
  page = await browser.page();
  await page.goto("https://wx.qq.com/");
  await page.evaluate(prepare);
});

after(async () => {
  await browser?.close();
  await standin?.stop();
});

beforeEach(async () => {
  await standin.reset();
  await page.slow(Infinity);
});

/** Unless the line is slow, a chunk is in the system's buffers before anything is told. */
const onSlowLine = () => page.slow(1_000_000);

/** In the page: `library`, `session` and `picture`, and `upload`, which gives everything that is heard of the step of that name. */
async function prepare() {
  window.library = await import(`${location.origin}/dist/index.js`);
  await library.default();
  window.session = library.sessionFromPage();
  window.picture = await (await fetch("/www/pictures/sample.jpg")).blob();
  window.upload = async (clientOptions, options, isHeard = true) => {
    const reports = [];
    const onProgress = (report) => {
      if (report.step === "upload") {
        reports.push([report.loaded, report.total, report.chunk, report.chunks]);
      }
      options.onProgress?.(report);
    };
    const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
    const wx = new library.WebWx(session, clientOptions);
    try {
      const media = await wx.upload(picture, isHeard ? { to, ...options, onProgress } : { to, ...options });
      return { media, reports };
    } catch (error) {
      return { reports, error: { code: error.code, message: error.message, reason: String(error), checkpoint: error.checkpoint } };
    }
  };
}

/** Never back, the whole once, and within chunks too where bytes are heard. */
function assertReports(reports, hearsBytes) {
  const loaded = reports.map(([bytes]) => bytes);
  assert.deepEqual(loaded, loaded.toSorted((a, b) => a - b), "never back");
  assert.equal(loaded.filter((bytes) => bytes === TOTAL).length, 1, "the whole, once");
  assert.equal(loaded.at(-1), TOTAL);
  assert.ok(reports.every(([, total, chunk, chunks]) => total === TOTAL && chunk <= chunks && chunks === 3));
  const within = loaded.filter((bytes) => !BY_CHUNK.includes(bytes));
  assert.equal(within.length > 0, hearsBytes, `within chunks: ${within.length} of ${loaded.length}`);
}

test("a page hears of the bytes of a chunk on their way", async () => {
  await onSlowLine();
  const { media, reports } = await page.evaluate(() => upload({}, {}));
  assert.equal(media.size, TOTAL);
  assertReports(reports, true);
});

test("progress by bytes never goes back when chunks are tried again or go together", async () => {
  await onSlowLine();
  await standin.faults(
    { endpoint: "webwxuploadmedia", chunk: 0, fault: "accept-then-reset" },
    { endpoint: "webwxuploadmedia", chunk: 1, fault: "status:502" },
    { endpoint: "webwxuploadmedia", chunk: 2, times: 2, fault: "reset" },
  );
  const { media, reports } = await page.evaluate(() => upload({ concurrency: 2, retry: { delay: 1 } }, {}));
  assert.equal(media.size, TOTAL);
  assertReports(reports, true);
});

test("with a fetch of the caller's own, progress goes by accepted chunks", async () => {
  const { reports } = await page.evaluate(() => upload({ fetch: (url, init) => fetch(url, init) }, {}));
  assertReports(reports, false);
  assert.deepEqual(
    (await standin.journal()).filter(({ method }) => method === "OPTIONS"),
    [],
  );
});

test("an abort inside a chunk ends its request at once, and the checkpoint goes on", async () => {
  await onSlowLine();
  const { reports, error, checkpoint } = await page.evaluate(async () => {
    const controller = new AbortController();
    let last;
    const { reports, error } = await upload(
      {},
      {
        signal: controller.signal,
        onCheckpoint: (checkpoint) => (last = checkpoint),
        onProgress: ({ step, loaded }) => step === "upload" && loaded > 600_000 && controller.abort("enough"),
      },
    );
    return { reports, error, checkpoint: last };
  });
  assert.equal(error.reason, "enough");
  assert.ok(reports.at(-1)[0] > 600_000 && reports.at(-1)[0] < 1_048_576);
  assert.equal(checkpoint.nextChunk, 1);
  const before = (await standin.journal("webwxuploadmedia")).filter(({ method }) => method === "POST");
  const resumed = await page.evaluate((resume) => upload({}, { resume }), checkpoint);
  assert.equal(resumed.media.size, TOTAL);
  assert.equal(resumed.reports[0][0], 524_288);
  const after = (await standin.journal("webwxuploadmedia")).filter(({ method }) => method === "POST");
  assert.deepEqual(
    after.slice(before.length).map(({ form }) => form.find(({ name }) => name === "chunk").value),
    ["1", "2"],
  );
});

test("what goes wrong with a chunk has the same name with and without progress by bytes", async () => {
  for (const [fault, code, timeout] of [
    ["reset", "network"],
    ["status:503", "http-status"],
    ["html", "malformed-response"],
    ["truncate", "malformed-response"],
    ["ret:1205+mediaid", "rate-limited"],
    ["delay:60000", "timeout", 1000],
  ]) {
    const errors = [];
    for (const fetch of [false, true]) {
      await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault });
      const { error } = await page.evaluate(
        (timeout, isInjected) =>
          upload(
            { retry: { limit: 0 }, timeout, ...(isInjected && { fetch: (url, init) => fetch(url, init) }) },
            {},
          ),
        timeout,
        fetch,
      );
      const { checkpoint, ...rest } = error;
      errors.push({ ...rest, nextChunk: checkpoint.nextChunk });
    }
    assert.deepEqual(errors[0], errors[1]);
    assert.deepEqual([errors[0].code, errors[0].nextChunk], [code, 1], fault);
  }
});

/** In the page: hands everything to a worker, and gives its answer. */
async function uploadIn(isService) {
  const script = "/fixtures/worker.js";
  const { port1, port2 } = new MessageChannel();
  const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
  const answer = new Promise((resolve) => (port1.onmessage = ({ data }) => resolve(data)));
  let worker = !isService && new Worker(script, { type: "module" });
  if (isService) {
    const { installing } = await navigator.serviceWorker.register(script, { type: "module" });
    worker = installing;
  }
  worker.postMessage({ session, to, picture }, [port2]);
  return answer;
}

test("a worker hears of bytes", async () => {
  await onSlowLine();
  const { media, reports } = await page.evaluate(uploadIn, false);
  assert.equal(media.size, TOTAL);
  assertReports(reports, true);
});

test("a service worker, which has no XMLHttpRequest, hears of accepted chunks", async () => {
  const { media, reports } = await page.evaluate(uploadIn, true);
  assert.equal(media.size, TOTAL);
  assertReports(reports, false);
});

/** A server of another origin, and what it hears. It lets every page in, if it `consents`. */
async function startStranger(consents) {
  const heard = [];
  const server = createServer(async (request, response) => {
    const bytes = (await request.toArray()).reduce((sum, piece) => sum + piece.length, 0);
    heard.push([request.method, request.headers.cookie ?? "", bytes]);
    const { origin = "*" } = request.headers;
    const consent = { "access-control-allow-origin": origin, "access-control-allow-credentials": "true" };
    response.writeHead(200, consents ? consent : {});
    response.end('{"BaseResponse":{"Ret":0},"MediaId":"@crypt_1_2"}');
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { heard, origin: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

test("what a chunk is led to elsewhere is never believed, and without a listener nothing goes there", async () => {
  for (const [fault, consents] of [
    ["redirect", true],
    ["redirect-307", false],
    // The one case in which a chunk's form, session values and all, gets to another origin (docs/guarantees.md).
    ["redirect-307", true],
  ]) {
    const stranger = await startStranger(consents);
    try {
      for (const isHeard of [true, false]) {
        await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: `${fault}:${stranger.origin}` });
        const { error } = await page.evaluate(
          (isHeard) => upload({ retry: { limit: 0 } }, {}, isHeard),
          isHeard,
        );
        assert.deepEqual([error.code, error.checkpoint.nextChunk], ["network", 2]);
        if (!isHeard) {
          assert.deepEqual(stranger.heard, [], `${fault}, unheard`);
        }
        const strict = fault === "redirect" || !consents;
        assert.ok(stranger.heard.every(([, cookie, bytes]) => cookie === "" && (bytes === 0 || !strict)), fault);
        stranger.heard.length = 0;
      }
    } finally {
      stranger.stop();
    }
  }
});

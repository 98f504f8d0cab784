/** What every job has: progress, checkpoints, and a signal that ends it. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Gateway, WebWx, md5 as hash } from "webwx-image";

import { CHUNK, md5, padded, sample, small } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const standin = await startStandin();
const { session, peer: to } = standin.info;
const wx = new WebWx(session, { retry: { limit: 0 } });

after(() => standin.stop());
beforeEach(() => standin.reset());

const endpoints = async () => (await standin.journal()).map(({ path }) => path.split("/").at(-1));

/** A signal, and what aborts it with a reason that nobody else has. */
function abortion() {
  const controller = new AbortController();
  const reason = { because: "the visitor changed her mind" };
  return { signal: controller.signal, reason, abort: () => controller.abort(reason) };
}

/** Asserts that the job ends with the signal's own reason. */
const rejectsWith = (job, reason) => job.then(assert.fail, (error) => assert.equal(error, reason));

test("progress tells the steps in their order, and every accepted chunk", async () => {
  const reports = [];
  await wx.sendImage(sample, { to, onProgress: (report) => reports.push(report) });
  const total = sample.length;
  const [message] = (await standin.journal()).filter(({ path }) => path.endsWith("webwxsendmsgimg"));
  const body = JSON.stringify(message.json).length;
  const upload = (loaded, chunk) => ({ step: "upload", loaded, total, chunk, chunks: 3 });
  assert.deepEqual(reports, [
    { step: "read", loaded: total, total },
    { step: "hash", loaded: 0, total },
    { step: "hash", loaded: total, total },
    upload(0, 0),
    upload(CHUNK, 1),
    upload(2 * CHUNK, 2),
    upload(total, 3),
    { step: "send", loaded: 0, total: body },
    { step: "send", loaded: body, total: body },
  ]);
});

test("a chunk counts when it is accepted, and only once", async () => {
  await standin.faults(
    { endpoint: "webwxuploadmedia", chunk: 1, fault: "accept-then-reset" },
    { endpoint: "webwxuploadmedia", chunk: 2, fault: "ret:-1" },
  );
  const loaded = [];
  const patient = new WebWx(session, { retry: { delay: 1 } });
  const onProgress = ({ step, loaded: bytes }) => step === "upload" && loaded.push(bytes);
  await patient.upload(sample, { to, onProgress });
  assert.deepEqual(loaded, [0, CHUNK, 2 * CHUNK, sample.length]);
  assert.equal((await standin.journal()).length, 5);
});

test("hashing a Blob reports its way, up to the end", async () => {
  const reports = [];
  const size = 9 * 1024 * 1024;
  await hash(new Blob([new Uint8Array(size)]), { onProgress: (report) => reports.push(report) });
  assert.deepEqual([reports[0].loaded, reports.at(-1).loaded], [0, size]);
  assert.ok(reports.length > 3);
  reports.reduce((last, { step, loaded, total }) => {
    assert.deepEqual([step, total], ["hash", size]);
    assert.ok(loaded > last);
    return loaded;
  }, -1);
});

test("a checkpoint comes after each accepted chunk, is plain, and an upload goes on from it", async () => {
  const checkpoints = [];
  const onCheckpoint = (checkpoint) => checkpoints.push(JSON.parse(JSON.stringify(checkpoint)));
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: "reset" });
  const error = await wx.upload(sample, { to, onCheckpoint }).catch((reason) => reason);
  const [first] = await standin.journal();
  const request = JSON.parse(first.form.find(({ name }) => name === "uploadmediarequest").value);
  const expected = {
    version: 1,
    md5: md5(sample),
    size: sample.length,
    to,
    chunkSize: CHUNK,
    clientMediaId: request.ClientMediaId,
    deviceId: request.BaseRequest.DeviceID,
    account: error.checkpoint.account,
  };
  assert.match(expected.account, /^[0-9a-f]{4}$/);
  assert.deepEqual(
    checkpoints,
    [1, 2].map((nextChunk) => ({ ...expected, nextChunk })),
  );
  assert.deepEqual(error.checkpoint, checkpoints.at(-1));

  // Another client, in another page, say.
  await standin.control("DELETE", "journal");
  const reports = [];
  const other = new WebWx(session);
  const onProgress = (report) => report.step === "upload" && reports.push(report.loaded);
  const media = await other.upload(sample, { to, resume: checkpoints.at(-1), onProgress });
  assert.equal(media.md5, md5(sample));
  assert.deepEqual(reports, [2 * CHUNK, sample.length]);
  const rest = await standin.journal();
  assert.deepEqual(
    rest.map(({ form }) => form.find(({ name }) => name === "chunk").value),
    ["2"],
  );
  assert.equal(rest[0].form.find(({ name }) => name === "uploadmediarequest").value, JSON.stringify(request));
});

test("a callback that throws does not end the job", async () => {
  const fail = () => {
    throw new Error("the caller's own trouble");
  };
  const receipt = await wx.sendImage(small, { to, onProgress: fail, onCheckpoint: fail });
  assert.match(receipt.msgId, /^\d+$/);
});

test("a signal that has fired before stops a job before its first request", async () => {
  const { signal, reason, abort } = abortion();
  abort();
  const gateway = new Gateway({ authorization: "x", origin: standin.info.gatewayOrigin });
  const request = { wId: "1", msgId: 1, fromUser: "a", toUser: "b", content: "<msg><img/></msg>" };
  for (const job of [
    () => wx.sendImage(small, { to, signal }),
    () => wx.upload(small, { to, signal }),
    () => wx.send({}, { to, signal }),
    () => wx.download("1", { signal }),
    () => gateway.getMsgImg(request, { signal }),
    () => gateway.download(request, { signal }),
    () => hash(small, { signal }),
  ]) {
    await rejectsWith(job(), reason);
  }
  assert.deepEqual(await standin.journal(), []);
});

test("an abort while hashing stops before the first request", async () => {
  const { signal, reason, abort } = abortion();
  const source = new Blob([padded(small, 9 * 1024 * 1024)]);
  await rejectsWith(wx.upload(source, { to, signal, onProgress: abort }), reason);
  await pause(50);
  assert.deepEqual(await standin.journal(), []);
});

/** A client, and the services that it called: also those whose request was ended before it went out. */
function counted() {
  const calls = [];
  const client = new WebWx(session, {
    fetch: (url, init) => {
      calls.push(new URL(url).pathname.split("/").at(-1));
      return fetch(url, init);
    },
  });
  return { client, calls };
}

test("an abort between two chunks is the end of it: no further request", async () => {
  const { signal, reason, abort } = abortion();
  const { client, calls } = counted();
  const onProgress = ({ step, chunk }) => step === "upload" && chunk === 1 && abort();
  await rejectsWith(client.sendImage(sample, { to, signal, onProgress }), reason);
  await pause(50);
  assert.deepEqual(calls, ["webwxuploadmedia"]);
  assert.deepEqual(await endpoints(), ["webwxuploadmedia"]);
});

test("an abort from onCheckpoint is the end of it, too", async () => {
  const { signal, reason, abort } = abortion();
  const { client, calls } = counted();
  await rejectsWith(client.sendImage(sample, { to, signal, onCheckpoint: abort }), reason);
  await pause(50);
  assert.deepEqual(calls, ["webwxuploadmedia"]);
  assert.deepEqual(await endpoints(), ["webwxuploadmedia"]);
});

test("an abort after the upload, before the message: nothing is sent", async () => {
  const { signal, reason, abort } = abortion();
  const { client, calls } = counted();
  const onProgress = ({ step }) => step === "send" && abort();
  await rejectsWith(client.sendImage(small, { to, signal, onProgress }), reason);
  await pause(50);
  assert.deepEqual(calls, ["webwxuploadmedia"]);
  assert.deepEqual(await endpoints(), ["webwxuploadmedia"]);
});

test("an abort while a request is under way rejects at once", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "delay:3000" });
  const { signal, reason, abort } = abortion();
  const begun = performance.now();
  setTimeout(abort, 100);
  await rejectsWith(wx.sendImage(small, { to, signal }), reason);
  assert.ok(performance.now() - begun < 2000);
  await pause(50);
  assert.deepEqual(await endpoints(), ["webwxuploadmedia"]);
});

test("an abort while waiting for the next try rejects at once", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "reset" });
  const { signal, reason, abort } = abortion();
  const patient = new WebWx(session, { retry: { limit: 3, delay: 5000 } });
  const begun = performance.now();
  setTimeout(abort, 100);
  await rejectsWith(patient.sendImage(small, { to, signal }), reason);
  assert.ok(performance.now() - begun < 2000);
  assert.deepEqual(await endpoints(), ["webwxuploadmedia"]);
});

test("an abort in the middle of a download rejects at once", async () => {
  const { msgId } = await wx.sendImage(sample, { to });
  const { signal, reason, abort } = abortion();
  const loaded = [];
  const onProgress = (report) => {
    loaded.push(report.loaded);
    abort();
  };
  await rejectsWith(wx.download(msgId, { signal, onProgress }), reason);
  await pause(50);
  assert.equal(loaded.length, 1);
  assert.ok(loaded[0] < sample.length);
});

test("an abort ends the page's counters with their job: no request and no timer of theirs is left", async () => {
  const signals = [];
  const fetch = (_, { signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const controller = new AbortController();
  const client = new WebWx(session, { fetch, reportForWeb: true });
  const job = client.upload(small, { to, signal: controller.signal });
  while (signals.length < 4) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  controller.abort();
  await assert.rejects(job, { name: "AbortError" });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true, true]);
});

test("a signal's own time-out is passed on as it is", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "delay:2000" });
  await assert.rejects(wx.sendImage(small, { to, signal: AbortSignal.timeout(50) }), { name: "TimeoutError" });
});

test("a job that is over leaves no timer behind", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  await wx.sendImage(small, { to });
  const { signal, reason, abort } = abortion();
  await rejectsWith(wx.sendImage(sample, { to, signal, onCheckpoint: abort }), reason);
  await pause(20);
  assert.ok(timers() <= before, `${timers()} timers, before ${before}`);
});

test("a signal that many jobs share keeps nothing of those that are over", async () => {
  const { signal } = abortion();
  const listeners = new Set();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  signal.addEventListener = (type, listener, ...rest) => {
    listeners.add(listener);
    addEventListener.call(signal, type, listener, ...rest);
  };
  signal.removeEventListener = (type, listener, ...rest) => {
    listeners.delete(listener);
    removeEventListener.call(signal, type, listener, ...rest);
  };
  await wx.sendImage(small, { to, signal });
  await wx.download("1", { signal }).catch(() => {});
  assert.equal(listeners.size, 0);
});

test("one client does several jobs at once, and an abort ends its own alone", async () => {
  const { signal, reason, abort } = abortion();
  const onProgress = ({ step, chunk }) => step === "upload" && chunk === 1 && abort();
  const [aborted, sent] = await Promise.allSettled([
    wx.sendImage(sample, { to, signal, onProgress }),
    wx.sendImage(small, { to }),
  ]);
  assert.equal(aborted.reason, reason);
  assert.equal(sent.value.media.md5, md5(small));
});

test("no answer in the time allowed is a timeout", async () => {
  await standin.faults({ endpoint: "webwxuploadmedia", fault: "delay:2000" });
  const hasty = new WebWx(session, { timeout: 100, retry: { limit: 0 } });
  await assert.rejects(hasty.sendImage(small, { to }), {
    code: "timeout",
    retryable: true,
    message: "webwxuploadmedia: no response within 100 ms",
  });
});

test("an abort reaches the injected fetch", async () => {
  const { signal, reason, abort } = abortion();
  const signals = [];
  const client = new WebWx(session, {
    fetch: (url, init) => {
      signals.push(init.signal);
      return new Promise(() => {});
    },
  });
  setTimeout(abort, 20);
  await rejectsWith(client.sendImage(small, { to, signal }), reason);
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true],
  );
});

test("an abort while an http: source is being fetched reaches that fetch", async () => {
  const { signal, reason, abort } = abortion();
  const inits = [];
  const client = new WebWx(session, {
    fetch: (url, init) => {
      inits.push(init);
      return new Promise(() => {});
    },
  });
  setTimeout(abort, 20);
  await rejectsWith(client.sendImage("https://pictures.example/a.png", { to, signal }), reason);
  assert.deepEqual(
    inits.map((init) => init.signal?.aborted),
    [true],
  );
});

test("with more than one chunk in flight, the last goes alone, after all others", async () => {
  const events = [];
  const client = new WebWx(session, {
    concurrency: 2,
    fetch: async (url, init) => {
      const chunk = init.body.get("chunk");
      events.push(`${chunk} begins`);
      const response = await fetch(url, init);
      events.push(`${chunk} ends`);
      return response;
    },
  });
  await client.upload(sample, { to });
  assert.deepEqual(events.slice(0, 2), ["0 begins", "1 begins"]);
  assert.deepEqual(events.slice(4), ["2 begins", "2 ends"]);
});

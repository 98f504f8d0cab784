/** sendImages: order, overlap, and what one failure costs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx } from "webwx-image";

import {
  chunkSize,
  delivered,
  gate,
  inShort,
  outcomesOf,
  picture,
  pictures,
  session,
  standin,
  to,
  watched,
} from "./batch.mjs";
import { md5 } from "./pictures.mjs";

test("pictures arrive once each, in the given order, whatever takes longest", async () => {
  const sources = [3, 1, 2, 1, 1].map((chunks, index) => picture(index, chunks));
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: "delay:100" });
  const outcomes = await outcomesOf(watched(sources).wx.sendImages(sources, { to }));
  assert.deepEqual(inShort(outcomes), Array(5).fill("sent"));
  assert.deepEqual(
    outcomes.map(({ receipt }) => receipt.media.md5),
    sources.map(md5),
  );
  assert.deepEqual(await delivered(sources), [0, 1, 2, 3, 4]);
  const messages = (await standin.control("GET", "messages")).filter(({ ClientMsgId }) => ClientMsgId);
  assert.deepEqual(
    messages.map(({ MsgId }) => MsgId),
    outcomes.map(({ receipt }) => receipt.msgId),
  );
});

test("one at a time, the next one is uploaded while one is being sent", async () => {
  const sources = pictures(4);
  // No message goes out before the picture behind it has gone up.
  const up = sources.map(gate);
  const { wx, events, most } = watched(sources, {
    hold(event) {
      const [what, number] = event.split(" ");
      if (what === "upload") {
        up[number].open();
      }
      return what === "send" ? up[Number(number) + 1]?.opened : undefined;
    },
  });
  assert.deepEqual(inShort(await outcomesOf(wx.sendImages(sources, { to, pictures: 1 }))), Array(4).fill("sent"));
  assert.equal(most(), 2);
  for (let number = 2; number < 4; number += 1) {
    assert.ok(events.indexOf(`send ${number - 2} done`) < events.indexOf(`upload ${number}`), events.join());
  }
});

test("two are uploaded at once, each chunk after chunk, also while another is sent", async () => {
  const sources = pictures(5, 3);
  // The first two begin before either goes on; no message goes out before the third has begun.
  const [begun, both] = [new Set(), gate()];
  const third = gate();
  const { wx, events, most } = watched(sources, {
    hold(event) {
      const [what, number] = event.split(" ");
      if (what === "send") {
        return number === "0" ? third.opened : undefined;
      }
      begun.add(number);
      (begun.size === 2 ? both : begun.has("2") ? third : gate()).open();
      return both.opened;
    },
  });
  assert.deepEqual(inShort(await outcomesOf(wx.sendImages(sources, { to }))), Array(5).fill("sent"));
  assert.equal(most(), 3);
  const open = new Set();
  for (const event of events) {
    const upload = event.match(/^upload . ?$/)?.[0];
    assert.ok(upload === undefined || !open.has(upload), `two chunks of one image at once: ${events}`);
    event.endsWith(" done") ? open.delete(event.slice(0, -" done".length)) : open.add(event);
    assert.ok([...open].filter((name) => name.startsWith("upload")).length <= 2, events.join());
  }
  assert.deepEqual(await delivered(sources), [0, 1, 2, 3, 4]);
});

for (const [ahead, counts] of [
  [1, [2, 3, 4, 5, 5]],
  [2, [3, 4, 5, 5, 5]],
]) {
  test(`a list is read as it is needed, ${ahead} ahead`, async () => {
    const sources = pictures(5);
    let read = 0;
    function* lazily() {
      for (const source of sources) {
        read += 1;
        yield source;
      }
    }
    const batch = watched(sources).wx.sendImages(lazily(), { to, pictures: ahead });
    assert.equal(read, 0);
    for (const expected of counts) {
      assert.equal((await batch.next()).value.status, "sent");
      assert.equal(read, expected);
    }
    assert.deepEqual(await batch.next(), { done: true, value: undefined });
  });
}

test("messages keep their interval, and a list waits after too often", async () => {
  // What is waited for is asked of the platform's timers; a long one is over at once here.
  const waits = [];
  const isLong = (ms) => ms > 30_000 && ms <= 60_000;
  const timer = globalThis.setTimeout;
  globalThis.setTimeout = (run, ms, ...rest) => {
    waits.push(ms);
    return timer(run, isLong(ms) ? 0 : ms, ...rest);
  };
  try {
    const sources = pictures(2);
    const wx = new WebWx(session, { chunkSize, retry: { limit: 0 }, timeout: 20_000 });
    assert.deepEqual(inShort(await outcomesOf(wx.sendImages(sources, { to, minInterval: 1000 }))), ["sent", "sent"]);
    assert.ok(waits.some((ms) => ms > 0 && ms <= 1000), waits.join());

    await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:1205" });
    const [{ error }] = await outcomesOf(wx.sendImages(sources, { to }));
    assert.deepEqual([error.code, error.retryAfter], ["rate-limited", 60_000]);
    waits.length = 0;
    assert.deepEqual(inShort(await outcomesOf(wx.sendImages(sources, { to, afterTooOften: 0 }))), ["sent", "sent"]);
    assert.ok(!waits.some(isLong), waits.join());
    const leaving = new AbortController();
    const waiting = wx.sendImages(sources, { to, signal: leaving.signal }).next();
    await new Promise((resolve) => timer(resolve, 0));
    assert.ok(waits.some(isLong), waits.join());
    leaving.abort();
    await assert.rejects(waiting, { name: "AbortError" });
  } finally {
    globalThis.setTimeout = timer;
  }
});

test("a pace out of range is refused before anything is sent", async () => {
  const wx = new WebWx(session);
  for (const [options, message] of [
    [{ pictures: 0 }, "pictures: expected an integer from 1 to 2"],
    [{ pictures: 3 }, "pictures: expected an integer from 1 to 2"],
    [{ minInterval: -1 }, "minInterval: expected an integer from 0 to 2147483647"],
    [{ afterTooOften: 0.5 }, "afterTooOften: expected an integer from 0 to 2147483647"],
  ]) {
    await assert.rejects(outcomesOf(wx.sendImages(pictures(1), { to, ...options })), { code: "invalid-input", message });
  }
  assert.deepEqual(await standin.journal(), []);
});

test("an empty list is a batch without outcomes", async () => {
  const { wx, events } = watched([]);
  assert.deepEqual(await outcomesOf(wx.sendImages([], { to })), []);
  assert.deepEqual(await outcomesOf(wx.sendImages(new Set(), { to })), []);
  assert.deepEqual(events, []);
});

test("one failure is told, and the others arrive", async () => {
  const good = pictures(6);
  const spoilt = (source) => good.with(2, source);
  const long = spoilt(picture(2, 2));
  const wx = new WebWx(session, { chunkSize, retry: { limit: 0 } });
  for (const [sources, fault, code] of [
    [spoilt(Buffer.from("text")), undefined, "not-an-image"],
    [spoilt(new Uint8Array()), undefined, "empty-image"],
    [spoilt(7), undefined, "invalid-input"],
    [long, "reset", "network"],
    [long, "ret:1204", "target-refused"],
  ]) {
    await standin.reset();
    if (fault !== undefined) {
      await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault });
    }
    const outcomes = await outcomesOf(wx.sendImages(sources, { to }));
    assert.deepEqual(inShort(outcomes), ["sent", "sent", code, "sent", "sent", "sent"]);
    assert.deepEqual(await delivered(good), [0, 1, 3, 4, 5], code);
  }
});

test("a message that is refused is told, and the next one, uploaded by then, goes out", async () => {
  const sources = pictures(3);
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:-2" });
  const outcomes = await outcomesOf(watched(sources).wx.sendImages(sources, { to }));
  assert.deepEqual(inShort(outcomes), ["rejected", "sent", "sent"]);
  assert.deepEqual(await delivered(sources), [1, 2]);
});

test("the first and the last may fail, and all of them", async () => {
  const text = Buffer.from("text");
  const wx = new WebWx(session, { chunkSize });
  const codes = async (...sources) => inShort(await outcomesOf(wx.sendImages(sources, { to })));
  assert.deepEqual(await codes(text, picture(0), text), ["not-an-image", "sent", "not-an-image"]);
  assert.deepEqual(await codes(text, text), ["not-an-image", "not-an-image"]);
});

test("progress says of which picture it tells, and of its sending too", async () => {
  const sources = pictures(2, 2);
  const steps = [[], []];
  const wx = new WebWx(session, { chunkSize });
  const onProgress = ({ index, step, loaded, total }) => steps[index].push(`${step} ${loaded === total}`);
  await outcomesOf(wx.sendImages(sources, { to, onProgress }));
  for (const heard of steps) {
    assert.deepEqual([...new Set(heard)].sort(), [
      "hash false",
      "hash true",
      "read true",
      "send false",
      "send true",
      "upload false",
      "upload true",
    ]);
    assert.equal(heard.at(-1), "send true");
  }
});

test("null is no option", async () => {
  const options = { to, signal: null, onProgress: null, onCheckpoint: null };
  const [{ status }] = await outcomesOf(new WebWx(session, { chunkSize }).sendImages(pictures(1), options));
  assert.equal(status, "sent");
});

test("callbacks that are no functions are refused before anything is sent", async () => {
  for (const name of ["onProgress", "onCheckpoint"]) {
    await assert.rejects(outcomesOf(new WebWx(session).sendImages(pictures(1), { to, [name]: "yes" })), {
      code: "invalid-input",
      message: `WebWx.sendImages: ${name}: expected a function`,
    });
  }
  assert.deepEqual(await standin.journal(), []);
});

test("a buffer of a list is sent as it is when its turn comes", async () => {
  const sources = pictures(4);
  const expected = sources.map(md5);
  const { wx } = watched(sources);
  const own = sources.map((bytes) => Uint8Array.from(bytes));
  const outcomes = [];
  for await (const outcome of wx.sendImages(own, { to, pictures: 1 })) {
    // Its turn is over: what is written to it now is too late. That of the last is not there yet.
    own[outcome.index].fill(0);
    if (outcome.index === 0) {
      own[3].set(sources[0]);
      expected[3] = md5(own[3]);
    }
    outcomes.push(outcome);
  }
  assert.deepEqual(outcomes.map(({ receipt }) => receipt.media.md5), expected);
});

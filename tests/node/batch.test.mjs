/** sendImages: order, overlap, what one failure costs, and how a batch ends early. */
import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { WebWx } from "webwx-image";

import { bmp, md5, padded } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

const chunkSize = 2000;
const standin = await startStandin("--chunk-size", String(chunkSize));
const { session, peer: to } = standin.info;

/** Pictures that differ, of so many chunks. */
const picture = (index, chunks = 1) => padded(bmp(), (chunks - 1) * chunkSize + 100 + index);
const pictures = (count, chunks) => Array.from({ length: count }, (_, index) => picture(index, chunks));

const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

after(() => standin.stop());
beforeEach(() => standin.reset());

/** Lets everything that is ready run: unhandled rejections among it. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A client whose requests are told, and can be held. `events` has each as "upload 1", "send 1" when it begins, with
 * "… done" when it has its answer; the number is that of the picture among `sources`. What `hold(event)` gives is
 * waited for before the request goes out.
 */
function watched(sources, { hold = () => undefined, ...options } = {}) {
  const events = [];
  const numbers = new Map(sources.map((bytes, index) => [md5(bytes), index]));
  const byMediaId = new Map();
  const inWork = new Set();
  let most = 0;
  const wx = new WebWx(session, {
    chunkSize,
    retry: { limit: 0 },
    ...options,
    async fetch(url, init) {
      const isUpload = url.includes("webwxuploadmedia");
      const number = isUpload
        ? numbers.get(JSON.parse(init.body.get("uploadmediarequest")).FileMd5)
        : byMediaId.get(JSON.parse(init.body).Msg.MediaId);
      const event = `${isUpload ? "upload" : "send"} ${number}`;
      inWork.add(number);
      most = Math.max(most, inWork.size);
      events.push(event);
      await hold(event, init.signal);
      const response = await fetch(url, init);
      const { MediaId } = await response
        .clone()
        .json()
        .catch(() => ({}));
      if (isUpload && MediaId) {
        byMediaId.set(MediaId, number);
      }
      if (!isUpload) {
        inWork.delete(number);
      }
      events.push(`${event} done`);
      return response;
    },
  });
  return { wx, events, most: () => most };
}

/** A promise that others resolve. */
function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

async function outcomesOf(batch) {
  const outcomes = [];
  for await (const outcome of batch) {
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What the outcomes say, in short: "sent", or the error's code. */
const inShort = (outcomes) =>
  outcomes.map(({ status, error }, index) => {
    assert.equal(outcomes[index].index, index);
    return status === "sent" ? "sent" : error.code;
  });

/** The pictures that came to the receiver, by number, in the order in which they came. */
async function delivered(sources) {
  const uploads = await standin.journal("webwxuploadmedia");
  const digests = new Map(
    uploads.map(({ form, response }) => [
      response?.MediaId,
      JSON.parse(form.find(({ name }) => name === "uploadmediarequest").value).FileMd5,
    ]),
  );
  const sends = (await standin.journal("webwxsendmsgimg")).filter(({ response }) => response?.BaseResponse.Ret === 0);
  const numbers = sources.map((bytes) => md5(bytes));
  return sends.map(({ json }) => numbers.indexOf(digests.get(json.Msg.MediaId)));
}

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

test("the next one is uploaded while one is being sent, and never more than two are in work", async () => {
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
  assert.deepEqual(inShort(await outcomesOf(wx.sendImages(sources, { to }))), Array(4).fill("sent"));
  assert.equal(most(), 2);
  for (let number = 2; number < 4; number += 1) {
    assert.ok(events.indexOf(`send ${number - 2} done`) < events.indexOf(`upload ${number}`), events.join());
  }
});

test("a list is read as it is needed, one picture ahead", async () => {
  const sources = pictures(4);
  let read = 0;
  function* lazily() {
    for (const source of sources) {
      read += 1;
      yield source;
    }
  }
  const batch = watched(sources).wx.sendImages(lazily(), { to });
  assert.equal(read, 0);
  for (const expected of [2, 3, 4, 4]) {
    assert.equal((await batch.next()).value.status, "sent");
    assert.equal(read, expected);
  }
  assert.deepEqual(await batch.next(), { done: true, value: undefined });
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

/** What ends a batch: each a Ret, and its code. */
const ENDS = [
  [1205, "rate-limited"],
  [1105, "rate-limited"],
  [1101, "session-lost"],
  [1203, "account-barred"],
];

for (const [ret, code] of ENDS) {
  test(`Ret ${ret} at an upload ends the batch: the rest is told, and nothing more is asked`, async () => {
    const sources = [1, 3, 1, 1].map((chunks, index) => picture(index, chunks));
    await standin.faults({ endpoint: "webwxuploadmedia", chunk: 2, fault: `ret:${ret}`, times: 9 });
    const { wx, events } = watched(sources, { retry: { limit: 3, delay: 1 } });
    const outcomes = await outcomesOf(wx.sendImages(sources, { to }));
    assert.deepEqual(inShort(outcomes), ["sent", code, code, code]);
    assert.deepEqual(await delivered(sources), [0]);
    const begun = events.filter((event) => !event.endsWith("done"));
    assert.deepEqual(begun.sort(), ["send 0", "upload 0", "upload 1", "upload 1", "upload 1"]);
  });

  test(`Ret ${ret} at a message ends the batch, and the upload beside it`, async () => {
    const sources = pictures(4, 3);
    await standin.faults({ endpoint: "webwxsendmsgimg", fault: `ret:${ret}`, times: 9 });
    const beside = gate();
    let signal;
    const { wx, events } = watched(sources, {
      // The message goes out when the upload beside it has begun; that one never comes further.
      hold(event, itsSignal) {
        if (event === "upload 1") {
          signal = itsSignal;
          beside.open();
          return new Promise(() => {});
        }
        return event === "send 0" ? beside.opened : undefined;
      },
    });
    const outcomes = [];
    for await (const outcome of wx.sendImages(sources, { to })) {
      outcomes.push(outcome);
      await turn();
      assert.ok(signal.aborted, "the upload goes on after the batch's end was told");
    }
    assert.deepEqual(inShort(outcomes), Array(4).fill(code));
    assert.deepEqual(events.slice(-2), ["upload 1", "send 0 done"]);
  });
}

test("what was not tried says so, and has no checkpoint of another picture", async () => {
  const sources = [picture(0, 2), picture(1, 2), picture(2, 2)];
  await standin.faults({ endpoint: "webwxuploadmedia", chunk: 1, fault: "ret:1205", times: 9 });
  const wx = new WebWx(session, { chunkSize });
  const outcomes = await outcomesOf(wx.sendImages(sources, { to }));
  assert.deepEqual(inShort(outcomes), Array(3).fill("rate-limited"));
  assert.equal(outcomes[0].error.checkpoint.md5, md5(sources[0]));
  for (const { error } of outcomes.slice(1)) {
    assert.deepEqual(
      [error.checkpoint, error.ret, error.retryable, error.cause, error.message],
      [
        undefined,
        1205,
        outcomes[0].error.retryable,
        outcomes[0].error,
        `WebWx.sendImages: not sent, since the batch ended before: ${outcomes[0].error.message}`,
      ],
    );
  }
});

test("what was beside the batch's end keeps the checkpoint that it had reached", async () => {
  const sources = pictures(3, 3);
  await standin.faults({ endpoint: "webwxsendmsgimg", fault: "ret:1205" });
  const second = gate();
  let chunks = 0;
  const { wx } = watched(sources, {
    hold(event) {
      if (event === "upload 1") {
        chunks += 1;
        if (chunks === 2) {
          second.open();
          return new Promise(() => {});
        }
      }
      return event === "send 0" ? second.opened : undefined;
    },
  });
  const outcomes = await outcomesOf(wx.sendImages(sources, { to }));
  const [first, beside, third] = outcomes.map(({ error }) => error);
  assert.deepEqual([first.checkpoint, third.checkpoint], [undefined, undefined]);
  assert.deepEqual([beside.checkpoint.md5, beside.checkpoint.nextChunk], [md5(sources[1]), 1]);
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
      message: `WebWx.sendImages: ${name} must be a function`,
    });
  }
  assert.deepEqual(await standin.journal(), []);
});

/** A batch whose second picture's upload has begun and is held, with its signal. */
function heldAtTheSecond(count = 4) {
  const sources = pictures(count, 2);
  const begun = gate();
  let signal;
  const { wx, events } = watched(sources, {
    hold(event, itsSignal) {
      if (event === "upload 1") {
        signal = itsSignal;
        begun.open();
        return new Promise(() => {});
      }
      return event === "send 0" ? begun.opened : undefined;
    },
  });
  return { wx, events, sources, begun: begun.opened, aborted: () => signal.aborted };
}

/** What must hold when a batch was left: its upload is over, nothing more was asked, and nobody was surprised. */
async function assertQuiet({ events, aborted }) {
  await turn();
  assert.ok(aborted(), "the upload beside it goes on");
  const before = [...events];
  await standin.journal();
  await turn();
  assert.deepEqual(events, before);
  assert.ok(!events.some((event) => /[23]/.test(event)), events.join());
  assert.deepEqual(unhandled, []);
}

test("leaving the loop ends the upload in work", async () => {
  const held = heldAtTheSecond();
  for await (const { status } of held.wx.sendImages(held.sources, { to })) {
    assert.equal(status, "sent");
    break;
  }
  await assertQuiet(held);
  assert.deepEqual(await delivered(held.sources), [0]);
});

test("an error thrown in the loop ends the upload in work, and comes out as it is", async () => {
  const held = heldAtTheSecond();
  const own = new Error("the caller's own");
  const loop = async () => {
    for await (const { status } of held.wx.sendImages(held.sources, { to })) {
      assert.equal(status, "sent");
      throw own;
    }
  };
  await assert.rejects(loop(), (error) => error === own);
  await assertQuiet(held);
});

test("a signal that fires between two outcomes ends the batch with its reason", async () => {
  const held = heldAtTheSecond();
  const controller = new AbortController();
  const reason = { because: "the visitor has left" };
  const batch = held.wx.sendImages(held.sources, { to, signal: controller.signal });
  assert.equal((await batch.next()).value.status, "sent");
  controller.abort(reason);
  await assert.rejects(batch.next(), (error) => error === reason);
  await assertQuiet(held);
  assert.deepEqual(await batch.next(), { done: true, value: undefined });
});

test("a signal that fires while an outcome is waited for ends the batch with its reason", async () => {
  const held = heldAtTheSecond();
  const controller = new AbortController();
  const reason = { because: "the visitor has left" };
  const batch = held.wx.sendImages(held.sources, { to, signal: controller.signal });
  assert.equal((await batch.next()).value.status, "sent");
  const waiting = batch.next();
  await held.begun;
  controller.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  await assertQuiet(held);
});

test("a signal that fires while a message is under way ends the batch, and the message's request", async () => {
  const sources = pictures(3);
  const controller = new AbortController();
  const reason = { because: "the visitor has left" };
  const signals = [];
  const { wx } = watched(sources, {
    hold(event, signal) {
      signals.push(signal);
      if (event === "send 0") {
        controller.abort(reason);
        return new Promise(() => {});
      }
      return undefined;
    },
  });
  const batch = wx.sendImages(sources, { to, signal: controller.signal });
  await assert.rejects(batch.next(), (error) => error === reason);
  await turn();
  assert.ok(signals.slice(1).every(({ aborted }) => aborted));
  assert.deepEqual(await delivered(sources), []);
  assert.deepEqual(unhandled, []);
});

test("a signal that has fired before begins nothing", async () => {
  const reason = { because: "too late" };
  const { wx, events } = watched([]);
  const sources = {
    [Symbol.iterator]: () => assert.fail("the list was read"),
  };
  const batch = wx.sendImages(sources, { to, signal: AbortSignal.abort(reason) });
  await assert.rejects(batch.next(), (error) => error === reason);
  assert.deepEqual(events, []);
});

test("a signal outlives its batches without their listeners", async () => {
  const { signal } = new AbortController();
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
  const sources = pictures(3);
  const { wx } = watched(sources);
  await outcomesOf(wx.sendImages(sources, { to, signal }));
  for await (const outcome of wx.sendImages(sources, { to, signal })) {
    assert.equal(outcome.status, "sent");
    break;
  }
  assert.equal(listeners.size, 0);
});

test("a list that throws ends the batch with what it threw, after the pictures that it gave", async () => {
  const sources = pictures(2);
  const own = new Error("the caller's list");
  function* breaking() {
    yield* sources;
    throw own;
  }
  const outcomes = [];
  const loop = async () => {
    for await (const outcome of watched(sources).wx.sendImages(breaking(), { to })) {
      outcomes.push(outcome);
    }
  };
  await assert.rejects(loop(), (error) => error === own);
  assert.deepEqual(inShort(outcomes), ["sent", "sent"]);
  assert.deepEqual(await delivered(sources), [0, 1]);
  assert.deepEqual(unhandled, []);
});

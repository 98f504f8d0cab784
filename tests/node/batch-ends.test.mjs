/** sendImages: how a batch ends early. */
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
  turn,
  unhandled,
  watched,
} from "./batch.mjs";
import { md5 } from "./pictures.mjs";

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
    const outcomes = await outcomesOf(wx.sendImages(sources, { to, pictures: 1 }));
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
    for await (const outcome of wx.sendImages(sources, { to, pictures: 1 })) {
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
  const outcomes = await outcomesOf(wx.sendImages(sources, { to, pictures: 1 }));
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
        `WebWx.sendImages: not sent, because the batch ended: ${outcomes[0].error.message}`,
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
  const outcomes = await outcomesOf(wx.sendImages(sources, { to, pictures: 1 }));
  const [first, beside, third] = outcomes.map(({ error }) => error);
  assert.deepEqual([first.checkpoint, third.checkpoint], [undefined, undefined]);
  assert.deepEqual([beside.checkpoint.md5, beside.checkpoint.nextChunk], [md5(sources[1]), 1]);
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
  // The third may go up beside the second.
  assert.ok(!events.some((event) => /3/.test(event)), events.join());
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
  let sending;
  const { wx } = watched(sources, {
    hold(event, signal) {
      if (event === "send 0") {
        sending = signal;
        controller.abort(reason);
        return new Promise(() => {});
      }
      return undefined;
    },
  });
  const batch = wx.sendImages(sources, { to, signal: controller.signal });
  await assert.rejects(batch.next(), (error) => error === reason);
  await turn();
  assert.ok(sending.aborted);
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

/** A server that dies in the middle of an upload and comes back without a memory: the same tests for every platform. */
import assert from "node:assert/strict";

import { CHUNK_SIZE, picture } from "./bad-days.mjs";
import { md5 } from "./pictures.mjs";
import { fixedPort, startStandin } from "./standin.mjs";

const ONCE = { chunkSize: CHUNK_SIZE, retry: { limit: 0 } };
/** Patient enough for a start of the server. */
const PATIENT = { chunkSize: CHUNK_SIZE, retry: { limit: 1000, delay: 1, maxDelay: 20 } };

/** A stand-in that comes back to its ports. */
export async function startMortal() {
  const options = ["--chunk-size", String(CHUNK_SIZE), "--port", String(await fixedPort())];
  let standin = await startStandin(...options);
  return {
    get standin() {
      return standin;
    },
    kill: () => standin.kill(),
    async revive() {
      standin = await startStandin(...options);
    },
  };
}

/**
 * @param {Awaited<ReturnType<typeof startMortal>>} mortal
 * @param {ReturnType<typeof import("./bad-days.mjs").caller>} call
 */
export function restarts(mortal, call) {
  let clients = 0;
  const client = (options) => {
    clients += 1;
    const name = `mortal client ${clients}`;
    return (request) => call({ client: name, options, withProgress: true, ...request });
  };

  /** Starts an upload, and ends the server while it has that chunk and owes the answer. */
  async function killedAt(chunk, use) {
    await mortal.standin.faults({ endpoint: "webwxuploadmedia", chunk, fault: "delay:600000", times: 9 });
    const upload = { isOver: false, outcome: use({ call: "upload" }).finally(() => (upload.isOver = true)) };
    while ((await mortal.standin.journal("webwxuploadmedia")).length <= chunk) {
      assert.ok(!upload.isOver, "the upload ended before its time");
    }
    await mortal.kill();
    return upload;
  }

  /** One message, and it is the picture; it went up whole under one id, which the server did not know before. */
  async function assertDelivered(use, { value: media, error }, before) {
    assert.ok(media, error?.message);
    const sent = await use({ call: "send", media });
    const messages = (await mortal.standin.control("GET", "messages")).filter(({ ClientMsgId }) => ClientMsgId);
    assert.deepEqual(messages.map(({ MsgId }) => MsgId), [sent.value.msgId]);
    assert.equal((await use({ call: "download", msgId: sent.value.msgId })).value.md5, md5(picture));

    const uploads = (await mortal.standin.journal("webwxuploadmedia")).map(({ form }) => ({
      chunk: form.find(({ name }) => name === "chunk").value,
      id: JSON.parse(form.find(({ name }) => name === "uploadmediarequest").value).ClientMediaId,
    }));
    const [{ id: forgotten }] = uploads;
    const anew = uploads.filter(({ id }) => id !== forgotten);
    assert.deepEqual(uploads.filter(({ id }) => id === forgotten).map(({ chunk }) => chunk), before);
    assert.deepEqual(anew.map(({ chunk }) => chunk), ["0", "1", "2"]);
    assert.equal(new Set(anew.map(({ id }) => id)).size, 1);
    return forgotten;
  }

  const tests = {};
  for (const [chunk, before] of [
    [1, ["1", "2"]],
    [2, ["2"]],
  ]) {
    tests[`an upload outlives a server that is restarted at chunk ${chunk + 1}: it starts over, once`] = async () => {
      const use = client(PATIENT);
      const { outcome } = await killedAt(chunk, use);
      await mortal.revive();
      await assertDelivered(use, await outcome, before);
      await mortal.standin.reset();
    };

    tests[`an upload that a dying server ended at chunk ${chunk + 1} goes on from its checkpoint`] = async () => {
      const { outcome } = await killedAt(chunk, client(ONCE));
      const { error } = await outcome;
      assert.deepEqual([error.code, error.retryable, error.checkpoint.nextChunk], ["network", true, chunk]);
      // Nobody is there yet: still an error, still a checkpoint.
      const refused = await client(ONCE)({ call: "upload", resume: error.checkpoint });
      assert.deepEqual([refused.error.code, refused.error.checkpoint], ["network", error.checkpoint]);
      await mortal.revive();
      const use = client(ONCE);
      const forgotten = await assertDelivered(use, await use({ call: "upload", resume: error.checkpoint }), before);
      assert.equal(forgotten, error.checkpoint.clientMediaId);
      await mortal.standin.reset();
    };
  }

  tests["an upload whose first chunk went down with the server begins again, under its own id"] = async () => {
    const { outcome } = await killedAt(0, client(PATIENT));
    await mortal.revive();
    const { value } = await outcome;
    assert.equal(value.md5, md5(picture));
    assert.equal((await mortal.standin.journal("webwxuploadmedia")).length, 3);
    await mortal.standin.reset();
  };
  return tests;
}

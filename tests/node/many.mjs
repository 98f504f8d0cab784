/** Many pictures in a row and at once, and the memory that they take: the same tests for every platform. */
import assert from "node:assert/strict";

import { bmp, md5, padded } from "./pictures.mjs";

/** Large enough for a leak of every second picture to be told from the heap's own unrest. */
const SIZE = 40_000;
const UNREST = 2_000_000;
const head = bmp();
const picture = (index) => padded(head, SIZE + index);

/**
 * Sends pictures; stands alone, since a page gets it as text. A picture's index makes it that many bytes longer. Gives
 * MsgID and MD5 of each, in the order of the pictures.
 */
export function manySender(library, session, to) {
  const wx = new library.WebWx(session);
  const made = ({ size, head: bytes }, index) => {
    const whole = new Uint8Array(size + index);
    whole.set(bytes);
    return whole;
  };
  const facts = ({ msgId, media }) => ({ msgId, md5: media.md5 });
  return {
    async inARow(source, from, count) {
      function* pictures() {
        for (let index = from; index < from + count; index += 1) {
          yield made(source, index);
        }
      }
      const sent = [];
      for await (const outcome of wx.sendImages(pictures(), { to })) {
        if (outcome.status !== "sent") {
          throw outcome.error;
        }
        sent.push(facts(outcome.receipt));
      }
      return sent;
    },
    async atOnce(source, from, count) {
      const jobs = Array.from({ length: count }, (_, index) => wx.sendImage(made(source, from + index), { to }));
      return (await Promise.all(jobs)).map(facts);
    },
  };
}

/** Within bounds that are wide for unrest, and narrow for 100 pictures. */
function assertSteady(before, after) {
  const grown = after.bytes - before.bytes;
  assert.ok(grown < UNREST, `${grown} bytes more are in use`);
  const pages = (after.module - before.module) / 65_536;
  assert.ok(pages <= 4, `the module's memory has ${pages} pages more`);
}

/**
 * @param {object} place
 * @param {Awaited<ReturnType<import("./standin.mjs").startStandin>>} place.standin
 * @param {(how: "inARow" | "atOnce", source: object, from: number, count: number) => Promise<object[]>} place.send
 * @param {() => Promise<{ bytes: number, module: number }>} place.memory what is in use after a collection, and the
 *   module's own memory
 */
export function many({ standin, send, memory }) {
  const source = { size: SIZE, head: [...head] };
  const sendFrom = (how, from, count) => send(how, source, from, count);

  /** The messages that came, in their order: MsgID, and the MD5 of the picture behind the MediaId. */
  async function arrived() {
    const digests = new Map(
      (await standin.journal("webwxuploadmedia")).map(({ form, response }) => [response.MediaId, form.at(-1).md5]),
    );
    const sends = await standin.journal("webwxsendmsgimg");
    const messages = (await standin.control("GET", "messages")).filter(({ ClientMsgId }) => ClientMsgId);
    assert.deepEqual(
      messages.map(({ MsgId }) => MsgId),
      sends.map(({ response }) => response.MsgID),
    );
    return sends.map(({ json, response }) => ({ msgId: response.MsgID, md5: digests.get(json.Msg.MediaId) }));
  }

  const expected = (from, count) => Array.from({ length: count }, (_, index) => md5(picture(from + index)));
  const digestsOf = (sent) => sent.map((facts) => facts.md5);
  const byId = (a, b) => (a.msgId < b.msgId ? -1 : 1);

  return {
    async "200 pictures in a row arrive once each, in their order, and leave no memory behind"() {
      await standin.reset();
      // What is made once and kept is made by these.
      await sendFrom("inARow", 0, 50);
      const before = await memory();
      await standin.reset();
      const sent = await sendFrom("inARow", 50, 200);
      const after = await memory();
      assert.deepEqual(digestsOf(sent), expected(50, 200));
      assert.deepEqual(await arrived(), sent);
      assertSteady(before, after);
    },

    async "20 pictures at once arrive once each, again and again, and leave no memory behind"() {
      await standin.reset();
      await sendFrom("atOnce", 0, 20);
      const before = await memory();
      for (let from = 20; from < 120; from += 20) {
        await standin.reset();
        const sent = await sendFrom("atOnce", from, 20);
        assert.deepEqual(digestsOf(sent), expected(from, 20));
        assert.deepEqual((await arrived()).sort(byId), sent.sort(byId));
      }
      const after = await memory();
      assertSteady(before, after);
    },
  };
}

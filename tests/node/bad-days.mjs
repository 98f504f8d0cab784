/**
 * The same bad days for every platform: each fault of the stand-in at the first, a middle and the last chunk, at the
 * message and at the picture. `badDays` tells what has to come of them; who runs them says how a client is called.
 */
import assert from "node:assert/strict";

import { md5, small } from "./pictures.mjs";

/** Three chunks of it make the picture. The stand-in has to be told, too. */
export const CHUNK_SIZE = 2000;
export const picture = small;

/** As by default, but for the waits. */
const PATIENT = { chunkSize: CHUNK_SIZE, retry: { limit: 3, delay: 1, maxDelay: 8 } };
const ONCE = { chunkSize: CHUNK_SIZE, retry: { limit: 0 } };
/** What comes too late comes never: the first is what a single request gets, and others try until they are in time. */
const HASTY = { ...ONCE, timeout: 50 };
const HASTY_AND_PATIENT = { ...PATIENT, timeout: 250, retry: { limit: 100, delay: 1, maxDelay: 8 } };
const NEVER = "delay:600000";

/** What one try makes of each fault, at JSON and at a picture where that differs, and whether another try mends it. */
const faults = (elsewhere) => [
  { fault: "reset", code: "network", passes: true },
  { fault: "accept-then-reset", code: "network", passes: true },
  { fault: "status:502", code: "http-status", passes: true },
  { fault: "status:403", code: "http-status", passes: false },
  { fault: "html", code: "malformed-response", atPicture: "not-an-image", passes: true },
  { fault: "empty", code: "malformed-response", atPicture: "empty-image", passes: true },
  { fault: "truncate", code: "malformed-response", atPicture: "network", passes: true },
  { fault: `redirect:${elsewhere}`, code: "network", passes: true },
  { fault: "ret:-1", code: "rejected", atPicture: null, passes: true },
  { fault: "ret:1", code: "rejected", atPicture: "not-an-image", passes: false },
  { fault: "ret:1101", code: "session-lost", atPicture: "not-an-image", passes: false },
  { fault: "ret:1205", code: "rate-limited", atPicture: "not-an-image", passes: false },
  { fault: "ret:1205+mediaid", code: "rate-limited", atMessage: null, atPicture: null, passes: false },
];

/**
 * Calls the library; what comes of it is plain data. It stands alone, since a page gets it as text.
 *
 * `client` names one of the clients, made with `options` at its first use.
 */
export function caller(library, session, source, to) {
  const clients = new Map();
  return async ({ client, options, call, resume, media, msgId, withProgress }) => {
    if (!clients.has(client)) {
      clients.set(client, new library.WebWx(session, options));
    }
    const wx = clients.get(client);
    const reports = [];
    const progress = withProgress ? { onProgress: (report) => reports.push(report) } : {};
    const calls = {
      upload: () => wx.upload(source, { to, ...(resume && { resume }), ...progress }),
      send: () => wx.send(media, { to }),
      download: async () => ({ md5: (await wx.download(msgId, progress)).md5 }),
    };
    try {
      return { value: await calls[call](), reports };
    } catch (error) {
      const { code, retryable, message, checkpoint } = error;
      return { error: { is: library.WebwxError.is(error), code, retryable, message, checkpoint }, reports };
    }
  };
}

/**
 * @param {object} place
 * @param {Awaited<ReturnType<import("./standin.mjs").startStandin>>} place.standin
 * @param {ReturnType<typeof caller>} place.call
 * @param {string} place.elsewhere where redirects lead
 * @param {boolean} place.withProgress
 * @returns tests by name: of chunks, of messages, of pictures
 */
export function badDays({ standin, call, elsewhere, withProgress }) {
  let clients = 0;
  const client = (options) => {
    clients += 1;
    const name = `client ${clients}`;
    const use = async (request) => {
      const outcome = await call({ client: name, options, withProgress, ...request });
      assertReports(outcome, request);
      return outcome;
    };
    return {
      upload: (resume) => use({ call: "upload", ...(resume && { resume }) }),
      send: (media) => use({ call: "send", media }),
      download: (msgId) => use({ call: "download", msgId }),
    };
  };

  /** A new world in which that goes wrong, again and again: Firefox itself asks ten times for a picture that is lost. */
  async function order(strike, times = 20) {
    await standin.reset();
    await standin.faults({ ...strike, times });
  }
  const mend = () => standin.control("DELETE", "faults");

  const sent = async () => (await standin.control("GET", "messages")).filter(({ ClientMsgId }) => ClientMsgId);

  /** One message came out of it, and it is the picture. */
  async function assertDelivered({ value, error }, what) {
    assert.ok(value, `${what}: ${error?.message}`);
    const messages = await sent();
    assert.deepEqual(messages.map(({ MsgId }) => MsgId), [value.msgId], what);
    const { value: downloaded } = await client(PATIENT).download(value.msgId);
    assert.equal(downloaded.md5, md5(picture), what);
  }

  function assertFailed({ error }, code, what) {
    assert.ok(error?.is, `${what}: it went unnoticed`);
    assert.equal(error.code, code, `${what}: ${error.message}`);
  }

  const uploadFaults = faults(elsewhere).flatMap((row) => [0, 1, 2].map((chunk) => ({ ...row, chunk })));
  const messageFaults = faults(elsewhere).filter(({ atMessage }) => atMessage !== null);
  const pictureFaults = faults(elsewhere)
    .filter(({ atPicture }) => atPicture !== null)
    .map(({ code, atPicture = code, ...row }) => ({ ...row, code: atPicture }));

  const ofChunks = {
    async "an upload that fails at any chunk goes on from its checkpoint, and arrives once"() {
      for (const { fault, code, chunk } of uploadFaults) {
        const what = `${fault} at chunk ${chunk}`;
        await order({ endpoint: "webwxuploadmedia", chunk, fault });
        const failed = await client(ONCE).upload();
        assertFailed(failed, code, what);
        assert.equal(failed.error.checkpoint.nextChunk, chunk, what);
        assert.deepEqual(await sent(), []);
        await mend();
        await standin.control("DELETE", "journal");
        const another = client(ONCE);
        const resumed = await another.upload(failed.error.checkpoint);
        assert.ok(resumed.value, `${what}: ${resumed.error?.message}`);
        const chunks = (await standin.journal("webwxuploadmedia")).map(
          ({ form }) => form.find(({ name }) => name === "chunk").value,
        );
        assert.deepEqual(chunks, ["0", "1", "2"].slice(chunk), what);
        await assertDelivered(await another.send(resumed.value), what);
      }
    },

    async "an upload gets over what passes at any chunk, and over nothing else"() {
      for (const { fault, code, passes, chunk } of uploadFaults) {
        const what = `${fault} at chunk ${chunk}`;
        await order({ endpoint: "webwxuploadmedia", chunk, fault }, passes ? 2 : 9);
        const wx = client(PATIENT);
        const uploaded = await wx.upload();
        if (passes) {
          assert.ok(uploaded.value, `${what}: ${uploaded.error?.message}`);
          await assertDelivered(await wx.send(uploaded.value), what);
        } else {
          assertFailed(uploaded, code, what);
          assert.equal((await standin.journal("webwxuploadmedia")).length, chunk + 1, what);
        }
      }
    },

    async "a chunk that is never answered is a timeout, and is got over like any other loss"() {
      for (const chunk of [0, 1, 2]) {
        await order({ endpoint: "webwxuploadmedia", chunk, fault: "ret:-2" });
        const { checkpoint } = (await client(ONCE).upload()).error;
        await mend();
        await standin.faults({ endpoint: "webwxuploadmedia", chunk, fault: NEVER, times: 9 });
        // Resumed, so that the first request of the hasty one is the one that is late.
        const late = await client(HASTY).upload(checkpoint);
        assertFailed(late, "timeout", `chunk ${chunk}`);
        assert.equal(late.error.checkpoint.nextChunk, chunk);
        await mend();
        const wx = client(ONCE);
        await assertDelivered(await wx.send((await wx.upload(late.error.checkpoint)).value), `chunk ${chunk}`);

        await order({ endpoint: "webwxuploadmedia", chunk, fault: NEVER }, 1);
        const patient = client(HASTY_AND_PATIENT);
        await assertDelivered(await patient.send((await patient.upload()).value), `chunk ${chunk}, again`);
      }
    },
  };

  const ofMessages = {
    async "a message that fails can be sent again, and arrives once"() {
      for (const { fault, code } of messageFaults) {
        await standin.reset();
        const wx = client(ONCE);
        const { value: media } = await wx.upload();
        await standin.faults({ endpoint: "webwxsendmsgimg", fault, times: 9 });
        assertFailed(await wx.send(media), code, fault);
        await mend();
        await assertDelivered(await wx.send(media), fault);
      }
    },

    async "a message gets over what passes, and over nothing else"() {
      for (const { fault, code, passes } of messageFaults) {
        await order({ endpoint: "webwxsendmsgimg", fault }, passes ? 2 : 9);
        const wx = client(PATIENT);
        const { value: media } = await wx.upload();
        const outcome = await wx.send(media);
        if (passes) {
          await assertDelivered(outcome, fault);
        } else {
          assertFailed(outcome, code, fault);
          assert.equal((await standin.journal("webwxsendmsgimg")).length, 1, fault);
          assert.deepEqual(await sent(), []);
        }
      }
    },

    async "a message that is never answered is got over"() {
      await order({ endpoint: "webwxsendmsgimg", fault: NEVER }, 1);
      const wx = client(HASTY_AND_PATIENT);
      await assertDelivered(await wx.send((await wx.upload()).value), NEVER);
    },
  };

  const ofPictures = {
    async "a picture that does not come is told, and comes when it is asked for again"() {
      const { msgId, digest } = await received(standin);
      for (const { fault, code } of pictureFaults) {
        await order({ endpoint: "webwxgetmsgimg", fault });
        assertFailed(await client(ONCE).download(msgId), code, fault);
        await mend();
        assert.equal((await client(ONCE).download(msgId)).value.md5, digest, fault);
      }
    },

    async "a picture gets over what passes, and over nothing else"() {
      const { msgId, digest } = await received(standin);
      for (const { fault, code, passes } of pictureFaults) {
        await order({ endpoint: "webwxgetmsgimg", fault }, passes ? 2 : 9);
        const outcome = await client(PATIENT).download(msgId);
        if (passes) {
          assert.equal(outcome.value?.md5, digest, fault);
        } else {
          assertFailed(outcome, code, fault);
          assert.equal((await standin.journal("webwxgetmsgimg")).length, 1, fault);
        }
      }
    },

    async "a picture that is never given is a timeout, and is got over"() {
      const { msgId, digest } = await received(standin);
      await order({ endpoint: "webwxgetmsgimg", fault: NEVER });
      assertFailed(await client(HASTY).download(msgId), "timeout", NEVER);
      await order({ endpoint: "webwxgetmsgimg", fault: NEVER }, 1);
      assert.equal((await client(HASTY_AND_PATIENT).download(msgId)).value.md5, digest);
    },
  };
  return { ofChunks, ofMessages, ofPictures };
}

/** A picture that somebody else sent; it is in every new world. */
async function received(standin) {
  const [{ MsgId: msgId, Content }] = await standin.control("GET", "messages");
  return { msgId, digest: /\bmd5="([0-9a-f]{32})"/.exec(Content)[1] };
}

/** Progress within a step never goes back, and a job that ends well comes to its end once. */
function assertReports({ value, reports }, { call }) {
  const loaded = reports.filter(({ step }) => step === call).map((report) => report.loaded);
  assert.deepEqual(loaded, [...loaded].sort((a, b) => a - b));
  if (value !== undefined && call === "upload" && reports.length > 0) {
    assert.equal(loaded.filter((bytes) => bytes === picture.length).length, 1, loaded.join());
    assert.equal(loaded.at(-1), picture.length);
  }
}

/** What the tests of sendImages stand on: pictures that differ, and a client whose requests are told and can be held. */
import assert from "node:assert/strict";
import { after, beforeEach } from "node:test";
import { WebWx } from "webwx-image";

import { bmp, md5, padded } from "./pictures.mjs";
import { startStandin } from "./standin.mjs";

export const chunkSize = 2000;
export const standin = await startStandin("--chunk-size", String(chunkSize));
export const { session, peer: to } = standin.info;

/** Pictures that differ, of so many chunks. */
export const picture = (index, chunks = 1) => padded(bmp(), (chunks - 1) * chunkSize + 100 + index);
export const pictures = (count, chunks) => Array.from({ length: count }, (_, index) => picture(index, chunks));

export const unhandled = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

after(() => standin.stop());
beforeEach(() => standin.reset());

/** Lets everything that is ready run: unhandled rejections among it. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A client whose requests are told, and can be held. `events` has each as "upload 1", "send 1" when it begins, with
 * "… done" when it has its answer; the number is that of the picture among `sources`. What `hold(event)` gives is
 * waited for before the request goes out.
 */
export function watched(sources, { hold = () => undefined, ...options } = {}) {
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
export function gate() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { opened, open };
}

export async function outcomesOf(batch) {
  const outcomes = [];
  for await (const outcome of batch) {
    outcomes.push(outcome);
  }
  return outcomes;
}

/** What the outcomes say, in short: "sent", or the error's code. */
export const inShort = (outcomes) =>
  outcomes.map(({ status, error }, index) => {
    assert.equal(outcomes[index].index, index);
    return status === "sent" ? "sent" : error.code;
  });

/** The pictures that came to the receiver, by number, in the order in which they came. */
export async function delivered(sources) {
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

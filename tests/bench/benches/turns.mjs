/** Turns for other tasks while 256 MiB are hashed: what they cost, how long a page waits for one, and how long an abort. */
import { is } from "../measure.mjs";

const MIB = 1024 * 1024;
/** Milliseconds; what is promised, with room for what else a machine does. */
const LONGEST_STRETCH = 50;
const LONGEST_ABORT = 100;

/** @type {import("../place.mjs").Bench} */
export async function turns({ library, script, file }) {
  const { blob, digest } = await file("256 MiB");
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const sources = { bytes, "a Blob in memory": new Blob([bytes]), "a Blob from the disk": blob };
  const forms = { "": library, ", JavaScript build": await script() };
  const each = (measure) =>
    Object.fromEntries(
      Object.entries(forms).flatMap(([form, { md5 }]) =>
        Object.entries(sources).map(([name, source]) => [`${name}${form}`, () => measure(md5, source)]),
      ),
    );
  return [
    {
      title: "MD5 of 256 MiB in memory, with turns",
      contenders: {
        "webwx-image": () => library.md5(bytes),
        "the same without turns": () => {
          const hash = new library.Md5();
          for (let start = 0; start < bytes.length; start += MIB) {
            hash.update(bytes.subarray(start, start + MIB));
          }
          return hash.digest();
        },
      },
      check: is(digest),
      targets: { "the same without turns": 0.95 },
    },
    {
      title: "the longest stretch without a turn, MD5 of 256 MiB",
      contenders: each(longestStretch),
      check: () => {},
      clock: "own",
      most: LONGEST_STRETCH,
    },
    {
      title: "from an abort to its rejection, MD5 of 256 MiB",
      contenders: each(abort),
      check: () => {},
      clock: "own",
      most: LONGEST_ABORT,
    },
  ];
}

/** The longest time between two messages that a task sends to itself meanwhile. */
async function longestStretch(md5, source) {
  let [longest, last] = [0, performance.now()];
  const { port1, port2 } = new MessageChannel();
  const look = () => {
    const now = performance.now();
    [longest, last] = [Math.max(longest, now - last), now];
  };
  port1.onmessage = () => {
    look();
    port2.postMessage(null);
  };
  port2.postMessage(null);
  await md5(source);
  look();
  port1.close();
  return longest;
}

/** From the time that the abort is due: a page that gets no turn hears of it late. */
async function abort(md5, source) {
  const controller = new AbortController();
  const due = performance.now() + 20;
  setTimeout(() => controller.abort(), 20);
  await md5(source, { signal: controller.signal }).then(
    () => Promise.reject(new Error("the abort was not heard")),
    () => {},
  );
  return performance.now() - due;
}

/** While something is hashed, other tasks have their turn: after 16 ms of work, or 16 MiB, by the platform's clock. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WebWx, md5 } from "webwx-image";

import { fresh } from "./fresh.mjs";
import { bmp, padded } from "./pictures.mjs";

const MIB = 2 ** 20;
const session = { uin: 1, sid: "s", skey: "k", userName: "@me", dataTicket: "t" };
const picture = padded(bmp(), 8 * MIB);

/** A clock that goes on by so many milliseconds each time that somebody looks at it. */
function clock(t, ms) {
  let now = performance.now();
  t.mock.method(performance, "now", () => (now += ms));
}

/** How many turns other tasks had meanwhile. `turns()` tells on the way. */
async function counted(start) {
  let count = 0;
  let next;
  const go = () => {
    count += 1;
    next = setImmediate(go);
  };
  next = setImmediate(go);
  await start(() => count);
  clearImmediate(next);
  return count;
}

/** A client whose picture comes as it is, and one whose fetch has no streams. */
const received = {
  "a download": () => new Response(picture),
  "a download that is no stream": () => ({
    status: 200,
    headers: new Headers(),
    body: null,
    blob: async () => new Blob([picture]),
  }),
};

const hashed = {
  bytes: () => md5(picture),
  "a buffer": () => md5(picture.buffer.slice(picture.byteOffset, picture.byteOffset + picture.length)),
  "a Blob": () => md5(new Blob([picture])),
  "a Response": () => md5(new Response(picture)),
  "many small ones": async () => {
    for (let start = 0; start < picture.length; start += MIB / 4) await md5(picture.subarray(start, start + MIB / 4));
  },
  ...Object.fromEntries(
    Object.entries(received).map(([name, answer]) => [
      name,
      () => new WebWx(session, { fetch: async () => answer() }).download("1"),
    ]),
  ),
};

for (const [name, hash] of Object.entries(hashed)) {
  test(`${name}: each MiB that takes 20 ms is followed by a turn`, async (t) => {
    clock(t, 20);
    assert.ok((await counted(hash)) >= 8);
  });
}

test("between two reports of progress there are as many turns as the time wants", async (t) => {
  clock(t, 20);
  const reports = [];
  await counted((turns) => md5(picture, { onProgress: ({ loaded }) => reports.push([loaded / MIB, turns()]) }));
  assert.deepEqual(reports.map(([loaded]) => loaded), [0, 4, 8]);
  const [begin, middle, end] = reports.map(([, turns]) => turns);
  assert.ok(middle - begin >= 4 && end - middle >= 4, JSON.stringify(reports));
});

test("where the clock does not move, 16 MiB are followed by a turn, and less by none", async (t) => {
  clock(t, 0);
  await md5(new Uint8Array(MIB));
  const turns = await counted(() => md5(new Uint8Array(64 * MIB)));
  assert.ok(turns >= 4 && turns <= 6, `${turns}`);
});

for (const [name, source] of Object.entries({
  "bytes in memory": () => new Uint8Array(256 * MIB),
  "a Blob in memory": () => new Blob(Array(16).fill(new Uint8Array(16 * MIB))),
})) {
  test(`a task can abort the hash of 256 MiB: ${name}`, async () => {
    const controller = new AbortController();
    let last = 0;
    const job = md5(source(), { signal: controller.signal, onProgress: ({ loaded }) => (last = loaded) });
    setTimeout(() => controller.abort("enough"), 0);
    await assert.rejects(job, (reason) => reason === "enough");
    assert.ok(last < 256 * MIB, `aborted after ${last} bytes`);
  });
}

test("a buffer that is given away while it is hashed is an error", async (t) => {
  clock(t, 20);
  const bytes = new Uint8Array(4 * MIB);
  const job = md5(bytes);
  setImmediate(() => structuredClone(bytes.buffer, { transfer: [bytes.buffer] }));
  await assert.rejects(job, { code: "invalid-input", message: "the buffer is detached: it was transferred" });
});

test("what gives the turns keeps no process alive", async () => {
  const digest = await fresh(`
    initSync(wasm);
    answer = await md5(new Uint8Array(${32 * MIB}));
  `);
  assert.equal(digest, await md5(new Uint8Array(32 * MIB)));
});

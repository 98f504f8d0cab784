/** A bench in Node: a process of its own for each, which is told its job and tells what came of it. */
import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";
import { calls, coldStart } from "./calls.mjs";

process.once("message", async (job) => {
  if (!job.toBase64) {
    // Before anything is loaded: some look for it then.
    delete Uint8Array.prototype.toBase64;
  }
  process.send(await (job.start ? coldStart(...job.start) : job.memory ? memory(job) : bench(job)));
  process.disconnect();
});

async function bench(job) {
  const { controlOf, run } = await import("./place.mjs");
  const { session } = job.standin;
  const cookies = { wxuin: session.uin, wxsid: session.sid, webwx_data_ticket: session.dataTicket };
  return run(job, {
    library: await import("../../dist/node.js"),
    script: () => import("../../dist/js.js"),
    peers: await import("./peers.mjs"),
    file: async (size) => ({ ...job.files[size], blob: await openAsBlob(job.files[size].path) }),
    samples: job.samples,
    standin: { info: job.standin, control: controlOf(job.standin) },
    line: job.line,
    headers: { cookie: Object.entries(cookies).map((pair) => pair.join("=")).join("; ") },
    inMemory: true,
    collect: globalThis.gc,
    Buffer,
    openssl: () => createHash("md5"),
    wechat4u: (await import("./wechat4u.mjs")).wechat4u,
  });
}

/** How much more memory is in use while a call runs, each time after a collection. */
async function memory({ files, standin, memory: { what, size } }) {
  const { watchModuleMemory } = await import("../node/module-memory.mjs");
  const moduleMemory = watchModuleMemory();
  const library = await import("../../dist/node.js");
  const call = calls(library, standin)[what];
  const blobOf = (name) => openAsBlob(files[name].path);
  const inUse = () => {
    // Twice: what the first has found in buffers is given back when the second begins.
    globalThis.gc();
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external + moduleMemory();
  };
  // What is made once and kept is made by this.
  await call(await blobOf("1 MiB"));
  const settle = async () => {
    for (let round = 0; round < 3; round += 1) {
      globalThis.gc();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return inUse();
  };
  const blob = await blobOf(size);
  const before = await settle();
  const samples = [];
  const sampling = setInterval(() => samples.push(inUse()), 20);
  const digest = await call(blob);
  clearInterval(sampling);
  return { digest, before, samples, after: await settle() };
}

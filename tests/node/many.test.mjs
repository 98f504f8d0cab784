/** Many pictures, and the memory that they take: see many.mjs. Not run on each form again. */
import { after, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as library from "webwx-image";

import { many, manySender } from "./many.mjs";
import { watchModuleMemory } from "./module-memory.mjs";
import { startStandin } from "./standin.mjs";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const moduleMemory = watchModuleMemory();

const standin = await startStandin();
after(() => standin.stop());

/** Collected more than once: what a finalizer lets go is garbage for the next time. */
async function memory() {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: heapUsed + external, module: moduleMemory() };
}

const sender = manySender(library, standin.info.session, standin.info.peer);
const send = (how, ...request) => sender[how](...request);
for (const [name, run] of Object.entries(many({ standin, send, memory }))) {
  test(name, run);
}

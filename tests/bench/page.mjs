/** A bench in a page that the stand-in serves: bundled, and called by main.mjs through the browser. */
import { controlOf, run } from "./place.mjs";
import * as peers from "./peers.mjs";

/** Files come through the page's input, so that they lie on the disk. */
window.bench = async (job) => {
  const library = await import(`${location.origin}/dist/index.js`);
  await library.default();
  const picked = Array.from(document.querySelector("input").files);
  return run(job, {
    library,
    script: () => import(`${location.origin}/dist/js.js`),
    peers,
    file: async (size) => ({ ...job.files[size], blob: picked.find(({ name }) => name === job.files[size].name) }),
    samples: job.samples,
    standin: { info: job.standin, control: controlOf(job.standin) },
    line: job.line,
    headers: {},
    inMemory: false,
    collect: window.gc,
    FileReader,
    DOMParser,
  });
};

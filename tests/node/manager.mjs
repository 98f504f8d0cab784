/**
 * The browser tests' stand-in for a userscript manager (tests/browser/manager), run in Node: its three pieces with the few
 * functions of a page and of an extension that they use.
 */
import { readFile } from "node:fs/promises";

import { projectPath } from "./standin.mjs";

const piece = (name) => readFile(projectPath(`tests/browser/manager/${name}`), "utf8");
const [gm, bridge, background] = await Promise.all(["gm.js", "bridge.js", "background.js"].map(piece));

/** Runs a piece with what it takes for its globals. */
const run = (code, globals) => new Function(...Object.keys(globals), code)(...Object.values(globals));

/**
 * Its functions, with these quirks. `opened()` resolves when the next request goes to its background, before that tells of
 * it; `idle()` when none is under way there; `stop()` lets the
 * process end.
 *
 * @param {import("../browser/manager.mjs").Quirks} [quirks]
 */
export function startManager(quirks = {}) {
  const window = {};
  const channels = [];
  const waiting = [];
  const begun = [];
  let knocked = () => {};
  let connected = () => {};
  let open = 0;

  class Channel extends MessageChannel {
    constructor() {
      super();
      channels.push(this);
    }
  }

  /** The two ends of an extension's port: what one posts, the other hears; one that is closed hears nothing more. */
  function connect() {
    const ends = [0, 1].map(() => ({ heard: [], closed: [] }));
    let isOpen = true;
    const [page, worker] = [0, 1].map((side) => ({
      postMessage: (data) => queueMicrotask(() => isOpen && ends[1 - side].heard.forEach((hear) => hear(structuredClone(data)))),
      disconnect() {
        queueMicrotask(() => {
          if (isOpen) {
            isOpen = false;
            open -= 1;
            ends[1 - side].closed.forEach((hear) => hear());
          }
          if (open === 0) {
            waiting.splice(0).forEach((resolve) => resolve());
          }
        });
      },
      onMessage: { addListener: (hear) => ends[side].heard.push(hear) },
      onDisconnect: { addListener: (hear) => ends[side].closed.push(hear) },
    }));
    open += 1;
    begun.splice(0).forEach((resolve) => resolve());
    connected(worker);
    return page;
  }

  const chrome = { runtime: { connect, onConnect: { addListener: (hear) => (connected = hear) } } };
  run(background, { chrome, quirks });
  const listening = { addEventListener: (_, hear) => (knocked = hear), removeEventListener() {} };
  run(bridge, { chrome, window, ...listening });
  const postMessage = (data, _origin, ports) => knocked({ source: window, data, ports });
  const page = { MessageChannel: Channel, postMessage, location: {}, window, quirks };
  const functions = run(`${gm}\nreturn managerFunctions(quirks);`, page);
  return {
    ...functions,
    opened: () => new Promise((resolve) => begun.push(resolve)),
    idle: () => new Promise((resolve) => (open === 0 ? resolve() : waiting.push(resolve))),
    stop: () => channels.forEach(({ port1 }) => port1.close()),
  };
}

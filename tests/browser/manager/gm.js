/**
 * What the manager gives to a userscript, in the world where that runs. The userscript is put below it.
 *
 * @param {import("../manager.mjs").Quirks} quirks
 */
function managerFunctions(quirks) {
  const { port1: door, port2 } = new MessageChannel();
  postMessage("userscript manager", location.origin, [port2]);
  const asked = new Map();
  const started = new Set();
  let count = 0;

  /** Upload events, as far as this manager tells them. */
  function tellUpload({ upload = {} }, ...events) {
    const isDeaf = quirks.losesUploadEnd && ["loadstart", "progress", "load", "loadend"].every((name) => upload[`on${name}`]);
    for (const event of events.filter((name) => !(quirks.noUploadEvents || (isDeaf && name.startsWith("load"))))) {
      upload[`on${event}`]?.({ lengthComputable: false, loaded: 0, total: 0 });
    }
  }

  door.onmessage = async ({ data: { id, event, answer = {}, body } }) => {
    const details = asked.get(id);
    if (details !== undefined && event === "onloadstart") {
      started.add(id);
      tellUpload(details, "loadstart");
      details.onloadstart?.({ readyState: 1 });
    } else if (asked.delete(id)) {
      const response = details.responseType === "blob" ? body : await body?.text();
      if (event === "onload") {
        tellUpload(details, "progress", "load", "loadend");
      }
      details[event]?.({ ...answer, response });
    }
  };

  function GM_xmlhttpRequest(details) {
    const id = (count += 1);
    const { method = "GET", url, data, anonymous, redirect } = details;
    asked.set(id, details);
    void (async () => {
      // The platform's own encoding of a form, with its boundary.
      const encoded = new Response(data ?? null);
      const type = encoded.headers.get("content-type");
      const headers = { ...(type && { "content-type": type }), ...details.headers };
      const body = data === undefined ? null : await encoded.arrayBuffer();
      if (asked.has(id)) {
        door.postMessage({ id, method, url: String(url), headers, body, anonymous, redirect });
      }
    })();
    return {
      abort() {
        if (started.has(id) || !quirks.losesEarlyAbort) {
          door.postMessage({ id, abort: true });
        }
      },
    };
  }

  const GM = {
    xmlHttpRequest(details) {
      let running;
      const promise = new Promise((resolve, reject) => {
        const and = (settle, event) => (answer) => {
          details[event]?.(answer);
          settle?.(answer);
        };
        const onload = and(resolve, "onload");
        const onabort = and(quirks.neverSettles ? undefined : reject, "onabort");
        running = GM_xmlhttpRequest({ ...details, onload, onabort, onerror: and(reject, "onerror") });
      });
      return Object.assign(promise, { abort: running.abort });
    },
  };

  function GM_registerMenuCommand(caption, onClick) {
    // The tests choose from the menu by this event.
    document.addEventListener("userscript-menu", ({ detail }) => detail === caption && onClick());
  }

  return { GM_xmlhttpRequest, GM, GM_registerMenuCommand, unsafeWindow: window };
}

/** What the manager gives to a userscript, in the world where that runs. The userscript is put below it. */
function managerFunctions() {
  const { port1: door, port2 } = new MessageChannel();
  postMessage("userscript manager", location.origin, [port2]);
  const asked = new Map();
  let count = 0;

  door.onmessage = async ({ data: { id, event, answer = {}, body } }) => {
    const details = asked.get(id);
    if (asked.delete(id)) {
      const response = details.responseType === "blob" ? body : await body?.text();
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
    return { abort: () => door.postMessage({ id, abort: true }) };
  }

  const GM = {
    xmlHttpRequest: (details) =>
      new Promise((resolve, reject) => {
        const and = (settle, event) => (answer) => {
          details[event]?.(answer);
          settle(answer);
        };
        GM_xmlhttpRequest({ ...details, onload: and(resolve, "onload"), onerror: and(reject, "onerror") });
      }),
  };

  function GM_registerMenuCommand(caption, onClick) {
    // The tests choose from the menu by this event.
    document.addEventListener("userscript-menu", ({ detail }) => detail === caption && onClick());
  }

  return { GM_xmlhttpRequest, GM, GM_registerMenuCommand, unsafeWindow: window };
}

/**
 * A fetch made of a userscript manager's request function: it knows no CORS, and takes FormData and Blobs.
 *
 * @typedef {import("./index.js").ClientOptions} ClientOptions
 * @typedef {{ status: number, statusText?: string, responseHeaders?: string, response?: unknown, finalUrl?: string }} Answer
 */

/** Statuses whose answers have no body; Response refuses one there. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * @param {(details: object) => unknown} gm GM_xmlhttpRequest or GM.xmlHttpRequest
 * @returns {NonNullable<ClientOptions["fetch"]>}
 */
export function gmFetch(gm) {
  return (url, init) =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const failed = (/** @type {string} */ why) => () => settle(() => reject(new TypeError(`${why}: ${new URL(url).host}`)));
      const settle = (/** @type {() => void} */ end) => {
        signal?.removeEventListener("abort", abort);
        end();
      };
      const running = gm({
        method: init.method ?? "GET",
        url,
        headers: Object.fromEntries(new Headers(init.headers)),
        data: init.body ?? undefined,
        responseType: "blob",
        anonymous: init.credentials === "omit",
        redirect: init.redirect,
        onload: (/** @type {Answer} */ answer) =>
          settle(() => {
            try {
              resolve(toResponse(answer));
            } catch (cause) {
              // Status 0, say: no answer in truth.
              reject(new TypeError(`the manager's answer is none: ${new URL(url).host}`, { cause }));
            }
          }),
        onerror: failed("the manager's request failed"),
        ontimeout: failed("the manager's request timed out"),
        onabort: failed("the manager's request was aborted"),
      });
      function abort() {
        settle(() => reject(signal?.reason));
        stop(running);
      }
      signal?.addEventListener("abort", abort);
      // GM.xmlHttpRequest's promise fails beside onerror, which has told us.
      Promise.resolve(running).catch(() => {});
    });
}

/** @param {Answer} answer */
function toResponse({ status, statusText, responseHeaders, response }) {
  const headers = new Headers();
  for (const line of (responseHeaders ?? "").split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) {
      try {
        headers.append(line.slice(0, colon).trim(), line.slice(colon + 1).trim());
      } catch {
        // A header that the platform does not take is of no use to us either.
      }
    }
  }
  const body = WITHOUT_BODY.has(status) ? null : /** @type {BodyInit | null} */ (response ?? null);
  // A Response takes Latin-1 there alone; nothing here reads it.
  const reason = statusText ?? "";
  return new Response(body, { status, statusText: /^[\x20-\x7e]*$/.test(reason) ? reason : "", headers });
}

/**
 * GM_xmlhttpRequest gives an object with `abort`; GM.xmlHttpRequest a promise that has it in some managers.
 *
 * @param {unknown} running
 */
function stop(running) {
  const { abort } = /** @type {{ abort?: unknown }} */ (running ?? {});
  if (typeof abort === "function") {
    abort.call(running);
  }
}

/**
 * A fetch made of a userscript manager's request function: it knows no CORS, and takes FormData and Blobs.
 *
 * @typedef {import("./index.js").ClientOptions} ClientOptions
 * @typedef {NonNullable<ClientOptions["fetch"]>} Fetch
 * @typedef {Parameters<Fetch>[1]} FetchInit
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} [statusText]
 * @property {string} [responseHeaders]
 * @property {unknown} [response]
 * @property {string} [finalUrl]
 * @property {string} [responseURL] the name that some managers have for `finalUrl`
 */

// Taken when the script is loaded: a page may replace it later.
const { defineProperty } = Object;

/** Statuses whose answers have no body; Response refuses one there. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * @param {(details: object) => unknown} gm GM_xmlhttpRequest or GM.xmlHttpRequest
 * @returns {Fetch}
 */
export function gmFetch(gm) {
  /** Origins whose answers came from elsewhere: no request goes there any more, not even a retry. @type {Set<string>} */
  const distrusted = new Set();
  /** @type {Fetch} */
  const fetch = (url, init) => request(gm, url, init, distrusted);
  // The module calls it as `fetch.call(…)`. With a method of its own, it is not handed to a Function.prototype.call of the page's.
  const call = (/** @type {unknown} */ _self, /** @type {string} */ url, /** @type {FetchInit} */ init) => fetch(url, init);
  return defineProperty(fetch, "call", /** @type {PropertyDescriptor} */ ({ __proto__: null, value: call }));
}

/**
 * @param {(details: object) => unknown} gm
 * @param {string} url
 * @param {FetchInit} init
 * @param {Set<string>} distrusted
 * @returns {Promise<Response>}
 */
const request = (gm, url, init, distrusted) =>
  new Promise((resolve, reject) => {
    const { signal } = init;
    const { host, origin } = new URL(url);
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    if (distrusted.has(origin)) {
      reject(new TypeError(`not sent: an earlier request to ${host} was redirected to another origin`));
      return;
    }
    /** @type {unknown} */
    let running;
    const settle = (/** @type {() => void} */ end) => {
      signal?.removeEventListener("abort", abort);
      end();
    };
    const failed = (/** @type {string} */ why) => () => settle(() => reject(new TypeError(`${why}: ${host}`)));
    running = gm({
      method: init.method ?? "GET",
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      data: init.body ?? undefined,
      responseType: "blob",
      anonymous: init.credentials === "omit",
      redirect: init.redirect ?? "error",
      // Violentmonkey loses an abort that comes before this.
      onloadstart: () => {
        if (signal?.aborted) {
          stop(running);
        }
      },
      onload: (/** @type {Answer} */ answer) =>
        settle(() => {
          const stranger = init.redirect === "follow" ? null : strangerOf(url, answer);
          if (stranger !== null) {
            distrusted.add(origin);
            reject(new TypeError(`the manager followed a redirect from ${host} to ${stranger}`));
            return;
          }
          try {
            resolve(toResponse(answer));
          } catch (cause) {
            // Status 0, say: no answer in truth.
            reject(new TypeError(`the manager returned no valid response: ${host}`, { cause }));
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

/**
 * The host of another origin that an answer is from; null if it is from the request's own, or if the manager does not tell.
 * Only origins are compared: Violentmonkey appends a fragment of its own to the URL.
 *
 * @param {string} url
 * @param {Answer} answer
 */
function strangerOf(url, { finalUrl, responseURL }) {
  const final = finalUrl || responseURL || url;
  try {
    const { origin, host } = new URL(final, url);
    return origin === new URL(url).origin ? null : host;
  } catch {
    return "an unknown host";
  }
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
        // A header that the platform does not take is not needed here either.
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

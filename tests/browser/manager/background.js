/**
 * The manager's background: makes the requests of GM_xmlhttpRequest, with the user's cookies and free of CORS. To which
 * hosts it may, the manifest says, which is made from the script's @connect: the browser itself keeps to it. What `quirks`
 * holds, stands above this (manager.mjs).
 */
chrome.runtime.onConnect.addListener((port) => {
  const controller = new AbortController();
  port.onDisconnect.addListener(() => controller.abort());
  port.onMessage.addListener(async ({ url, method, headers, body, anonymous, redirect }) => {
    try {
      const answered = fetch(url, {
        method,
        headers,
        // A Blob: Node cannot send an array twice, as a redirect wants it.
        body: body === null ? null : new Blob([Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0))]),
        credentials: anonymous ? "omit" : "include",
        redirect: (quirks.ignoresRedirect ? undefined : redirect) ?? "follow",
        signal: controller.signal,
      });
      port.postMessage({ event: "onloadstart" });
      const response = await answered;
      const bytes = new Uint8Array(await response.arrayBuffer());
      port.postMessage({
        status: response.status,
        statusText: response.statusText,
        finalUrl: quirks.marksFinalUrl ? `${response.url}#VMxhr1` : response.url,
        responseHeaders: [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\r\n"),
        type: response.headers.get("content-type") ?? "",
        body: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")),
      });
    } catch (error) {
      port.postMessage({ error: String(error) });
    }
    port.disconnect();
  });
});

/**
 * The manager's background: makes the requests of GM_xmlhttpRequest, with the user's cookies and free of CORS. To which
 * hosts it may, the manifest says, which is made from the script's @connect: the browser itself keeps to it.
 */
chrome.runtime.onConnect.addListener((port) => {
  const controller = new AbortController();
  port.onDisconnect.addListener(() => controller.abort());
  port.onMessage.addListener(async ({ url, method, headers, body, anonymous, redirect }) => {
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: body === null ? null : Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0)),
        credentials: anonymous ? "omit" : "include",
        redirect: redirect ?? "follow",
        signal: controller.signal,
      });
      const bytes = new Uint8Array(await response.arrayBuffer());
      port.postMessage({
        status: response.status,
        statusText: response.statusText,
        finalUrl: response.url,
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

/** The manager's content script: carries requests from where the userscript runs to the background, as base64. */
addEventListener("message", function knocked({ source, data, ports: [door] }) {
  if (source !== window || data !== "userscript manager" || door === undefined) {
    return;
  }
  removeEventListener("message", knocked);
  const running = new Map();
  door.onmessage = ({ data: { id, abort, body, ...request } }) => {
    if (abort) {
      running.get(id)?.disconnect();
      running.delete(id);
      door.postMessage({ id, event: "onabort" });
      return;
    }
    const port = chrome.runtime.connect();
    running.set(id, port);
    port.onMessage.addListener(({ event, error, body: answer, type, ...rest }) => {
      if (event !== undefined) {
        door.postMessage({ id, event });
        return;
      }
      running.delete(id);
      if (error !== undefined) {
        door.postMessage({ id, event: "onerror", answer: { status: 0, error } });
        return;
      }
      const bytes = Uint8Array.from(atob(answer), (letter) => letter.charCodeAt(0));
      door.postMessage({ id, event: "onload", answer: { ...rest, readyState: 4 }, body: new Blob([bytes], { type }) });
    });
    const letters = body && Array.from(new Uint8Array(body), (byte) => String.fromCharCode(byte)).join("");
    port.postMessage({ ...request, body: letters === null ? null : btoa(letters) });
  };
});

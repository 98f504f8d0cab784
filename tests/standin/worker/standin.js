/**
 * The stand-in in a service worker: on a static host it answers what the demo asks of WeChat Web. It is the same Rust as the
 * server of `npm start`, compiled to WebAssembly. What it knows ends with the worker, which the browser stops when it is idle.
 */
importScripts("standin/standin_worker.js");

/* global wasm_bindgen -- which that script declares */
const bindings = wasm_bindgen;

/** Made-up origins: requests to them never leave this worker. */
const PAGE = "https://page.standin.invalid";
const FILE = "https://file.standin.invalid";
const GATEWAY = "https://gateway.standin.invalid";

/** Where the page asks for the session and the messages, on whichever host it is. */
const HANDLES = "/__standin/";

const standin = bindings({ module_or_path: new URL("standin/standin_worker_bg.wasm", location.href) }).then(
  () => new bindings.Standin(PAGE, FILE, GATEWAY),
);

/** The address in the stand-in's world; null for what is none of its business. */
function addressOf(text) {
  const url = new URL(text);
  if (url.origin === self.location.origin) {
    return url.pathname.startsWith(HANDLES) ? `${PAGE}${url.pathname}${url.search}` : null;
  }
  return [PAGE, FILE, GATEWAY].includes(url.origin) ? text : null;
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A body that breaks off where the connection was cut. */
const broken = (bytes) =>
  new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull: (controller) => controller.error(new Error("cut, as ordered")),
  });

async function answer(request, address) {
  const body = new Uint8Array(await request.arrayBuffer());
  const credentials = request.credentials !== "omit";
  const answered = (await standin).handle(request.method, address, [...request.headers].flat(), body, credentials);
  await wait(answered.delayMs);
  if (answered.status === 0) {
    return Response.error();
  }
  const headers = new Headers();
  for (let at = 0; at < answered.headers.length; at += 2) {
    headers.append(answered.headers[at], answered.headers[at + 1]);
  }
  const bytes = answered.body;
  return new Response(answered.isCut ? broken(bytes) : bytes.length > 0 ? bytes : null, { status: answered.status, headers });
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
// A page that was loaded past this worker asks to be taken.
self.addEventListener("message", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const address = addressOf(event.request.url);
  if (address !== null) {
    event.respondWith(answer(event.request, address));
  }
});

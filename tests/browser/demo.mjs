/** What the tests of the demo page have in common: its pictures, and how to use and read it. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { projectPath } from "./harness.mjs";

export const sample = projectPath("www/pictures/sample.jpg");
export const small = projectPath("www/pictures/small.png");
export const moving = projectPath("www/pictures/moving.gif");

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

export const pick = (page, ...paths) => page.choose("#pick", ...paths);
export const phase = (page, name) => page.waitFor(`.card[data-phase="${name}"]`);
export const textOf = (page, selector) => page.$eval(selector, (element) => element.innerText);

/** A description list as an object: its terms are the keys. */
export const factsOf = (page, selector) =>
  page.$eval(selector, (list) =>
    Object.fromEntries(
      [...list.querySelectorAll(".fact")].map((fact) => [fact.children[0].textContent, fact.children[1].textContent]),
    ),
  );

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Serves these folders of the project and nothing else: the demo page without a stand-in behind it. */
export async function servePages(...folders) {
  const server = createServer(async (request, response) => {
    const path = request.url.slice(1).replace(/\/$/, "/index.html");
    const served = folders.some((folder) => path.startsWith(`${folder}/`));
    const bytes = served && (await readFile(projectPath(path)));
    response.writeHead(served ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" });
    response.end(bytes || "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

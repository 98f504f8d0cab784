/**
 * The package as a user has it: packed once, and installed by npm into a throw-away folder. By npm, since what counts is
 * what it takes from the tarball; without the network, since the package has no dependencies.
 *
 * The stand-in serves the folder, with the consumers' pages, under /www/.
 */
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { projectPath } from "../node/standin.mjs";

const run = promisify(execFile);
const npm = (args, cwd) => run(process.platform === "win32" ? "npm.cmd" : "npm", [...args, "--loglevel=error"], { cwd });

/** Packs a copy of the project into a new folder and gives the tarball's path and the names of the files in it. */
export async function pack(project = projectPath(".")) {
  const folder = await mkdtemp(join(tmpdir(), "webwx-image-"));
  const { stdout } = await npm(["pack", "--json", "--ignore-scripts", "--pack-destination", folder], project);
  const [{ filename, files }] = JSON.parse(stdout);
  return {
    folder,
    tarball: join(folder, filename),
    files: files.map(({ path }) => path).sort(),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Packs, installs, and puts the consumers beside the installation. */
export async function install() {
  const { folder, tarball, remove } = await pack();
  const www = join(folder, "www");
  await mkdir(www);
  await writeFile(join(www, "package.json"), `{ "private": true, "type": "module" }`);
  await npm(["install", "--offline", "--no-audit", "--no-fund", tarball], www);
  await cp(fileURLToPath(new URL("consumers/", import.meta.url)), www, { recursive: true });
  await cp(projectPath("www/pictures/sample.jpg"), join(www, "picture.jpg"));
  return { folder, www, remove };
}

/** Serves a folder's scripts and modules to pages of any origin, as a CDN does. */
export async function serveFiles(folder) {
  const server = createServer(({ url }, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("content-type", url.endsWith(".wasm") ? "application/wasm" : "text/javascript");
    createReadStream(join(folder, url)).on("error", () => response.writeHead(404).end()).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

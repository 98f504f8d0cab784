/** Each bundler, with no more options than it needs: from a folder with main.js to one that can be served. */
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { VERSION as rolldownVersion, rolldown } from "rolldown";
import * as vite from "vite";
import webpack from "webpack";

const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>`;

/** These leave the module's URL as it stands in the script: the file has to be put beside theirs. */
async function putModuleBeside(from, to) {
  const wasm = createRequire(join(from, "main.js")).resolve("webwx-image/webwx_image_bg.wasm");
  await copyFile(wasm, join(to, "webwx_image_bg.wasm"));
}

const viteOptions = { configFile: false, logLevel: "error", base: "./" };

/** @type {Record<string, { version: string, build(from: string, to: string): Promise<void> }>} */
export const bundlers = {
  Vite: {
    version: vite.version,
    async build(from, to) {
      await vite.build({ ...viteOptions, root: from, build: { outDir: to, target: "es2022" } });
    },
  },
  webpack: {
    version: webpack.version,
    async build(from, to) {
      const compiler = webpack({
        mode: "production",
        context: from,
        entry: "./main.js",
        output: { path: to, filename: "main.js" },
        // It would warn of every module above 244 KiB.
        performance: { hints: false },
      });
      const stats = await promisify(compiler.run.bind(compiler))();
      await promisify(compiler.close.bind(compiler))();
      if (stats.hasErrors() || stats.hasWarnings()) {
        throw new Error(stats.toString());
      }
      await writeFile(join(to, "index.html"), page);
    },
  },
  Rolldown: {
    version: rolldownVersion,
    async build(from, to) {
      const bundle = await rolldown({ input: join(from, "main.js"), platform: "browser" });
      await bundle.write({ dir: to, minify: true });
      await bundle.close();
      await putModuleBeside(from, to);
      await writeFile(join(to, "index.html"), page);
    },
  },
  esbuild: {
    version: esbuild.version,
    async build(from, to) {
      await esbuild.build({
        entryPoints: [join(from, "main.js")],
        outdir: to,
        bundle: true,
        minify: true,
        format: "esm",
        logLevel: "error",
      });
      await putModuleBeside(from, to);
      await writeFile(join(to, "index.html"), page);
    },
  },
};

/** Both sides of a rendered page: what runs on the server, as a path, and the browser's folder. */
export async function buildBothSides(from, to) {
  await bundlers.Vite.build(from, to);
  const server = join(dirname(to), "server");
  await mkdir(server, { recursive: true });
  await vite.build({ ...viteOptions, root: from, build: { outDir: server, ssr: "app.js" } });
  return join(server, "app.js");
}

/**
 * Vite's development server. It stands before the stand-in's page host and file host, as an application's server would.
 *
 * @param {string} root
 * @param {{ origin: string, fileOrigin: string }} standin
 */
export async function serveByVite(root, { origin, fileOrigin }) {
  // Its own builds leave "production" here.
  delete process.env.NODE_ENV;
  const to = (target) => ({ target, changeOrigin: true });
  const server = await vite.createServer({
    ...viteOptions,
    root,
    base: "/",
    server: {
      // At its usual port, or the next that is free.
      host: "127.0.0.1",
      proxy: {
        "/cgi-bin/mmwebwx-bin/webwxuploadmedia": to(fileOrigin),
        "/cgi-bin": to(origin),
        "/__standin": to(origin),
        "/www/picture.jpg": to(origin),
      },
    },
  });
  await server.listen();
  const { port } = server.httpServer.address();
  return { origin: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/**
 * The stand-in as a process of its own. STANDIN is the path of its binary.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A file of the project, as a path. */
export const projectPath = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const binary = () => process.env.STANDIN ?? `${process.env.CARGO_TARGET_DIR ?? projectPath("target")}/debug/standin`;

/**
 * Starts a stand-in that serves this project's pages too.
 *
 * `info` is the line that it prints when it is ready. `journal()` gives its requests, or those of one endpoint
 * without a browser's preflights; `faults(...)` orders faults; `reset()` makes its world as new; `control` speaks to any of its handles:
 * `control("GET", "messages")`. `stop()` lets it end, `kill()` ends it in the middle of whatever it does.
 *
 * @param {...string} options further options of its command line
 */
export async function startStandin(...options) {
  const child = spawn(binary(), ["--json", "--stdin-bound", "--serve", projectPath("."), ...options], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    ended.then(([code]) => {
      throw new Error(`the stand-in ended with code ${code} before it was ready`);
    }),
  ]);
  const info = JSON.parse(line);

  async function control(method, name, body) {
    const { status, text } = await exchange(method, `${info.origin}/__standin/${name}`, body && JSON.stringify(body));
    if (status !== 200) {
      throw new Error(`${method} ${name}: ${status} ${text}`);
    }
    return text === "" ? null : JSON.parse(text);
  }

  async function journal(endpoint) {
    const all = await control("GET", "journal");
    const isAsked = ({ method, path }) => method !== "OPTIONS" && path.endsWith(`/${endpoint}`);
    return endpoint === undefined ? all : all.filter(isAsked);
  }

  return {
    info,
    control,
    journal,
    faults: (...faults) => control("POST", "faults", faults),
    reset: () => control("POST", "reset"),
    async stop() {
      child.stdin.end();
      await ended;
    },
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/**
 * A port for `--port`, free with the two behind it. It lies below those that the system gives to others, so that it is
 * still there when a stand-in comes back to it.
 */
export async function fixedPort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (free.every(Boolean)) {
      return port;
    }
  }
}

async function isFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** Not fetch: tests put their own in its place, and it would not take the stand-in's certificate. */
async function exchange(method, url, body) {
  const request = (url.startsWith("https:") ? requestHttps : requestHttp)(url, { method, rejectUnauthorized: false });
  request.end(body);
  const [response] = await once(request, "response");
  const pieces = await response.toArray();
  return { status: response.statusCode, text: Buffer.concat(pieces).toString() };
}

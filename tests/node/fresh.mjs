/**
 * What a program does that has not loaded anything yet: a new process for each.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const dist = new URL("../../dist/", import.meta.url);
export const wasm = new URL("webwx_image_bg.wasm", dist);

const run = promisify(execFile);

/**
 * Runs `script` as a module and gives what it left in `answer`.
 *
 * The names at hand: `library` (dist/index.js, nothing loaded), `wasm` (the module's bytes), `failure(promise)`
 * (code, message and cause of a rejection).
 *
 * @param {string} script
 * @returns {Promise<any>}
 */
export async function fresh(script) {
  const program = `
    import { readFileSync } from "node:fs";
    import * as library from ${JSON.stringify(new URL("index.js", dist).href)};
    const { default: init, initSync, parseMessage, md5, WebwxError } = library;
    const wasm = readFileSync(new URL(${JSON.stringify(wasm.href)}));
    const failure = (promise) =>
      Promise.resolve(promise).then(
        () => "no failure",
        (error) => ({
          is: WebwxError.is(error),
          code: error.code,
          message: error.message,
          status: error.status,
          retryable: error.retryable,
          cause: error.cause?.name,
        }),
      );
    const thrown = (call) => failure(new Promise(() => call()));
    let answer;
    ${script}
    console.log(JSON.stringify(answer));
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program], {
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
  });
  return JSON.parse(stdout);
}

/**
 * Makes a place whose policy forbids WebAssembly, or that has none. In isolated worlds the error has no text. Node's own
 * fetch is WebAssembly as well, and keeps it.
 */
export const FORBIDDEN = `
  new Request("data:,");
  const refuse = function () { throw new WebAssembly.CompileError(); };
  WebAssembly.compile = async () => refuse();
  WebAssembly.compileStreaming = WebAssembly.compile;
  WebAssembly.Module = refuse;
`;
export const MISSING = `
  const theirs = WebAssembly;
  const get = () => (new Error().stack.includes("node:internal/deps") ? theirs : undefined);
  Object.defineProperty(globalThis, "WebAssembly", { get });
`;

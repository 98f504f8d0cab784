/** The stand-in as a child process that lives no longer than this one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { Complaint } from "./options.mjs";

/**
 * @param {{ root: string, port: string, filehelper: boolean }} options `root` holds the www and dist that it serves; `filehelper`:
 *   whether the File Transfer Helper's page is served too
 */
export async function startStandin({ root, port, filehelper }) {
  const program = process.env.STANDIN;
  if (!program) {
    throw new Complaint("STANDIN must name the stand-in's program: cargo build -p standin makes target/debug/standin");
  }
  const args = ["--json", "--stdin-bound", "--serve", root, "--port", port, ...(filehelper ? ["--filehelper"] : [])];
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve) => child.on("close", resolve).on("error", resolve));

  const line = once(createInterface(child.stdout), "line").then(([text]) => text);
  const first = await Promise.race([line, ended.then(() => null)]);
  if (first === null) {
    throw new Complaint(`the stand-in did not start: ${said.trim() || program}`);
  }
  const stop = () => {
    child.stdin.end();
    return ended;
  };
  return { info: JSON.parse(first), ended, stop };
}

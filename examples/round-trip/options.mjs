/** What the user asked for, and the picture that it names. */
import { readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { WebwxError, inspectImage } from "webwx-image";

/** What is said to the user in one line, without a stack. */
export class Complaint extends Error {}

const USAGE = "usage: npm start -- [IMAGE] [--once] [--json] [--port N] [--filehelper]";

/**
 * @param {string[]} args
 * @param {string} root the project's folder, where the bundled picture lies
 */
export function options(args, root) {
  let values;
  let positionals;
  try {
    ({ values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        once: { type: "boolean" },
        json: { type: "boolean" },
        port: { type: "string" },
        filehelper: { type: "boolean" },
      },
    }));
  } catch (error) {
    throw new Complaint(`${error.message.split(". ")[0]}; ${USAGE}`);
  }
  const { once = false, json = false, port = "0", filehelper = false } = values;
  if (positionals.length > 1) {
    throw new Complaint(`one picture at a time; ${USAGE}`);
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_531) {
    throw new Complaint(`--port ${port}: a number up to 65531 is needed, and the four ports after it; ${USAGE}`);
  }
  // npm runs its scripts in the project's folder and tells in INIT_CWD where the user stood.
  const here = process.env.INIT_CWD ?? process.cwd();
  const path = positionals.length === 1 ? resolve(here, positionals[0]) : join(root, "www/pictures/sample.jpg");
  return { path: relative(here, path).startsWith("..") ? path : relative(here, path), once, json, port, filehelper };
}

/**
 * The picture as a File, or a complaint that names it.
 *
 * @param {string} path
 */
export async function readPicture(path) {
  let bytes;
  try {
    bytes = await readFile(resolve(process.env.INIT_CWD ?? process.cwd(), path));
  } catch (error) {
    const reasons = { ENOENT: "there is no such file", EISDIR: "this is a folder", EACCES: "it may not be read" };
    throw new Complaint(`${path}: ${reasons[error.code] ?? error.message}`);
  }
  const picture = new File([bytes], basename(path));
  try {
    await inspectImage(picture);
  } catch (error) {
    throw WebwxError.is(error) ? new Complaint(`${path}: ${error.message}`) : error;
  }
  return picture;
}

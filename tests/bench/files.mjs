/** What is hashed and sent: files of target/bench, made once; and the site that the pages are served from. */
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { bmp, sample } from "../node/pictures.mjs";
import { projectPath } from "../node/standin.mjs";

const FOLDER = projectPath("target/bench");
const UNITS = { KiB: 1024, MiB: 1024 * 1024, MB: 1_000_000 };

/** A picture of that size, "5 MiB" say, a photo where it is in MB: where it lies, its MD5, and its base64 where it is the one for that. */
export async function fileOf(size) {
  const [number, unit] = size.split(" ");
  const name = `${number}-${unit}.${unit === "MB" ? "jpg" : "bmp"}`;
  const path = `${FOLDER}/${name}`;
  const length = number * UNITS[unit];
  await mkdir(FOLDER, { recursive: true });
  const known = await stat(path).catch(() => undefined);
  if (known?.size !== length) {
    await writeFile(path, unit === "MB" ? photo(length) : noise(length));
  }
  const bytes = await readFile(path);
  const text = size === "8 MiB" ? bytes.toString("base64") : undefined;
  return { name, path, text, digest: createHash("md5").update(bytes).digest("hex") };
}

/** A real JPEG whose metadata make it as long as a phone's photos are, as a phone's own maker notes and thumbnails do in part. */
function photo(length) {
  const [begin, rest] = [sample.subarray(0, 2), sample.subarray(2)];
  const segments = [];
  for (let left = length - sample.length; left > 0; left -= 65_537) {
    const segment = noise(4 * Math.ceil(Math.max(4, Math.min(left, 65_537)) / 4)).subarray(0, Math.max(4, Math.min(left, 65_537)));
    segment.writeUInt16BE(0xffef, 0);
    segment.writeUInt16BE(segment.length - 2, 2);
    segments.push(segment);
  }
  return Buffer.concat([begin, ...segments, rest]).subarray(0, length);
}

/** The head of a picture, and then what no algorithm has an easy time with: xorshift32 (Marsaglia, 2003). */
function noise(length) {
  const words = new Uint32Array(length / 4);
  let word = 1;
  for (let index = 0; index < words.length; index += 1) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[index] = word;
  }
  const bytes = Buffer.from(words.buffer);
  bmp().copy(bytes);
  return bytes;
}

/** The messages with one picture, as they come: plain, escaped, behind a prefix. */
export async function samples() {
  const folder = projectPath("tests/fixtures/messages");
  const names = "attrorder escaped escaped_group_prefix group_prefix minimal sechash_live seed_gateway_hd".split(" ");
  const files = (await readdir(folder)).filter((file) => names.includes(/^img_(\w+)\./.exec(file)?.[1]));
  return Promise.all(files.sort().map((file) => readFile(`${folder}/${file}`, "utf8")));
}

/** Makes the site: the package as it is published, the bench's page, and hash-wasm's MD5 by itself. */
export async function site() {
  const folder = `${FOLDER}/site`;
  await rm(folder, { recursive: true, force: true });
  await cp(projectPath("dist"), `${folder}/dist`, { recursive: true, filter: (path) => !path.endsWith(".map") });
  const own = projectPath("tests/bench");
  const shared = { bundle: true, minify: true, logLevel: "warning", absWorkingDir: own };
  await build({ ...shared, entryPoints: ["page.mjs"], format: "iife", outfile: `${folder}/www/bench.js` });
  const alone = { contents: 'export { createMD5 } from "hash-wasm";', resolveDir: own };
  await build({ ...shared, stdin: alone, format: "esm", outfile: `${folder}/www/hash-wasm.js` });
  return folder;
}

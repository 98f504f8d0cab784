/** Where the figures were taken, and with which versions. */
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { arch, cpus, totalmem, type } from "node:os";
import { projectPath } from "../node/standin.mjs";

/** @param {string} chromium what the browser says of itself */
export async function machine(chromium) {
  return {
    cpu: cpus()[0].model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    os: `${await distribution()} (${arch()})`,
    versions: {
      "webwx-image": (await json("package.json")).version,
      node: process.versions.node,
      openssl: process.versions.openssl,
      chromium: chromium.replace(/^.*\//, ""),
      rust: execFileSync("rustc", ["--version"], { cwd: projectPath("."), encoding: "utf8" }).split(" ")[1],
      ...(await peers("tests/bench")),
      wechat4u: (await json("node_modules/wechat4u/package.json")).version,
    },
  };
}

const json = async (path) => JSON.parse(await readFile(projectPath(path), "utf8"));

async function peers(folder) {
  const { devDependencies } = await json(`${folder}/package.json`);
  const installed = async (name) => [name, (await json(`${folder}/node_modules/${name}/package.json`)).version];
  return Object.fromEntries(await Promise.all(Object.keys(devDependencies).map(installed)));
}

/** Linux says its name in a file. */
async function distribution() {
  const release = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(release)?.[1] ?? type();
}

/**
 * What every browser test stands on: the stand-in as a process, and a Chromium of its own.
 *
 * STANDIN is the path of the stand-in's binary, CHROME_PATH that of Chromium.
 */

import puppeteer from "puppeteer-core";

export { projectPath, startStandin } from "../node/standin.mjs";

/**
 * Launches Chromium with an empty profile. It finds this machine and the given hosts, and no other: no test can reach
 * the real service.
 *
 * @param {object} [options]
 * @param {Record<string, string>} [options.hosts] host names, `*` allowed, and the origin that answers for each: so
 *   that a page can live at its real name. The certificate of such a host is not checked.
 * @param {string[]} [options.args]
 */
export function launchChromium({ hosts = {}, args = [], ...options } = {}) {
  const mapped = Object.entries(hosts).map(([name, origin]) => `MAP ${name} ${new URL(origin).host}`);
  const rules = [...mapped, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1", "EXCLUDE localhost"];
  return puppeteer.launch({
    ...options,
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    acceptInsecureCerts: mapped.length > 0,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--host-resolver-rules=${rules.join(",")}`,
      ...(mapped.length > 0 ? ["--ignore-certificate-errors"] : []),
      ...args,
    ],
  });
}

/** Collects whatever a page complains about: uncaught errors, and errors and warnings on its console. */
export function complaints(page) {
  const heard = [];
  page.on("pageerror", (error) => heard.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) {
      heard.push(message.text());
    }
  });
  return heard;
}

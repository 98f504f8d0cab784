/**
 * Pictures of the demo in every state, language, theme and width, to be looked at:
 *
 *     node tests/browser/demo-screenshots.mjs [--only NAME] [FOLDER]
 *
 * They go into target/screenshots/demo, unless told otherwise.
 */

import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import { arriveAt, dress, LOOKS, startPlaces, states, WIDTHS } from "./demo-states.mjs";
import { launch, projectPath } from "./harness.mjs";

const { values, positionals } = parseArgs({ options: { only: { type: "string" } }, allowPositionals: true });
const folder = positionals[0] ?? projectPath("target/screenshots/demo");
await mkdir(folder, { recursive: true });
const places = await startPlaces();
const browser = await launch();

/** The whole page at this width, as high as it is. */
async function take(page, name, width) {
  for (const look of LOOKS) {
    await dress(page, look);
    await page.resize(width, 900);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.resize(width, Math.max(900, height));
    await page.screenshot(`${folder}/${name}-${width}-${look.language}-${look.theme}.png`);
  }
}

try {
  for (const name of Object.keys(states).filter((state) => state.includes(values.only ?? ""))) {
    const page = await browser.page();
    await page.resize(1280, 900);
    await arriveAt(page, places, name);
    for (const width of WIDTHS) {
      await take(page, name, width);
    }
    await page.close();
    console.log(name);
  }
} finally {
  await browser.close();
  await places.stop();
}

/**
 * Makes docs/demo.png, the picture in the README: the demo page as it is after a visitor sent a picture.
 *
 *     npm run screenshot
 *
 * STANDIN and CHROME_PATH name the programs, as in the tests.
 */

import { phase, pick, sample } from "../tests/browser/demo.mjs";
import { launch, projectPath, startStandin, visit } from "../tests/browser/harness.mjs";

const WIDTH = 1120;
const HEIGHT = 730;
const target = process.argv[2] ?? projectPath("docs/demo.png");

const standin = await startStandin();
const browser = await launch();
try {
  await visit(browser, async (page) => {
    await page.resize(WIDTH, HEIGHT);
    await page.goto(`${standin.info.origin}/www/`);
    await page.waitFor("body[data-ready]");
    await pick(page, sample);
    await phase(page, "ready");
    await page.click(".card .action");
    await phase(page, "sent");
    await page.evaluate(() => document.activeElement?.blur());
    await page.until(() => document.getAnimations().every(({ playState }) => playState !== "running"));
    await page.screenshot(target);
  });
} finally {
  await browser.close();
  await standin.stop();
}
console.log(target);

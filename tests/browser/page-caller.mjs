/** bad-days.mjs's caller in a page that the stand-in serves. */
import { caller } from "../node/bad-days.mjs";

/**
 * @param {Awaited<ReturnType<typeof import("./harness.mjs").launch>>} browser
 * @param {object} info the stand-in's first line
 * @returns {Promise<ReturnType<typeof caller>>}
 */
export async function pageCaller(browser, { origin, fileOrigin }) {
  const page = await browser.page();
  await page.goto(origin);
  await page.evaluate(
    async (source, files) => {
      const library = await import(`${location.origin}/dist/index.js`);
      await library.default();
      const picture = await (await fetch("/www/pictures/small.png")).blob();
      const to = angular.element(document).injector().get("chatFactory").getCurrentUserName();
      const makeCaller = (0, eval)(`(${source})`);
      window.call = makeCaller(library, { ...library.sessionFromPage(), fileOrigin: files }, picture, to);
    },
    String(caller),
    fileOrigin,
  );
  return (request) => page.evaluate((plain) => window.call(plain), request);
}

/** What the tests of the demo page have in common: its pictures, and how to use and read it. */

import { createHash } from "node:crypto";
import { projectPath } from "./harness.mjs";

export const sample = projectPath("www/pictures/sample.jpg");
export const small = projectPath("www/pictures/small.png");
export const moving = projectPath("www/pictures/moving.gif");

export const md5 = (bytes) => createHash("md5").update(bytes).digest("hex");

export const pick = async (page, ...paths) => (await page.$("#pick")).uploadFile(...paths);
export const phase = (page, name) => page.waitForSelector(`.card[data-phase="${name}"]`);
export const textOf = (page, selector) => page.$eval(selector, (element) => element.innerText);

/** A description list as an object: its terms are the keys. */
export const factsOf = (page, selector) =>
  page.$eval(selector, (list) =>
    Object.fromEntries(
      [...list.querySelectorAll(".fact")].map((fact) => [fact.children[0].textContent, fact.children[1].textContent]),
    ),
  );

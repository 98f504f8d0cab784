/**
 * Draws the pictures that the project brings along: `node www/pictures/make.mjs`.
 *
 * sample.jpg is over 1 MB, so that it goes up in several chunks; small.png and moving.gif are for tests. The pixels
 * depend on nothing but the seed in scene.mjs. Chromium (CHROME_PATH) is needed only to write the JPEG.
 */

import { writeFile } from "node:fs/promises";
import puppeteer from "puppeteer-core";
import { gif, png } from "./encode.mjs";
import { drawScene } from "./scene.mjs";

const here = (name) => new URL(name, import.meta.url);

/** Has Chromium turn a PNG into a JPEG: the one thing that Node cannot do by itself. */
async function jpeg(source, quality) {
  const browser = await puppeteer.launch({
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: ["--disable-gpu", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
  });
  try {
    const page = await browser.newPage();
    const url = await page.evaluate(
      async (base64, quality) => {
        const image = new Image();
        image.src = `data:image/png;base64,${base64}`;
        await image.decode();
        const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
        canvas.getContext("2d").drawImage(image, 0, 0);
        return canvas.toDataURL("image/jpeg", quality);
      },
      source.toString("base64"),
      quality,
    );
    return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  } finally {
    await browser.close();
  }
}

/** A lamp that swings from one side to the other and back. */
function movingFrames(size, count) {
  return Array.from({ length: count }, (_, frame) => {
    const angle = Math.sin((frame / count) * 2 * Math.PI) * 0.7;
    const lampX = size / 2 + Math.sin(angle) * size * 0.55;
    const lampY = 6 + Math.cos(angle) * size * 0.55;
    return Uint8Array.from({ length: size * size }, (_, at) => {
      const x = at % size;
      const y = Math.floor(at / size);
      const away = Math.hypot(x - lampX, y - lampY);
      const along = y / lampY;
      const cord = y < lampY && Math.abs(x - (size / 2 + (lampX - size / 2) * along)) < 0.8;
      return away < 5 ? 3 : away < 11 || cord ? 2 : away < 19 ? 1 : 0;
    });
  });
}

const large = { width: 2400, height: 1600 };
const sample = await jpeg(png(large.width, large.height, drawScene(large.width, large.height)), 0.95);
await writeFile(here("sample.jpg"), sample);

const small = png(48, 32, drawScene(48, 32));
await writeFile(here("small.png"), small);

const palette = [
  [20, 30, 52],
  [58, 64, 88],
  [236, 170, 112],
  [255, 238, 204],
];
const moving = gif(64, 64, palette, 2, movingFrames(64, 16), 6);
await writeFile(here("moving.gif"), moving);

console.log(`sample.jpg ${sample.length}, small.png ${small.length}, moving.gif ${moving.length} bytes`);

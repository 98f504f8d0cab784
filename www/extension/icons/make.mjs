/** Draws the icons again: `node www/extension/icons/make.mjs`. The mark of www/icon.svg, on a ground of its own. */
import { writeFile } from "node:fs/promises";
import { png } from "../../pictures/encode.mjs";

const GROUND = [10, 107, 76];
const MARK = [255, 255, 255];

/** The bars in a square of 24: x, y, width, height, and how strongly they are drawn. */
const BARS = [
  [5, 6, 14, 3.4, 1],
  [5, 10.3, 14, 3.4, 1],
  [5, 14.6, 8.4, 3.4, 1],
  [14.6, 14.6, 4.4, 3.4, 0.55],
];

/** Samples in each direction of a pixel. */
const FINE = 8;

/** How much of the rounded ground covers a point. */
function onGround(x, y) {
  const radius = 5.2;
  const across = Math.max(Math.abs(x - 12) - (12 - radius), 0);
  const down = Math.max(Math.abs(y - 12) - (12 - radius), 0);
  return Math.hypot(across, down) <= radius;
}

function colourAt(x, y) {
  const bar = BARS.find(([left, top, width, height]) => x >= left && x < left + width && y >= top && y < top + height);
  const share = bar?.[4] ?? 0;
  return GROUND.map((value, index) => value + (MARK[index] - value) * share);
}

for (const side of [16, 32, 48, 128]) {
  const rgba = Buffer.alloc(side * side * 4);
  for (let pixel = 0; pixel < side * side; pixel += 1) {
    const sum = [0, 0, 0];
    let covered = 0;
    for (let sample = 0; sample < FINE * FINE; sample += 1) {
      const x = (((pixel % side) + ((sample % FINE) + 0.5) / FINE) * 24) / side;
      const y = ((Math.floor(pixel / side) + (Math.floor(sample / FINE) + 0.5) / FINE) * 24) / side;
      if (onGround(x, y)) {
        covered += 1;
        colourAt(x, y).forEach((value, index) => (sum[index] += value));
      }
    }
    const colour = sum.map((value) => (covered > 0 ? Math.round(value / covered) : 0));
    rgba.set([...colour, Math.round((covered * 255) / (FINE * FINE))], pixel * 4);
  }
  await writeFile(new URL(`${side}.png`, import.meta.url), png(side, side, rgba));
}

/**
 * A lake at dusk, worked out pixel by pixel: ridges fading into haze, pines on the near shore, a thin moon, and the
 * whole of it again in the water. Only integer hashes and basic arithmetic decide a pixel, so one seed is one picture.
 */

const SEED = 20250;

/** Sky from the zenith down to the horizon, as [height, red, green, blue]. */
const SKY = [
  [0.0, 16, 26, 54],
  [0.3, 38, 62, 104],
  [0.55, 108, 112, 148],
  [0.75, 206, 146, 134],
  [0.9, 245, 186, 130],
  [1.0, 252, 214, 158],
];

/** From the farthest ridge to the nearest: base and height in parts of the picture, roughness, colour. */
const RIDGES = [
  { base: 0.585, height: 0.13, scale: 2.2, colour: [176, 142, 152] },
  { base: 0.6, height: 0.115, scale: 3.1, colour: [134, 116, 140] },
  { base: 0.612, height: 0.085, scale: 4.4, colour: [92, 92, 122] },
  { base: 0.624, height: 0.06, scale: 6.2, colour: [54, 66, 94] },
  { base: 0.632, height: 0.035, scale: 9.0, colour: [28, 42, 62] },
];

const WATER_LINE = 0.63;
const MOON = { x: 0.715, y: 0.2, radius: 0.021 };

/** A well mixed 32-bit hash of two integers, as a number from 0 up to 1. */
function hash(x, y, salt = 0) {
  let h = (SEED + salt) ^ Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

const mix = (a, b, t) => a + (b - a) * t;
const clamp = (t) => Math.min(1, Math.max(0, t));
const smooth = (t) => t * t * (3 - 2 * t);
const blend = (a, b, t) => [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];

/** Value noise between the corners of a square grid. */
function noise(x, y, salt) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const tx = smooth(x - column);
  const ty = smooth(y - row);
  return mix(
    mix(hash(column, row, salt), hash(column + 1, row, salt), tx),
    mix(hash(column, row + 1, salt), hash(column + 1, row + 1, salt), tx),
    ty,
  );
}

/** Noise laid over itself at ever finer grain. */
function layered(x, y, salt, octaves) {
  let sum = 0;
  let weight = 0.5;
  for (let octave = 0; octave < octaves; octave += 1) {
    sum += weight * noise(x, y, salt + octave);
    x *= 2.03;
    y *= 2.03;
    weight *= 0.5;
  }
  return sum;
}

function skyColour(u, v, aspect) {
  const height = clamp(v / WATER_LINE);
  const upper = SKY.findIndex(([stop]) => stop >= height);
  const below = SKY[Math.max(1, upper)];
  const above = SKY[Math.max(1, upper) - 1];
  let colour = blend(above.slice(1), below.slice(1), (height - above[0]) / (below[0] - above[0]));

  // The sun went down a little left of the middle: the afterglow gathers there.
  const glow = Math.exp(-((u - 0.36) ** 2) / 0.06 - (v - WATER_LINE) ** 2 / 0.03);
  colour = blend(colour, [255, 226, 170], 0.65 * glow);

  // Long thin clouds, lit from below.
  const streak = layered(u * 3 + v * 2, v * 26, 40, 5) * layered(u * 1.3 + 7, v * 6, 50, 3);
  const cloud =
    smooth(clamp((streak - 0.2) * 5)) * smooth(clamp((0.95 - height) * 4)) * smooth(clamp(height * 3 - 0.35));
  colour = blend(colour, blend([96, 88, 128], [255, 168, 130], height ** 1.5), 0.6 * cloud);

  const dx = (u - MOON.x) * aspect;
  const dy = v - MOON.y;
  const disc = clamp((MOON.radius - Math.hypot(dx, dy)) * 900);
  const bite = clamp((MOON.radius - Math.hypot(dx + 0.011, dy + 0.006)) * 900);
  const halo = Math.exp(-Math.hypot(dx, dy) * 22);
  colour = blend(colour, [222, 226, 240], 0.16 * halo);
  return blend(colour, [255, 250, 234], clamp(disc - bite));
}

/** The skyline of one ridge at `u`, in parts of the picture's height. */
function skyline(ridge, index, u) {
  const shape = layered(u * ridge.scale + index * 11, 0.5, 70 + index * 10, 8);
  return ridge.base - ridge.height * (shape * 1.9 - 0.35);
}

/** Pines stand on the near banks: how high they reach above the water at `u`. */
function treeline(u, aspect) {
  const bank = smooth(clamp((0.34 - u) / 0.3)) + 0.8 * smooth(clamp((u - 0.74) / 0.26));
  if (bank <= 0) {
    return 0;
  }
  let reach = 0.012 * bank;
  const spacing = 0.0095;
  const first = Math.floor(u / spacing);
  for (let tree = first - 3; tree <= first + 3; tree += 1) {
    const trunk = (tree + hash(tree, 1, 90)) * spacing;
    const height = (0.05 + 0.13 * hash(tree, 2, 90) ** 1.6) * bank;
    const away = Math.abs(u - trunk) * aspect;
    // A branch every few parts of the height: the outline steps out and in again.
    const along = clamp(away / (height * 0.2));
    const jag = 0.045 * height * (noise(away * 900, tree, 95) - 0.5);
    if (along < 1) {
      reach = Math.max(reach, height * (1 - along ** 0.8) + jag);
    }
  }
  return reach;
}

/** All that changes only from column to column, worked out once for each. */
function columnOf(u, aspect) {
  return { ridges: RIDGES.map((ridge, index) => skyline(ridge, index, u)), trees: treeline(u, aspect) };
}

function landColour(u, v, aspect, column) {
  if (v > WATER_LINE - column.trees) {
    return blend([10, 18, 28], [22, 32, 44], noise(u * 300, v * 260, 99));
  }
  for (let index = RIDGES.length - 1; index >= 0; index -= 1) {
    const top = column.ridges[index];
    if (v > top) {
      const haze = smooth(clamp((v - top) / 0.09)) * (0.5 - 0.08 * index);
      const wood = (layered(u * 150, v * 190, 120 + index, 3) - 0.45) * (8 + 5 * index);
      const colour = RIDGES[index].colour.map((part) => part + wood);
      return blend(colour, [236, 190, 160], haze);
    }
  }
  return skyColour(u, v, aspect);
}

/** Draws the scene as RGBA bytes. */
export function drawScene(width, height) {
  const aspect = width / height;
  const pixels = new Uint8ClampedArray(width * height * 4);
  const columns = Array.from({ length: width }, (_, x) => columnOf(x / width, aspect));
  for (let y = 0; y < height; y += 1) {
    const v = y / height;
    for (let x = 0; x < width; x += 1) {
      let u = x / width;
      let colour;
      if (v <= WATER_LINE) {
        colour = landColour(u, v, aspect, columns[x]);
      } else {
        // The nearer the water, the longer its ripples, and the darker it lies.
        const depth = (v - WATER_LINE) / (1 - WATER_LINE);
        const ripple = layered((u * 9) / (0.12 + depth), Math.log(0.04 + depth) * 60, 140, 4) - 0.47;
        u = clamp(u + ripple * 0.012 * (0.2 + depth));
        const mirrored = WATER_LINE - (v - WATER_LINE) * 1.25 + ripple * 0.11 * (0.1 + depth);
        const seen = columns[Math.min(width - 1, Math.round(u * width))];
        colour = landColour(u, clamp(Math.min(WATER_LINE, mirrored)), aspect, seen);
        colour = blend(colour, [20, 34, 58], 0.24 + 0.42 * depth);
        colour = blend(colour, [255, 226, 186], 0.5 * Math.exp(-depth * 90));
      }
      const vignette = 1 - 0.3 * ((u - 0.5) ** 2 + (v - 0.5) ** 2);
      const grain = (hash(x, y, 1) + hash(x, y, 2) + hash(x, y, 3) - 1.5) * 9;
      const at = (y * width + x) * 4;
      pixels[at] = colour[0] * vignette + grain;
      pixels[at + 1] = colour[1] * vignette + grain;
      pixels[at + 2] = colour[2] * vignette + grain;
      pixels[at + 3] = 255;
    }
  }
  return pixels;
}

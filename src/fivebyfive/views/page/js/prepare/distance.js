// How far the nearest zero is, as OpenCV's distanceTransform has it with DIST_L2 and a mask of 5: in steps to the side,
// across, and of a knight, each of its own length, counted in 65,536ths.
// Source: G. Borgefors, Distance transformations in digital images, 1986.

/** @typedef {import("./grid.js").Grid} Grid */

const [SIDE, ACROSS, KNIGHT] = [1, 1.4, 2.1969].map((length) => Math.round(Math.fround(length) * 65536));
const FAR = 2 ** 31;
const BORDER = 2;

/** @param {Grid} mask 0, or anything else @returns {Grid} */
export function distances({ height, width, values }) {
  const row = width + 2 * BORDER;
  const found = new Float64Array(row * (height + 2 * BORDER)).fill(FAR);
  const place = (/** @type {number} */ y) => (y + BORDER) * row + BORDER;
  const steps = [
    [-2 * row - 1, KNIGHT],
    [-2 * row + 1, KNIGHT],
    [-row - 2, KNIGHT],
    [-row - 1, ACROSS],
    [-row, SIDE],
    [-row + 1, ACROSS],
    [-row + 2, KNIGHT],
    [-1, SIDE],
  ];
  const nearest = (/** @type {number} */ at, /** @type {number} */ way, /** @type {number} */ least) => {
    for (const [to, length] of steps) {
      const through = found[at + way * to] + length;
      if (through < least) least = through;
    }
    return least;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = place(y); x < width; x++, at++) found[at] = values[y * width + x] ? nearest(at, 1, FAR) : 0;
  }
  const result = new Float32Array(height * width);
  for (let y = height - 1; y >= 0; y--) {
    for (let x = width - 1, at = place(y) + x; x >= 0; x--, at--) {
      if (found[at] > SIDE) found[at] = nearest(at, -1, found[at]);
      result[y * width + x] = found[at] / 65536;
    }
  }
  return { height, width, values: result };
}

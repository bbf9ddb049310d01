// Another size, as OpenCV's resize makes it of single-precision numbers: by area when smaller, linear when larger.

/** @typedef {import("./grid.js").Grid} Grid @typedef {{at: number, share: number}[]} Taken what one new number is of */

/** A part of a source pixel below this is left out. */
const LEAST = 1e-3;

/**
 * Smaller: every new pixel is the mean of what it covers.
 * @param {Grid} grid @param {number} height @param {number} width
 */
export function byArea(grid, height, width) {
  return resized(grid, covered(grid.height, height), covered(grid.width, width));
}

/**
 * Larger: every new pixel lies between two rows and two columns.
 * @param {Grid} grid @param {number} height @param {number} width
 */
export function linear(grid, height, width) {
  return resized(grid, between(grid.height, height), between(grid.width, width));
}

/** @param {Grid} grid @param {Taken[]} rows @param {Taken[]} columns @returns {Grid} */
function resized(grid, rows, columns) {
  const [height, width] = [rows.length, columns.length];
  const across = new Float32Array(grid.height * width);
  for (let y = 0; y < grid.height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const { at, share } of columns[x]) sum += grid.values[y * grid.width + at] * share;
      across[y * width + x] = sum;
    }
  }
  const values = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (const { at, share } of rows[y]) sum += across[at * width + x] * share;
      values[y * width + x] = sum;
    }
  }
  return { height, width, values };
}

/** @param {number} from how many there are @param {number} to how many there will be @returns {Taken[]} */
function covered(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * scale, i * scale + scale];
    const whole = Math.min(scale, from - start);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(start), last);
    /** @type {Taken} */
    const taken = [];
    if (first - start > LEAST) taken.push({ at: first - 1, share: Math.fround((first - start) / whole) });
    for (let at = first; at < last; at++) taken.push({ at, share: Math.fround(1 / whole) });
    if (end - last > LEAST) {
      taken.push({ at: last, share: Math.fround(Math.min(end - last, 1, whole) / whole) });
    }
    return taken;
  });
}

/** @param {number} from @param {number} to @returns {Taken[]} */
function between(from, to) {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    const place = Math.fround((i + 0.5) * scale - 0.5);
    const at = Math.floor(place);
    if (at < 0) return [{ at: 0, share: 1 }];
    if (at >= from - 1) return [{ at: from - 1, share: 1 }];
    const share = Math.fround(place - at);
    return [
      { at, share: Math.fround(1 - share) },
      { at: at + 1, share },
    ];
  });
}

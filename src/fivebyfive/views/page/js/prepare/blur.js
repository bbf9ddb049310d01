// A Gaussian blur as OpenCV's, of single-precision numbers: its kernel reaches four sigmas, edges are mirrored.

import { toEven } from "./rounding.js";

/** @typedef {import("./grid.js").Grid} Grid */

/** @param {Grid} grid @param {number} sigma @returns {Grid} */
export function blurred({ height, width, values }, sigma) {
  const weights = kernel(sigma);
  const across = new Float32Array(values.length);
  for (let y = 0; y < height; y++) along(values, across, weights, y * width, 1, width);
  const both = new Float32Array(values.length);
  for (let x = 0; x < width; x++) along(across, both, weights, x, width, height);
  return { height, width, values: both };
}

/** @param {number} sigma */
export function kernel(sigma) {
  const size = toEven(sigma * 8 + 1) | 1;
  const middle = (size - 1) / 2;
  const found = Array.from({ length: size }, (_, i) => Math.exp((-0.5 * (i - middle) ** 2) / sigma ** 2));
  const sum = found.reduce((a, b) => a + b);
  return Float32Array.from(found, (weight) => weight / sum);
}

/**
 * One row or column, which is laid out first with what lies beyond its ends.
 * @param {ArrayLike<number>} from @param {Float32Array} to @param {Float32Array} weights
 * @param {number} start @param {number} by @param {number} count
 */
function along(from, to, weights, start, by, count) {
  const reach = (weights.length - 1) / 2;
  const line = new Float32Array(count + 2 * reach);
  let blank = true;
  for (let i = 0; i < line.length; i++) {
    line[i] = from[start + mirrored(i - reach, count) * by];
    if (line[i]) blank = false;
  }
  if (blank) return;
  for (let i = 0; i < count; i++) {
    let sum = weights[reach] * line[i + reach];
    for (let k = 0; k < reach; k++) sum += weights[k] * (line[i + k] + line[i + weights.length - 1 - k]);
    to[start + i * by] = sum;
  }
}

/** Beyond an edge, the same way back; the edge itself is not repeated. @param {number} at @param {number} count */
function mirrored(at, count) {
  if (count === 1) return 0;
  let found = at;
  while (found < 0 || found >= count) found = found < 0 ? -found : 2 * (count - 1) - found;
  return found;
}

// Whole maps, computed here: the partial map of each input channel, and what another window would give.

import { fits, folded } from "./window.js";

/** @typedef {import("./window.js").Window} Window */
/**
 * @typedef {{values: ArrayLike<number>, height: number, width: number}} Plane
 * @typedef {{values: Float32Array, height: number, width: number}} Made
 */

/** @param {{height: number, width: number}} input @param {Window} w */
export function sizeAfter(input, w) {
  return {
    height: fits(input.height, w.kernel[0], w.stride[0], w.padding.top, w.padding.bottom, w.dilation[0]),
    width: fits(input.width, w.kernel[1], w.stride[1], w.padding.left, w.padding.right, w.dilation[1]),
  };
}

/**
 * One channel, one slice of a filter.
 * @param {Plane} input @param {ArrayLike<number>} filter [kernel height, kernel width] @param {Window} w
 * @returns {Made}
 */
export function correlate(input, filter, w) {
  const { height, width } = sizeAfter(input, w);
  const values = new Float32Array(height * width);
  for (let ky = 0; ky < w.kernel[0]; ky++) {
    for (let kx = 0; kx < w.kernel[1]; kx++) {
      addShifted(
        values,
        width,
        input,
        filter[ky * w.kernel[1] + kx],
        ky * w.dilation[0] - w.padding.top,
        kx * w.dilation[1] - w.padding.left,
        w,
      );
    }
  }
  return { values, height, width };
}

/**
 * Add weight × the input moved by (dy, dx), every stride-th cell.
 * @param {Float32Array} out @param {number} columns @param {Plane} input @param {number} weight
 * @param {number} dy @param {number} dx @param {Window} w
 */
function addShifted(out, columns, input, weight, dy, dx, w) {
  const rows = columns ? out.length / columns : 0;
  for (let y = 0; y < rows; y++) {
    const iy = folded(y * w.stride[0] + dy, input.height, w.mode);
    if (iy < 0) continue;
    for (let x = 0; x < columns; x++) {
      const ix = folded(x * w.stride[1] + dx, input.width, w.mode);
      if (ix >= 0) out[y * columns + x] += weight * input.values[iy * input.width + ix];
    }
  }
}

/**
 * Several channels into one map, with the bias.
 * @param {Plane[]} inputs @param {ArrayLike<number>[]} filters a slice for each input @param {Window} w
 * @param {number} bias
 * @returns {Made}
 */
export function convolve(inputs, filters, w, bias) {
  const { height, width } = sizeAfter(inputs[0], w);
  const values = new Float32Array(height * width).fill(bias);
  inputs.forEach((input, k) => correlate(input, filters[k], w).values.forEach((v, i) => (values[i] += v)));
  return { values, height, width };
}

/**
 * The largest value, or the mean, under each window; padding never wins and never counts.
 * @param {Plane} input @param {Window} w @param {"max" | "mean"} how @returns {Made}
 */
export function pool(input, w, how) {
  const { height, width } = sizeAfter(input, w);
  const values = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) values[y * width + x] = poolAt(input, w, how, y, x);
  }
  return { values, height, width };
}

/**
 * Whether a value is the maximum rather than the best so far; the first that is no number always is.
 * @param {number} value @param {number} best
 */
export function wins(value, best) {
  return value > best || (Number.isNaN(value) && !Number.isNaN(best));
}

/** @param {Plane} input @param {Window} w @param {"max" | "mean"} how @param {number} y @param {number} x */
function poolAt(input, w, how, y, x) {
  let [most, sum, count] = [-Infinity, 0, 0];
  for (let ky = 0; ky < w.kernel[0]; ky++) {
    const iy = y * w.stride[0] - w.padding.top + ky * w.dilation[0];
    if (iy < 0 || iy >= input.height) continue;
    for (let kx = 0; kx < w.kernel[1]; kx++) {
      const ix = x * w.stride[1] - w.padding.left + kx * w.dilation[1];
      if (ix < 0 || ix >= input.width) continue;
      const value = input.values[iy * input.width + ix];
      if (wins(value, most)) most = value;
      sum += value;
      count += 1;
    }
  }
  return how === "max" ? most : sum / count;
}

// A whole pooling, each map for itself.

import { cellsUnder } from "../kinds/pooling/terms.js";
import { wins } from "../sums/convolve.js";

/**
 * @typedef {import("../types.js").Step<import("../types.js").Pooling>} Step
 * @typedef {{height: number, width: number}} Size
 */

/**
 * What each row and each column of the output looks at. The windows are the step's own, so that one that hangs over
 * the edge (ceil_mode) is there too.
 * @param {Step} step @param {Size} from of the input
 */
function cells(step, from) {
  const { height, width } = step.shape;
  return {
    rows: Array.from({ length: height }, (_, y) => cellsUnder(step, from, y, 0).rows),
    columns: Array.from({ length: width }, (_, x) => cellsUnder(step, from, 0, x).columns),
  };
}

/**
 * The largest value under each window; padding never wins.
 * @param {Step} step @param {Float32Array} x @param {Size} from of x
 */
export function maximum(step, x, from) {
  return pooled(step, from, (first, rows, columns) => {
    let best = -Infinity;
    for (const row of rows) {
      for (const column of columns) {
        const value = x[first + row * from.width + column];
        if (wins(value, best)) best = value;
      }
    }
    return best;
  });
}

/**
 * The mean of the values under each window.
 * @param {Step} step @param {Float32Array} x @param {Size} from of x
 */
export function mean(step, x, from) {
  const counts = counted(step, from);
  return pooled(step, from, (first, rows, columns, y, i) => {
    let sum = 0;
    for (const row of rows) for (const column of columns) sum += x[first + row * from.width + column];
    return sum / (counts.rows[y] * counts.columns[i]);
  });
}

/**
 * How many cells a mean divides by: so many times so many. Those inside count, and padding where the code says so.
 * @param {Step} step @param {Size} from of the input
 */
function counted(step, from) {
  const { attributes, shape } = step;
  if (!attributes.adaptive && attributes.divisor) {
    return { rows: new Array(shape.height).fill(attributes.divisor), columns: new Array(shape.width).fill(1) };
  }
  const { rows, columns } = cells(step, from);
  const all = !attributes.adaptive && attributes.count_include_pad ? attributes.padding : null;
  const count = (/** @type {number} */ first, /** @type {number} */ end) => (/** @type {number[]} */ under) =>
    under.filter((i) => i >= first && i < end).length;
  return {
    rows: rows.map(all ? count(-all.top, from.height + all.bottom) : count(0, from.height)),
    columns: columns.map(all ? count(-all.left, from.width + all.right) : count(0, from.width)),
  };
}

/**
 * @param {Step} step @param {Size} from of the input
 * @param {(first: number, rows: number[], columns: number[], y: number, x: number) => number} take the value at (y, x),
 *   of the rows and columns there that are no padding, of the map that begins at `first`
 */
function pooled(step, from, take) {
  const { channels, height, width } = step.shape;
  const { rows, columns } = cells(step, from);
  const inside = (/** @type {number[]} */ under, /** @type {number} */ size) => under.filter((i) => i >= 0 && i < size);
  const ys = rows.map((under) => inside(under, from.height));
  const xs = columns.map((under) => inside(under, from.width));
  const result = new Float32Array(channels * height * width);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    const first = c * from.height * from.width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) result[i++] = take(first, ys[y], xs[x], y, x);
    }
  }
  return result;
}

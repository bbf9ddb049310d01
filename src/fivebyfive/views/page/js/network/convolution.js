// A whole convolution. Each row of the output is a product of matrices: its windows, one after the other, times all
// filters, added up in double precision.

import { windowOf } from "../sums/window.js";
import { enough, padded } from "./padded.js";

/**
 * @typedef {import("../types.js").Shape} Shape @typedef {import("../sums/window.js").Window} Window
 * @typedef {{weight: Float32Array, bias: Float32Array | null, groups: number, window: Window}} Filters `weight`:
 *   [out, in / groups, height, width]
 * @typedef {{wide: Float64Array, bias: Float32Array | null, first: number, count: number}} Bank the filters of a group
 * @typedef {{at: number, width: number, step: number}} Line where a row stands in a map of the output, and how far the
 *   maps are from each other
 */

/** Filters in double precision, as long as somebody holds them. @type {WeakMap<Float32Array, Float64Array>} */
const WIDE = new WeakMap();
const MAPS = { values: new Float64Array(0) };
const WINDOWS = { values: new Float64Array(0) };

/**
 * A step's filters and how they move; null where they are not here.
 * @param {import("../document/document.js").Doc} doc
 * @param {import("../types.js").Step<import("../types.js").Convolution>} step @returns {Filters | null}
 */
export function filtersOf(doc, step) {
  const weight = doc.numbers(`weight/${step.index}`);
  const { groups = 1 } = step.attributes;
  return weight && { weight, bias: doc.numbers(`bias/${step.index}`), groups, window: windowOf(step.attributes) };
}

/**
 * @param {Float32Array} x @param {Shape} from of x @param {Shape} to of the output @param {Filters} filters
 * @returns {Float32Array}
 */
export function convolution(x, from, to, { weight, bias, groups, window: w }) {
  const result = new Float32Array(to.channels * to.height * to.width);
  const rows = (to.height - 1) * w.stride[0] + (w.kernel[0] - 1) * w.dilation[0] + 1;
  const columns = (to.width - 1) * w.stride[1] + (w.kernel[1] - 1) * w.dilation[1] + 1;
  const maps = enough(MAPS, from.channels * rows * columns);
  padded(x, from, { top: w.padding.top, left: w.padding.left, rows, columns, mode: w.mode }, maps);
  const wide = WIDE.get(weight) ?? Float64Array.from(weight);
  WIDE.set(weight, wide);
  const [inputs, outputs] = [from.channels / groups, to.channels / groups];
  const offsets = cells(inputs, rows * columns, columns, w);
  const windows = enough(WINDOWS, offsets.length * to.width);
  for (let group = 0; group < groups; group++) {
    for (let y = 0; y < to.height; y++) {
      const first = group * inputs * rows * columns + y * w.stride[0] * columns;
      take(maps, first, offsets, to.width, w.stride[1], windows);
      const filters = { wide, bias, first: group * outputs, count: outputs };
      row(windows, offsets.length, filters, result, { at: y * to.width, width: to.width, step: to.height * to.width });
    }
  }
  return result;
}

/**
 * Where the cells of a window stand, seen from its first.
 * @param {number} inputs maps @param {number} size cells of a map @param {number} columns of it @param {Window} w
 */
function cells(inputs, size, columns, { kernel, dilation }) {
  const found = new Int32Array(inputs * kernel[0] * kernel[1]);
  let i = 0;
  for (let c = 0; c < inputs; c++) {
    for (let ky = 0; ky < kernel[0]; ky++) {
      const first = c * size + ky * dilation[0] * columns;
      for (let kx = 0; kx < kernel[1]; kx++) found[i++] = first + kx * dilation[1];
    }
  }
  return found;
}

/**
 * The windows of a row, one after the other.
 * @param {Float64Array} maps @param {number} first @param {Int32Array} offsets @param {number} width windows
 * @param {number} stride @param {Float64Array} into
 */
function take(maps, first, offsets, width, stride, into) {
  const count = offsets.length;
  let i = 0;
  for (let x = 0; x < width; x++) {
    const at = first + x * stride;
    for (let k = 0; k < count; k++) into[i++] = maps[at + offsets[k]];
  }
}

/**
 * All filters on all windows of a row, two of each at a time, so that each number that is fetched is used twice.
 * @param {Float64Array} windows @param {number} size of a window @param {Bank} bank @param {Float32Array} out
 * @param {Line} line
 */
function row(windows, size, { wide, bias, first, count }, out, { at, width, step }) {
  for (let o = first; o < first + count; o += 2) {
    const second = o + 1 < first + count;
    const [b, c] = [bias ? bias[o] : 0, bias && second ? bias[o + 1] : 0];
    const f = o * size;
    const g = second ? f + size : f;
    const to = o * step + at;
    for (let x = 0; x < width; x += 2) {
      const i = x * size;
      const j = x + 1 < width ? i + size : i;
      let [ff, fg, gf, gg] = [b, b, c, c];
      for (let k = 0; k < size; k++) {
        const [u, v] = [windows[i + k], windows[j + k]];
        ff += u * wide[f + k];
        fg += v * wide[f + k];
        gf += u * wide[g + k];
        gg += v * wide[g + k];
      }
      out[to + x] = ff;
      if (second) out[to + step + x] = gf;
      if (j === i) continue;
      out[to + x + 1] = fg;
      if (second) out[to + step + x + 1] = gg;
    }
  }
}

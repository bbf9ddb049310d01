// The window, seen from the other side: which of the output's windows hold a cell of the input.

import { folded } from "../sums/window.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Place} Place @typedef {import("./sum.js").Grows} Grows
 * @typedef {{at: number, tap: number}} Hold a row or column of the output, and which of its window's meets the cell
 */

/**
 * Rows (axis 0) or columns (axis 1) of the output whose window holds row or column `i` of an input.
 * @param {import("../sums/window.js").Window} w @param {0 | 1} axis @param {number} i @param {number} size of the input
 * @param {number} count of the output @returns {Hold[]}
 */
export function holding(w, axis, i, size, count) {
  const before = axis ? w.padding.left : w.padding.top;
  const found = [];
  for (let at = 0; at < count; at++) {
    for (let tap = 0; tap < w.kernel[axis]; tap++) {
      if (folded(at * w.stride[axis] - before + tap * w.dilation[axis], size, w.mode) === i) found.push({ at, tap });
    }
  }
  return found;
}

/**
 * The same of a transposed window, which spreads every cell of the input over the output.
 * @param {import("../sums/window.js").Window} w @param {0 | 1} axis @param {number} i @param {number} count
 * @returns {Hold[]}
 */
export function spreading(w, axis, i, count) {
  const before = axis ? w.padding.left : w.padding.top;
  const taps = Array.from({ length: w.kernel[axis] }, (_, tap) => tap);
  return taps
    .map((tap) => ({ at: i * w.stride[axis] + tap * w.dilation[axis] - before, tap }))
    .filter(({ at }) => at >= 0 && at < count);
}

/**
 * Every output channel of the cell's group, with the filter's cell that it meets the input's with.
 * @param {Doc} doc @param {Step} step @param {Place} place in the input @param {Hold[]} rows @param {Hold[]} columns
 * @returns {Grows[] | null}
 */
export function filtered(doc, step, { channel }, rows, columns) {
  const weight = doc.numbers(`weight/${step.index}`);
  const shape = doc.shapes.get(`weight/${step.index}`);
  if (!weight || !shape) return null;
  const [filters, count, height, width] = shape;
  const each = filters / (step.attributes.groups ?? 1);
  const [group, own] = [Math.floor(channel / count), channel % count];
  /** @type {Grows[]} */
  const found = [];
  for (let k = group * each; k < (group + 1) * each; k++) {
    for (const row of rows) {
      for (const column of columns) {
        const at = ((k * count + own) * height + row.tap) * width + column.tap;
        found.push({ channel: k, y: row.at, x: column.at, weight: weight[at] });
      }
    }
  }
  return found;
}

/**
 * Of places whose sums may hold a value, those that do, and with which weight.
 * @param {Doc} doc @param {Step} step @param {Place} place in the first input @param {number[]} rows
 * @param {number[]} columns @returns {Grows[] | null}
 */
export function weighing(doc, step, place, rows, columns) {
  /** @type {Grows[]} */
  const found = [];
  for (const y of rows) {
    for (const x of columns) {
      const sum = doc.sum(step, { channel: place.channel, y, x });
      if (!sum) return null;
      const own = sum.terms.filter((t) => !t.padding && t.y === place.y && t.x === place.x);
      const weight = own.reduce((all, t) => all + t.weight, 0);
      if (weight) found.push({ channel: place.channel, y, x, weight });
    }
  }
  return found;
}

/** 0, 1, 2 … of which something holds. @param {number} count @param {(i: number) => boolean} holds */
export function which(count, holds) {
  return Array.from({ length: count }, (_, i) => i).filter(holds);
}

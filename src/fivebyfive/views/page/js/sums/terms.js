// One number as a sum: which values it was computed from, with which weights. The same as step.arithmetic, from the
// document's buffers.

import { folded } from "./window.js";

/**
 * @typedef {import("../types.js").Term} Term
 * @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {{terms: Term[], bias: number | null, total: number, remainder: number | null, left: number,
 *   chosen: boolean}} Sum
 *   `remainder`: what the `left` products that are not in `terms` add up to; `chosen`: one of the terms is the total
 */

/** @param {Term[]} terms */
export function add(terms) {
  return terms.reduce((sum, term) => sum + term.product, 0);
}

/**
 * One value of a step, weighed; beyond the edge it is padding.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {number} y @param {number} x
 * @param {number} [weight] @param {string} [mode] of the padding @returns {Term}
 */
export function cell(doc, step, channel, y, x, weight = 1, mode = "zeros") {
  const [row, column] = [folded(y, step.shape.height, mode), folded(x, step.shape.width, mode)];
  const outside = row < 0 || column < 0;
  const value = outside ? 0 : doc.value(step.index, channel, row, column);
  return { value, weight, product: value * weight, y, x, channel, padding: outside || row !== y || column !== x };
}

/** @param {Term[]} terms @param {number | null} bias @returns {Sum} */
export function sum(terms, bias) {
  return { terms, bias, total: add(terms) + (bias ?? 0), remainder: null, left: 0, chosen: false };
}

/** The filter slices of an output channel. @param {Doc} doc @param {Step} step @param {number} channel */
export function slices(doc, step, channel) {
  const weight = doc.numbers(`weight/${step.index}`);
  const shape = doc.shapes.get(`weight/${step.index}`);
  if (!weight || !shape) return null;
  const [filters, count, rows, columns] = shape;
  const groups = step.attributes.groups ?? 1;
  const size = rows * columns;
  return {
    first: Math.floor(channel / (filters / groups)) * count,
    filters: Array.from({ length: count }, (_, k) =>
      weight.subarray((channel * count + k) * size, (channel * count + k + 1) * size),
    ),
  };
}

/** @param {Doc} doc @param {Step} step @param {number} channel */
export function biasOf(doc, step, channel) {
  const bias = doc.numbers(`bias/${step.index}`);
  return bias ? bias[channel] : null;
}

/** The products, the strongest first. @param {Term[]} terms */
export function strongest(terms) {
  return [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}

// One number: which values it was computed from, with which weights. The same sum as step.arithmetic, from the buffers.

import { wins } from "./convolve.js";
import { boxAt, windowOf } from "./window.js";

/**
 * @typedef {import("../types.js").Term} Term
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {{terms: Term[], bias: number | null, total: number, remainder: number | null, left: number}} Sum
 *   `remainder`: what the `left` products that are not in `terms` add up to
 */

/** @param {Term[]} terms */
export function add(terms) {
  return terms.reduce((sum, term) => sum + term.product, 0);
}

/** @param {Doc} doc @param {Step} step @param {number} channel @param {number} y @param {number} x @returns {Term} */
function cell(doc, step, channel, y, x, weight = 1) {
  const { height, width } = step.shape;
  const padding = y < 0 || x < 0 || y >= height || x >= width;
  const value = padding ? 0 : doc.value(step.index, channel, y, x);
  return { value, weight, product: value * weight, y, x, channel, padding };
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

/** @typedef {(doc: Doc, step: Step, channel: number, y: number, x: number) => Sum | null} Method */

/** @type {Method} */
function convolution(doc, step, channel, y, x) {
  const own = slices(doc, step, channel);
  const input = doc.steps[step.inputs[0]];
  if (!own || !doc.output(input.index)) return null;
  const w = windowOf(step);
  const at = boxAt(w, y, x);
  /** @type {Term[]} */
  const terms = [];
  own.filters.forEach((filter, k) => {
    for (let i = 0; i < filter.length; i++) {
      const iy = at.y + Math.floor(i / w.kernel[1]) * w.dilation[0];
      const ix = at.x + (i % w.kernel[1]) * w.dilation[1];
      terms.push(cell(doc, input, own.first + k, iy, ix, filter[i]));
    }
  });
  return sum(terms, biasOf(doc, step, channel));
}

/** @type {Method} */
function transposed(doc, step, channel, y, x) {
  const own = slices(doc, step, channel);
  const input = doc.steps[step.inputs[0]];
  if (!own || !doc.output(input.index)) return null;
  const w = windowOf(step);
  /** @type {Term[]} */
  const terms = [];
  own.filters.forEach((filter, k) => {
    for (let i = 0; i < filter.length; i++) {
      const iy = (y + w.padding.top - Math.floor(i / w.kernel[1]) * w.dilation[0]) / w.stride[0];
      const ix = (x + w.padding.left - (i % w.kernel[1]) * w.dilation[1]) / w.stride[1];
      const term =
        Number.isInteger(iy) && Number.isInteger(ix) ? cell(doc, input, own.first + k, iy, ix, filter[i]) : null;
      if (term && !term.padding) terms.push(term);
    }
  });
  return sum(terms, biasOf(doc, step, channel));
}

/**
 * The cells under a pooling window.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {number} y @param {number} x
 */
export function pooled(doc, step, channel, y, x) {
  const input = doc.steps[step.inputs[0]];
  if (!doc.output(input.index)) return null;
  const { rows, columns } = cellsUnder(step, input, y, x);
  return rows.flatMap((iy) => columns.map((ix) => cell(doc, input, channel, iy, ix)));
}

/** @param {Step} step @param {Step} input @param {number} y @param {number} x */
export function cellsUnder(step, input, y, x) {
  if (step.attributes.adaptive) {
    const part = (/** @type {number} */ i, /** @type {number} */ size, /** @type {number} */ parts) => {
      const first = Math.floor((i * size) / parts);
      return Array.from({ length: Math.ceil(((i + 1) * size) / parts) - first }, (_, k) => first + k);
    };
    return {
      rows: part(y, input.shape.height, step.shape.height),
      columns: part(x, input.shape.width, step.shape.width),
    };
  }
  const w = windowOf(step);
  const at = boxAt(w, y, x);
  return {
    rows: Array.from({ length: w.kernel[0] }, (_, k) => at.y + k * w.dilation[0]),
    columns: Array.from({ length: w.kernel[1] }, (_, k) => at.x + k * w.dilation[1]),
  };
}

/** @type {Method} */
function maximum(doc, step, channel, y, x) {
  const terms = pooled(doc, step, channel, y, x);
  if (!terms) return null;
  const inside = terms.filter((term) => !term.padding);
  const winner = inside.reduce((best, term) => (wins(term.value, best.value) ? term : best), inside[0]);
  const weighed = terms.map((term) => ({
    ...term,
    weight: term === winner ? 1 : 0,
    product: term === winner ? term.value : 0,
  }));
  return sum(weighed, null);
}

/** @type {Method} */
function mean(doc, step, channel, y, x) {
  const terms = pooled(doc, step, channel, y, x);
  if (!terms) return null;
  const weight = 1 / (step.attributes.divisor ?? counted(doc.steps[step.inputs[0]], step, terms));
  return sum(
    terms.map((term) => ({
      ...term,
      weight: term.padding ? 0 : weight,
      product: term.padding ? 0 : term.value * weight,
    })),
    null,
  );
}

/**
 * How many cells a mean divides by: those inside, and padding where the code says so.
 * @param {Step} input @param {Step} step @param {Term[]} terms
 */
function counted(input, step, terms) {
  if (!step.attributes.count_include_pad) return terms.filter((term) => !term.padding).length;
  const { bottom, right } = step.attributes.padding;
  return terms.filter((term) => term.y < input.shape.height + bottom && term.x < input.shape.width + right).length;
}

/** @type {Method} */
function matrix(doc, step, channel) {
  const input = doc.steps[step.inputs[0]];
  const values = doc.output(input.index);
  const weight = doc.numbers(`weight/${step.index}`);
  if (!values) return null;
  const bias = biasOf(doc, step, channel);
  const { height, width } = input.shape;
  const term = (/** @type {number} */ i, /** @type {number} */ w) =>
    cell(doc, input, Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width, w);
  if (weight) {
    const row = weight.subarray(channel * values.length, (channel + 1) * values.length);
    return sum(
      Array.from(row, (w, i) => term(i, w)),
      bias,
    );
  }
  const strongest = doc.buffers.get(`strongest/${step.index}`);
  const weights = doc.numbers(`strongest-weight/${step.index}`);
  const [, count] = doc.shapes.get(`strongest/${step.index}`) ?? [0, 0];
  if (!strongest || !weights) return null;
  const terms = Array.from({ length: count }, (_, k) =>
    term(strongest[channel * count + k], weights[channel * count + k]),
  );
  const total = doc.value(step.index, channel, 0, 0);
  return { terms, bias, total, remainder: total - (bias ?? 0) - add(terms), left: values.length - count };
}

/** @param {Term[]} terms @param {number | null} bias @returns {Sum} */
function sum(terms, bias) {
  return { terms, bias, total: add(terms) + (bias ?? 0), remainder: null, left: 0 };
}

/** @type {Record<string, Method>} */
const METHODS = { convolution, transposed, maximum, mean, matrix };

/** The sum behind one number, or null where the document does not hold what it takes. @type {Method} */
export function arithmetic(doc, step, channel, y, x) {
  return METHODS[step.attributes.method]?.(doc, step, channel, y, x) ?? null;
}

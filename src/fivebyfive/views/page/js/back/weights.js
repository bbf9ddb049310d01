// Where a weight's gradient comes from: every place where the weight was used, the gradient there times the value that
// it met. And a whole slice of a filter, by its places.

import { cell } from "../sums/terms.js";
import { countOf, placeOf } from "../sums/places.js";
import { windowOf } from "../sums/window.js";
import { gradientAt, gradientOf, wayOf } from "./gradients.js";
import { operand, readersOf } from "./readers.js";
import { remembering } from "./remember.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Place} Place
 * @typedef {{channel: number, source: number, tap: number}} Weight of a filter: its own number, the map or unit that it
 *   looks at, and the cell, row by row
 * @typedef {Place & {value: number, weight: number, product: number, padding: boolean, met: Place}} Use `value`: the
 *   gradient at this place of the output; `weight`: what the weight was multiplied by, which stood at `met`
 */

/** Values that are looked at to draw the gradients of a whole filter. */
const MOST_PRODUCTS = 1 << 21;
const FORMS = ["convolution", "transposed", "matrix", "pairs"];

/** Whether the page shows weights of a step, one by one. @param {Doc} doc @param {Step} step */
export function hasWeights(doc, step) {
  const { form } = step.attributes;
  if (!FORMS.includes(form) || !doc.numbers(`weight/${step.index}`)) return false;
  return form !== "pairs" || (step.op === "linear" && kOfWeight(step) >= 0);
}

/** @param {Step} step */
const kOfWeight = (step) =>
  step.attributes.operands.findIndex((/** @type {{buffer?: string}} */ one) => one.buffer === "weight");

/**
 * How a step's weights are laid out: filters, maps or units that each looks at, and the cells.
 * @param {Doc} doc @param {Step} step
 */
export function layoutOf(doc, step) {
  const [filters, count, rows = 1, columns = 1] = doc.shapes.get(`weight/${step.index}`) ?? [0, 0];
  return { filters, count, rows, columns };
}

/** The first map or unit that a filter looks at. @param {Doc} doc @param {Step} step @param {number} channel */
export function firstSource(doc, step, channel) {
  const { filters, count } = layoutOf(doc, step);
  return Math.floor(channel / (filters / (step.attributes.groups ?? 1))) * count;
}

/** Where a weight stands among the step's. @param {Doc} doc @param {Step} step @param {Weight} weight */
function numberOfWeight(doc, step, { channel, source, tap }) {
  const { count, rows, columns } = layoutOf(doc, step);
  return (channel * count + source - firstSource(doc, step, channel)) * rows * columns + tap;
}

/** @param {Doc} doc @param {Step} step @param {Weight} weight */
export function weightAt(doc, step, weight) {
  return doc.numbers(`weight/${step.index}`)?.[numberOfWeight(doc, step, weight)] ?? NaN;
}

/** Autograd's own gradient of a weight, where the document brings it; else NaN. @param {Doc} doc @param {Step} step
 * @param {Weight} weight */
export function gradientOfWeight(doc, step, weight) {
  return doc.numbers(`weight-gradient/${step.index}`)?.[numberOfWeight(doc, step, weight)] ?? NaN;
}

/**
 * Every place where a weight was used; null where the numbers are not here.
 * @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use[] | null}
 */
export function usesOf(doc, step, weight) {
  const { channel, source, tap } = weight;
  return rememberedUses(doc, `${step.index} ${channel} ${source} ${tap}`, () => found(doc, step, weight));
}

/** @type {ReturnType<typeof remembering<Use[] | null>>} */
const rememberedUses = remembering();

/** @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use[] | null} */
function found(doc, step, weight) {
  const [input] = step.inputs;
  if (!doc.output(input) || !gradientOf(doc, step.index)) return null;
  const { form } = step.attributes;
  if (form === "matrix") return [ofMatrix(doc, step, weight)];
  if (form === "pairs") return ofPairs(doc, step, weight);
  return form === "transposed" ? ofTransposed(doc, step, weight) : ofConvolution(doc, step, weight);
}

/** @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use[]} */
function ofConvolution(doc, step, { channel, source, tap }) {
  const w = windowOf(step.attributes);
  const [dy, dx] = [Math.floor(tap / w.kernel[1]) * w.dilation[0], (tap % w.kernel[1]) * w.dilation[1]];
  const input = doc.steps[step.inputs[0]];
  const found = [];
  for (let y = 0; y < step.shape.height; y++) {
    for (let x = 0; x < step.shape.width; x++) {
      const met = cell(
        doc,
        input,
        source,
        y * w.stride[0] - w.padding.top + dy,
        x * w.stride[1] - w.padding.left + dx,
        1,
        w.mode,
      );
      found.push(used(doc, step, { channel, y, x }, met.value, met, met.padding));
    }
  }
  return found;
}

/** @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use[]} */
function ofTransposed(doc, step, { channel, source, tap }) {
  const w = windowOf(step.attributes);
  const { height, width } = doc.steps[step.inputs[0]].shape;
  const found = [];
  for (let i = 0; i < height * width; i++) {
    const met = { channel: source, y: Math.floor(i / width), x: i % width };
    const y = met.y * w.stride[0] + Math.floor(tap / w.kernel[1]) * w.dilation[0] - w.padding.top;
    const x = met.x * w.stride[1] + (tap % w.kernel[1]) * w.dilation[1] - w.padding.left;
    if (y < 0 || x < 0 || y >= step.shape.height || x >= step.shape.width) continue;
    found.push(used(doc, step, { channel, y, x }, doc.value(step.inputs[0], source, met.y, met.x), met));
  }
  return found;
}

/** @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use} */
function ofMatrix(doc, step, { channel, source }) {
  const met = placeOf(doc.steps[step.inputs[0]].shape, source);
  const value = doc.output(step.inputs[0])?.[source] ?? NaN;
  return used(doc, step, { channel, y: 0, x: 0 }, value, met);
}

/** @param {Doc} doc @param {Step} step @param {Weight} weight @returns {Use[] | null} */
function ofPairs(doc, step, weight) {
  const k = kOfWeight(step);
  const values = operand(doc, step, 1 - k);
  if (k < 0 || !values) return null;
  const number = numberOfWeight(doc, step, weight);
  return readersOf(doc, step, k, number).map((at) =>
    used(doc, step, at, step.attributes.factor * values(at, at.nth), { channel: weight.source, y: at.y, x: at.x }),
  );
}

/**
 * @param {Doc} doc @param {Step} step @param {Place} at @param {number} weight @param {Place} met
 * @param {boolean} padding @returns {Use}
 */
function used(doc, step, at, weight, met, padding = false) {
  const value = gradientAt(doc, step.index, at);
  const place = { channel: met.channel, y: met.y, x: met.x };
  return { channel: at.channel, y: at.y, x: at.x, value, weight, product: value * weight, padding, met: place };
}

/**
 * The gradients of several weights: autograd's own where they are here, else added up; null where that takes too long.
 * @param {Doc} doc @param {Step} step @param {Weight[]} weights
 */
export function gradientsOf(doc, step, weights) {
  const known = doc.numbers(`weight-gradient/${step.index}`);
  const looked = countOf(step.shape) / (step.attributes.form === "pairs" ? 1 : step.shape.channels);
  if (!known && weights.length * looked > MOST_PRODUCTS) return null;
  return rememberedGradients(doc, `${step.index} ${weights[0].channel} ${weights[0].source} ${weights.length}`, () =>
    Float32Array.from(weights, (weight) =>
      known ? gradientOfWeight(doc, step, weight) : total(found(doc, step, weight) ?? []),
    ),
  );
}

/** @type {ReturnType<typeof remembering<Float32Array>>} */
const rememberedGradients = remembering();

/** @param {{product: number}[]} uses */
export const total = (uses) => uses.reduce((sum, use) => sum + use.product, 0);

/** The bias of a map counts at each of its places: its gradient is the sum of theirs. @param {Doc} doc
 * @param {Step} step @param {number} channel */
export function biasGradient(doc, step, channel) {
  const numbers = gradientOf(doc, step.index);
  if (!numbers || !doc.numbers(`bias/${step.index}`) || step.attributes.form === "normalization") return null;
  const size = countOf(step.shape) / step.shape.channels;
  return numbers.subarray(channel * size, (channel + 1) * size).reduce((sum, g) => sum + g, 0);
}

/** What is known of a step's weights as a whole. @param {Doc} doc @param {Step} step */
export function parameterOf(doc, step) {
  return wayOf(doc)?.weights[String(step.index)] ?? null;
}

// Outputs that a file does not hold because they follow from others: worked out when they are first looked at.

import { FUNCTIONS } from "../sums/functions.js";
import { pool } from "../sums/convolve.js";
import { unroll, roll } from "./relations.js";
import { windowOf } from "../sums/window.js";

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {(step: Step, inputs: Float32Array[], doc: import("./document.js").Doc) => Float32Array | null} Derive
 */

/** @type {Record<string, Derive>} */
const WAYS = {
  bias: (step, [x], doc) => {
    const bias = doc.numbers(`bias/${step.index}`);
    return bias && x.map((v, i) => v + bias[Math.floor(i / cells(step))]);
  },
  activation: (step, [x]) => x.map((v) => FUNCTIONS[step.op].f(v, step.attributes)),
  normalization: (step, [x], doc) => {
    const at = (/** @type {string} */ name) => doc.numbers(`${name}/${step.index}`);
    const [mean, variance, scale, shift] = [at("mean"), at("variance"), at("weight"), at("bias")];
    if (!mean || !variance) return null;
    return x.map((v, i) => {
      const c = Math.floor(i / cells(step));
      return ((v - mean[c]) / Math.sqrt(variance[c] + step.attributes.eps)) * (scale?.[c] ?? 1) + (shift?.[c] ?? 0);
    });
  },
  maximum: (step, [x], doc) => (step.attributes.adaptive ? null : pooled(step, x, doc.steps[step.inputs[0]])),
  sum: (step, inputs, doc) => joined(step, inputs, doc, (a, b) => a + b),
  product: (step, inputs, doc) => joined(step, inputs, doc, (a, b) => a * b),
  concatenation: (_, inputs) => {
    const all = new Float32Array(inputs.reduce((size, x) => size + x.length, 0));
    inputs.reduce((at, x) => (all.set(x, at), at + x.length), 0);
    return all;
  },
  reshape: (step, [x], doc) => {
    const { order } = step.attributes;
    const from = doc.steps[step.inputs[0]].shape;
    const result = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) result[place(step.shape, i, order)] = x[place(from, i, order)];
    return result;
  },
  dropout: (_, [x]) => x,
  output: (_, [x]) => x,
};

/** @param {Step} step */
const cells = (step) => step.shape.height * step.shape.width;

/**
 * The place in memory of the list's number `i`.
 * @param {import("../types.js").Shape} shape @param {number} i @param {string} order
 */
function place(shape, i, order) {
  const { channel, y, x } = unroll(shape, i, order);
  return roll(shape, channel, y, x, "NCHW");
}

/** @param {Step} step @param {Float32Array} x @param {Step} input */
function pooled(step, x, input) {
  const { height, width } = input.shape;
  const size = cells(step);
  const result = new Float32Array(step.shape.channels * size);
  for (let c = 0; c < step.shape.channels; c++) {
    const plane = { values: x.subarray(c * height * width, (c + 1) * height * width), height, width };
    result.set(pool(plane, windowOf(step), "max").values.subarray(0, size), c * size);
  }
  return result;
}

/**
 * @param {Step} step @param {Float32Array[]} inputs @param {import("./document.js").Doc} doc
 * @param {(a: number, b: number) => number} join
 */
function joined(step, inputs, doc, join) {
  const { channels, height, width } = step.shape;
  const result = new Float32Array(channels * height * width);
  if (inputs.length === 2 && inputs.every((x) => x.length === result.length)) {
    const [a, b] = inputs;
    for (let i = 0; i < result.length; i++) result[i] = join(a[i], b[i]);
    return result;
  }
  const read = step.inputs.map((index, k) => {
    const from = doc.steps[index].shape;
    const x = inputs[k];
    if (x.length === result.length) return (/** @type {number} */ i) => x[i];
    return (/** @type {number} */ i) => {
      const [c, y, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
      return x[
        ((from.channels === 1 ? 0 : c) * from.height + (from.height === 1 ? 0 : y)) * from.width +
          (from.width === 1 ? 0 : column)
      ];
    };
  });
  for (let i = 0; i < result.length; i++) result[i] = read.map((get) => get(i)).reduce(join);
  return result;
}

/**
 * A step's output from its inputs' outputs, or null.
 * @type {(step: Step, doc: import("./document.js").Doc) => Float32Array | null}
 */
export function derive(step, doc) {
  if (doc.buffers.has(`thumbnail/${step.index}`)) return null;
  const way = /** @type {Derive | undefined} */ (WAYS[step.attributes.method]);
  const inputs = way ? step.inputs.map((index) => doc.output(index)) : [];
  return way && inputs.every((x) => x !== null) ? way(step, /** @type {Float32Array[]} */ (inputs), doc) : null;
}

// A recurrent layer read anew, time by time, as explain/recurrence.py does it: all that is made on the way, of every
// layer, direction, sequence and time.

import { sigmoid } from "../../network/functions.js";
import { once } from "../../network/once.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc @typedef {import("../../types.js").Step<any>} Step
 * @typedef {Record<string, Float64Array>} Made by name: h, and the gates [layers·directions, sequences, times, hidden]
 * @typedef {{into: Float32Array, back: Float32Array, biasInto: Float32Array | null, biasBack: Float32Array | null}}
 *   Weights of one layer in one direction
 * @typedef {{before: Float64Array, cell: Float64Array}} State what is remembered
 */

/** How many sums a unit has, by the sort of layer. @type {Record<string, number>} */
const GATES = { lstm: 4, gru: 3, rnn_tanh: 1, rnn_relu: 1 };

/**
 * One unit at one time, of the sums of what comes in and of what was handed on, gate by gate.
 * @type {Record<string, (x: Float64Array, h: Float64Array, before: number, cell: number) => Record<string, number>>}
 */
const UNITS = {
  lstm(x, h, _, cell) {
    const [i, f, g, o] = [sigmoid(x[0] + h[0]), sigmoid(x[1] + h[1]), Math.tanh(x[2] + h[2]), sigmoid(x[3] + h[3])];
    const now = f * cell + i * g;
    return { i, f, g, o, before: cell, cell: now, h: o * Math.tanh(now) };
  },
  gru(x, h, before) {
    const [r, z] = [sigmoid(x[0] + h[0]), sigmoid(x[1] + h[1])];
    const n = Math.tanh(x[2] + r * h[2]);
    return { r, z, n, before, h: (1 - z) * n + z * before };
  },
  rnn_tanh: (x, h) => ({ sum: x[0] + h[0], h: Math.tanh(x[0] + h[0]) }),
  rnn_relu: (x, h) => ({ sum: x[0] + h[0], h: Math.max(x[0] + h[0], 0) }),
};

/** All that a layer makes; null where its weights are not here. */
export const run = once(read);

/** @param {Doc} doc @param {Step} step @param {Float32Array[]} inputs @returns {Made | null} */
function read(doc, step, inputs) {
  const [from, first, remembered] = [0, 1, 2].map((k) => taken(doc, step, k, inputs));
  if (!from || !first) return null;
  const [batches, times, features] = doc.shapes.get(`taken-0/${step.index}`) ?? [];
  const size = first.length / (step.attributes.layers * step.attributes.directions * batches);
  /** @type {Made} */
  const made = {};
  for (let batch = 0; batch < batches; batch++) {
    let xs = rows(from, batch * times * features, times, features);
    for (let layer = 0; layer < step.attributes.layers; layer++) {
      const below = xs;
      const ways = Array.from({ length: step.attributes.directions }, (_, direction) => {
        const k = layer * step.attributes.directions + direction;
        const at = (k * batches + batch) * size;
        const state = { before: first.slice(at, at + size), cell: (remembered ?? first).slice(at, at + size) };
        const keep = { made, at: at * times, total: first.length * times };
        return oneWay(step.attributes.sort, weightsOf(doc, step, k), below, state, direction === 1, keep);
      });
      xs = below.map((_, t) => Float64Array.from(ways.flatMap((way) => Array.from(way[t]))));
    }
  }
  return made;
}

/**
 * Numbers that are read, in order; null where they are not here.
 * @param {Doc} doc @param {Step} step @param {number} k @param {Float32Array[]} inputs
 */
function taken(doc, step, k, inputs) {
  const places = doc.buffers.get(`taken-${k}/${step.index}`);
  const { input } = step.attributes.takes[k] ?? {};
  const values = input === undefined ? doc.numbers(`start-${k}/${step.index}`) : inputs[input];
  return places && values ? Float64Array.from(places, (/** @type {number} */ place) => values[place]) : null;
}

/** @param {Float64Array} all @param {number} first @param {number} count @param {number} size */
function rows(all, first, count, size) {
  return Array.from({ length: count }, (_, t) => all.subarray(first + t * size, first + (t + 1) * size));
}

/** @param {Doc} doc @param {Step} step @param {number} k which layer and direction @returns {Weights} */
function weightsOf(doc, step, k) {
  const at = (/** @type {string} */ name) => doc.numbers(`${name}-${k}/${step.index}`);
  const [into, back] = [at("into"), at("back")];
  if (!into || !back) throw new Error(`the weights of ${step.name} are not here`);
  return { into, back, biasInto: at("bias-into"), biasBack: at("bias-back") };
}

/**
 * One layer in one direction; what is handed on at each time.
 * @param {string} sort @param {Weights} weights @param {Float64Array[]} xs @param {State} state at the start
 * @param {boolean} backward @param {{made: Made, at: number, total: number}} keep where its numbers are kept
 * @returns {Float64Array[]}
 */
function oneWay(sort, weights, xs, state, backward, { made, at, total }) {
  const size = state.before.length;
  const [x, h] = [new Float64Array(GATES[sort]), new Float64Array(GATES[sort])];
  /** @type {Float64Array[]} */
  const handed = new Array(xs.length);
  for (let n = 0; n < xs.length; n++) {
    const t = backward ? xs.length - 1 - n : n;
    const after = { before: new Float64Array(size), cell: new Float64Array(size) };
    for (let unit = 0; unit < size; unit++) {
      for (let gate = 0; gate < x.length; gate++) {
        const row = gate * size + unit;
        x[gate] = product(weights.into, row, xs[t]) + (weights.biasInto?.[row] ?? 0);
        h[gate] = product(weights.back, row, state.before) + (weights.biasBack?.[row] ?? 0);
      }
      const found = UNITS[sort](x, h, state.before[unit], state.cell[unit]);
      for (const [name, value] of Object.entries(found)) {
        made[name] ??= new Float64Array(total);
        made[name][at + t * size + unit] = value;
      }
      after.before[unit] = found.h;
      after.cell[unit] = found.cell ?? 0;
    }
    state = after;
    handed[t] = after.before;
  }
  return handed;
}

/** A row of a matrix times a list. @param {Float32Array} matrix @param {number} row @param {Float64Array} x */
function product(matrix, row, x) {
  let sum = 0;
  for (let k = 0; k < x.length; k++) sum += matrix[row * x.length + k] * x[k];
  return sum;
}

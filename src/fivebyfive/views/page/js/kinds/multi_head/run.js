// Attention of several heads, asked anew: the shares of every head, and what the heads give.

import { once } from "../../network/once.js";
import { softmax } from "../attention/shares.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc @typedef {import("../../types.js").Step<any>} Step
 * @typedef {{shares: Float32Array, given: Float32Array, heads: number, queries: number, keys: number}} Asked `shares`
 *   [heads, queries, keys]; `given` [queries, heads·d]
 */

/**
 * The tokens of an input, projected by its matrix, [tokens, heads·d]; null where they are not here.
 * @param {Doc} doc @param {Step} step @param {number} which query, key or value @param {Float32Array[]} inputs
 */
function projected(doc, step, which, inputs) {
  const name = ["query", "key", "value"][which];
  const places = doc.buffers.get(`${name}-places/${step.index}`);
  const weight = doc.numbers(`${name}-weight/${step.index}`);
  const values = inputs[step.attributes.asks[which]];
  if (!places || !weight || !values) return null;
  const bias = doc.numbers(`projected-bias/${step.index}`);
  const [tokens, features] = doc.shapes.get(`${name}-places/${step.index}`) ?? [0, 0];
  const width = weight.length / features;
  const made = new Float64Array(tokens * width);
  for (let token = 0; token < tokens; token++) {
    for (let j = 0; j < width; j++) {
      let sum = bias ? bias[which * width + j] : 0;
      for (let k = 0; k < features; k++) sum += values[places[token * features + k]] * weight[j * features + k];
      made[token * width + j] = sum;
    }
  }
  return { made, tokens, width };
}

/** What every head looks at and gives; null where a weight is not here. */
export const ask = once(attend);

/** @param {Doc} doc @param {Step} step @param {Float32Array[]} inputs @returns {Asked | null} */
function attend(doc, step, inputs) {
  const [query, key, value] = [0, 1, 2].map((which) => projected(doc, step, which, inputs));
  if (!query || !key || !value) return null;
  const { heads } = step.attributes;
  const depth = query.width / heads;
  const mask = doc.numbers(`mask/${step.index}`);
  const [queries, keys] = [query.tokens, key.tokens];
  const shares = new Float32Array(heads * queries * keys);
  const given = new Float32Array(queries * query.width);
  const scores = new Float64Array(keys);
  for (let head = 0; head < heads; head++) {
    for (let q = 0; q < queries; q++) {
      const row = (head * queries + q) * keys;
      for (let k = 0; k < keys; k++) {
        let sum = 0;
        const [i, j] = [q * query.width + head * depth, k * key.width + head * depth];
        for (let d = 0; d < depth; d++) sum += query.made[i + d] * key.made[j + d];
        scores[k] = sum / Math.sqrt(depth) + (mask ? mask[row + k] : 0);
      }
      const own = softmax(scores);
      shares.set(own, row);
      for (let d = 0; d < depth; d++) {
        let sum = 0;
        for (let k = 0; k < keys; k++) sum += own[k] * value.made[k * value.width + head * depth + d];
        given[q * query.width + head * depth + d] = sum;
      }
    }
  }
  return { shares, given, heads, queries, keys };
}

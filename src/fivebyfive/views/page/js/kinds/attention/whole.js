// A whole attention: each query's shares once, for all values that it is given.

import { operandOf, tableOf } from "../../network/tables.js";
import { countOf } from "../../sums/places.js";
import { softmax } from "./shares.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc @typedef {import("../../types.js").Step<any>} Step
 * @typedef {import("../../network/tables.js").Operand} Operand
 */

/** The place of the first number that is read. @param {Operand} operand @param {number} i of the output's value */
const first = ({ base }, i) => (base ? base[i] : i);

/** @param {Doc} doc @param {Step} step @param {Float32Array[]} inputs @returns {Float32Array | null} */
export function attended(doc, step, inputs) {
  const [query, keys, values] = [0, 1, 2].map((k) => operandOf(doc, step, k, inputs));
  const mask = step.attributes.mask ? operandOf(doc, step, 3, inputs) : null;
  const own = ownQuery(doc, step);
  if (!query || !keys || !values || !own || (step.attributes.mask && !mask)) return null;
  /** @type {Map<string, Float64Array>} */
  const known = new Map();
  const result = new Float32Array(countOf(step.shape));
  for (let i = 0; i < result.length; i++) {
    const key = `${first(query, i)} ${first(keys, i)} ${mask && first(mask, i)} ${own[i]}`;
    const shares = known.get(key) ?? sharesAt(step, query, keys, mask, i, own[i]);
    known.set(key, shares);
    let sum = 0;
    const from = first(values, i);
    for (let k = 0; k < shares.length; k++) if (shares[k]) sum += shares[k] * values.values[from + values.along[k]];
    result[i] = sum;
  }
  return result;
}

/** Which query each value is of. @param {Doc} doc @param {Step} step */
function ownQuery(doc, step) {
  const start = tableOf(doc, `queries/${step.index}`, step.shape);
  const far = doc.buffers.get(`query-steps/${step.index}`) ?? [0];
  const nth = new Map(Array.from(far, (/** @type {number} */ n, k) => [n, k]));
  return start && Int32Array.from(start, (place, i) => nth.get(i - place) ?? -1);
}

/**
 * @param {Step} step @param {Operand} query @param {Operand} keys @param {Operand | null} mask
 * @param {number} i of the output's value @param {number} own which query it is of
 */
function sharesAt({ attributes }, query, keys, mask, i, own) {
  const [q, k, size] = [first(query, i), first(keys, i), query.along.length];
  const scores = new Float64Array(keys.along.length / size);
  for (let key = 0; key < scores.length; key++) {
    let sum = 0;
    for (let n = 0; n < size; n++) {
      sum += query.values[q + query.along[n]] * keys.values[k + keys.along[key * size + n]];
    }
    scores[key] = sum * attributes.scale;
    const masked = mask && mask.values[first(mask, i) + mask.along[key]];
    if (masked !== null) {
      scores[key] = attributes.mask === "adds" ? scores[key] + masked : masked ? scores[key] : -Infinity;
    }
    if (attributes.causal && key > own) scores[key] = -Infinity;
  }
  return softmax(scores);
}

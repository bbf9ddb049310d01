// How well each key fits a query, and the shares that softmax makes of it.

import { lookup, numberOf, placeOf } from "../../sums/places.js";
import { numbersAt } from "../../sums/operands.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc @typedef {import("../../types.js").Step<any>} Step
 * @typedef {import("../../types.js").Place} Place
 * @typedef {{scores: Float64Array, shares: Float64Array}} Asked one of each for every key; of a key that the query does
 *   not see, −∞ and 0
 */

/**
 * The places where each query has the number that stands at a place.
 * @param {Doc} doc @param {Step} step @param {Place} at
 */
export function queries(doc, step, at) {
  const first = lookup(doc, `queries/${step.index}`, step.shape)?.(at) ?? 0;
  const far = doc.buffers.get(`query-steps/${step.index}`) ?? [0];
  const places = Array.from(far, (/** @type {number} */ n) => first + n);
  return { own: places.indexOf(numberOf(step.shape, at)), places: places.map((place) => placeOf(step.shape, place)) };
}

/** What the scores are as shares. @param {Float64Array} scores */
export function softmax(scores) {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  if (most === -Infinity) return scores.map(() => 0); // a query that sees no key gets nothing
  const powers = scores.map((s) => Math.exp(s - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/**
 * What the query of a value asks every key; null where the numbers are not here.
 * @param {Doc} doc @param {Step} step @param {Place} at @param {number} [own] which query that is
 * @returns {Asked | null}
 */
export function asked(doc, step, at, own = queries(doc, step, at).own) {
  const { scale, causal, mask } = step.attributes;
  const [query, keys] = [numbersAt(doc, step, 0, at), numbersAt(doc, step, 1, at)];
  const masked = mask ? numbersAt(doc, step, 3, at) : null;
  if (!query || !keys || (mask && !masked)) return null;
  const scores = new Float64Array(keys.length / query.length);
  for (let k = 0; k < scores.length; k++) {
    let sum = 0;
    for (let q = 0; q < query.length; q++) sum += query[q] * keys[k * query.length + q];
    scores[k] = sum * scale;
    if (masked) scores[k] = mask === "adds" ? scores[k] + masked[k] : masked[k] ? scores[k] : -Infinity;
    if (causal && k > own) scores[k] = -Infinity;
  }
  return { scores, shares: softmax(scores) };
}

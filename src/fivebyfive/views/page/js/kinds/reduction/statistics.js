// What many values can become: their mean, sum, largest, spread or length.

import { wins } from "../../sums/convolve.js";

/** @typedef {{fewer?: number, power?: number}} With */

/** @param {number[]} x */
const added = (x) => x.reduce((a, b) => a + b, 0);

/** @param {number[]} x @param {With} more */
function variance(x, { fewer = 1 }) {
  const mean = added(x) / x.length;
  return added(x.map((v) => (v - mean) ** 2)) / Math.max(x.length - fewer, 0);
}

/** (Σ |x|^p)^(1/p), the largest for p = ∞. @param {number[]} x @param {With} more */
function norm(x, { power = 2 }) {
  const sizes = x.map(Math.abs);
  if (!Number.isFinite(power)) return power > 0 ? Math.max(...sizes) : Math.min(...sizes);
  return power === 0 ? x.filter((v) => v !== 0).length : added(sizes.map((v) => v ** power)) ** (1 / power);
}

/** @param {number[]} x */
function logsumexp(x) {
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity);
  return most + Math.log(added(x.map((v) => Math.exp(v - most))));
}

/** Which of them is the largest, the first of several. @param {number[]} x */
export const largest = (x) => x.reduce((best, v, i) => (wins(v, x[best]) ? i : best), 0);

/** @type {Record<string, {name: string, of: (x: number[], more: With) => number}>} */
export const STATISTICS = {
  prod: { name: "the product", of: (x) => x.reduce((a, b) => a * b, 1) },
  var: { name: "the variance", of: variance },
  std: { name: "the standard deviation", of: (x, more) => Math.sqrt(variance(x, more)) },
  norm: { name: "the length (norm)", of: norm },
  logsumexp: { name: "the logarithm of the sum of e to the power of each", of: logsumexp },
  argmax: { name: "the place of the largest", of: largest },
  argmin: { name: "the place of the smallest", of: (x) => largest(x.map((v) => -v)) },
};

/** Those that are a sum of terms, or one of them. @type {Record<string, (x: number[]) => number>} */
const PLAIN = {
  mean: (x) => added(x) / x.length,
  sum: added,
  max: (x) => x[largest(x)],
  min: (x) => x[largest(x.map((v) => -v))],
};

/**
 * What a reduction makes of values; null where it is not known.
 * @param {string} reduced its name @returns {((x: number[], more: With) => number) | null}
 */
export function statisticOf(reduced) {
  return PLAIN[reduced] ?? STATISTICS[reduced]?.of ?? null;
}

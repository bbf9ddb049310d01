// How far two outputs are apart: the root mean square of A − B, beside A's own; and the largest difference, and where.
// The same as explain/comparison.py.

import { placeOf } from "../sums/places.js";

/**
 * @typedef {{size: number, difference: number, largest: number, at: import("../types.js").Place}} Apart
 *   `size`: the root mean square of A, `difference`: of A − B; `largest`: the value of A − B farthest from 0
 */

/** Up to this part of their size, values of two ways are the same: rounding moves them so far. */
export const SAME = 1e-5;

/** @param {number} a @param {number} b */
const minus = (a, b) => (a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : a - b);

/**
 * A − B, where the same infinity in both is no difference.
 * @param {Float32Array} a @param {Float32Array} b
 */
export function difference(a, b) {
  return a.map((value, i) => minus(value, b[i]));
}

/**
 * Null where there is nothing to compare.
 * @param {Float32Array | null} a @param {Float32Array | null} b @param {import("../types.js").Shape} shape of both
 * @returns {Apart | null}
 */
export function apart(a, b, shape) {
  if (!a?.length || a.length !== b?.length) return null;
  let [own, sum, worst, most] = [0, 0, 0, -1];
  for (let i = 0; i < a.length; i++) {
    const d = minus(a[i], b[i]);
    const far = Number.isNaN(d) ? Infinity : Math.abs(d);
    own += a[i] * a[i];
    sum += d * d;
    if (far > most) [most, worst] = [far, i];
  }
  const [size, root] = [own, sum].map((total) => Math.sqrt(total / a.length));
  return { size, difference: root, largest: minus(a[worst], b[worst]), at: placeOf(shape, worst) };
}

/** The difference beside the size; infinite where A is all zero, and B is not. @param {Apart} found */
export function relative({ size, difference: root }) {
  return root === 0 ? 0 : size === 0 ? root * Infinity : root / size;
}

// Functions that are not made of straight pieces: of whole outputs, and as points to draw them by.

import { FUNCTIONS } from "./functions.js";

/** @typedef {import("../types.js").Step<import("../types.js").Activation>} Step */

/** Points of a curve, as in explain/curves.py. */
const SAMPLES = 257;

/** The whole output; null where the function is not known here. @param {Step} step @param {Float32Array} x */
export function curved({ op, attributes }, x) {
  if (!Object.hasOwn(FUNCTIONS, op)) return null;
  const of = FUNCTIONS[op];
  const result = new Float32Array(x.length);
  for (let i = 0; i < x.length; i++) result[i] = of(x[i], attributes.numbers);
  return result;
}

/**
 * Points (x, y) over the range of these values; null where the function is not known here.
 * @param {Step} step @param {Float32Array} x
 */
export function sampled({ op, attributes }, x) {
  if (!Object.hasOwn(FUNCTIONS, op)) return null;
  let [low, high] = [Infinity, -Infinity];
  for (const value of x) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) [low, high] = [-1, 1];
  if (low === high) [low, high] = [low - 1, high + 1];
  const numbers = new Float32Array(2 * SAMPLES);
  for (let i = 0; i < SAMPLES; i++) {
    const at = low + ((high - low) * i) / (SAMPLES - 1);
    numbers.set([at, FUNCTIONS[op](at, attributes.numbers)], 2 * i);
  }
  return { numbers, shape: [1, SAMPLES, 2] };
}

// How much the result of two values grows with each of them. Where both are equally large, half goes to each.

/** @typedef {(a: number, b: number) => [number, number]} Slopes */

/** The one that is taken. @param {(a: number, b: number) => boolean} first @returns {Slopes} */
const taken = (first) => (a, b) => (a === b ? [0.5, 0.5] : first(a, b) ? [1, 0] : [0, 1]);

/** The first of equals. @param {(a: number, b: number) => boolean} first @returns {Slopes} */
const either = (first) => (a, b) => (first(a, b) || Number.isNaN(b) ? [1, 0] : [0, 1]);

/** @type {Slopes} */
const power = (a, b) => [b === 0 ? 0 : b * a ** (b - 1), a === 0 && b >= 0 ? 0 : a ** b * Math.log(a)];
const larger = taken((a, b) => a > b);
const smaller = taken((a, b) => a < b);

/** @type {Record<string, Slopes>} */
const SLOPES = {
  mul: (a, b) => [b, a],
  div: (a, b) => [1 / b, -a / (b * b)],
  pow: power,
  float_power: power,
  floor_divide: () => [0, 0],
  fmod: (a, b) => [1, -Math.trunc(a / b)],
  remainder: (a, b) => [1, -Math.floor(a / b)],
  maximum: larger,
  minimum: smaller,
  max: larger,
  min: smaller,
  fmax: either((a, b) => a >= b),
  fmin: either((a, b) => a <= b),
  atan2: (a, b) => [b / (a * a + b * b), -a / (a * a + b * b)],
  hypot: (a, b) => [a / Math.hypot(a, b), b / Math.hypot(a, b)],
};

/** Null where the page has none. @param {import("../../types.js").Step<any>} step @returns {Slopes | null} */
export function slopesOf({ op, attributes }) {
  if (op === "add" || op === "sub") return () => [1, attributes.factor];
  if (op === "div" && attributes.rounding_mode) return () => [0, 0];
  return SLOPES[op] ?? null;
}

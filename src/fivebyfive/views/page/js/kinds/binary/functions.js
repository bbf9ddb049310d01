// What two values become: as Python has it in explain/kinds/binary.py.

/** @typedef {(a: number, b: number) => number} Join */

/** One bit operation on whole numbers of any size. @param {(a: bigint, b: bigint) => bigint} of @returns {Join} */
const bits = (of) => (a, b) => Number(of(BigInt(a), BigInt(b)));

/** Neither is looked at where it is no number. @param {Join} of @returns {Join} */
const unless = (of) => (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : of(a, b));

/** Without its fraction, downwards, or as it is. @type {Record<string, (x: number) => number>} */
const ROUNDED = { floor: Math.floor, trunc: Math.trunc };

/** @type {Record<string, Join>} */
const JOINS = {
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pow: (a, b) => a ** b,
  float_power: (a, b) => a ** b,
  floor_divide: (a, b) => Math.floor(a / b),
  fmod: (a, b) => a % b,
  remainder: (a, b) => a - b * Math.floor(a / b),
  maximum: Math.max,
  minimum: Math.min,
  max: Math.max,
  min: Math.min,
  fmax: unless(Math.max),
  fmin: unless(Math.min),
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  and: bits((a, b) => a & b),
  or: bits((a, b) => a | b),
  xor: bits((a, b) => a ^ b),
  logical_and: (a, b) => Number(a !== 0 && b !== 0),
  logical_or: (a, b) => Number(a !== 0 || b !== 0),
  logical_xor: (a, b) => Number((a !== 0) !== (b !== 0)),
  atan2: Math.atan2,
  hypot: Math.hypot,
};

/** @type {Record<string, string>} */
const SIGNS = { mul: "·", eq: "=", ne: "≠", lt: "<", le: "≤", gt: ">", ge: "≥" };

/** What a step makes of two values. @param {import("../../types.js").Step<any>} step @returns {Join} */
export function joinOf({ op, attributes }) {
  if (op === "add" || op === "sub") return (a, b) => a + attributes.factor * b;
  const round = op === "div" && ROUNDED[attributes.rounding_mode];
  return round ? (a, b) => round(a / b) : JOINS[op];
}

/** The sign between the two; "" where there is none. @param {import("../../types.js").Step<any>} step */
export function signOf({ op, attributes }) {
  if (op === "add" || op === "sub") return { 1: "+", "-1": "−" }[/** @type {1} */ (attributes.factor)] ?? "";
  return op === "div" && !attributes.rounding_mode ? "/" : (SIGNS[op] ?? "");
}

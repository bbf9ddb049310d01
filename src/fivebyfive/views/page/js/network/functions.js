// Functions of one value that are not made of straight pieces: what they are, as Python has them in
// explain/kinds/activation.py and function.py, with the step's numbers by their names there.

import { toEven } from "../prepare/rounding.js";
import { erf, erfc } from "./erf.js";

/** @typedef {Record<string, number | null | string>} Numbers @typedef {(x: number, numbers: any) => number} Of */

/** @param {number} x */
export const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** ln(1 + eˣ), without overflow. @param {number} x */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** @param {number} x @param {number} alpha @param {number} [scale] @param {number} [slope] */
const elu = (x, alpha, scale = 1, slope = 1) => scale * (x > 0 ? x : alpha * Math.expm1(x / slope));

/** @param {number} x @param {{largest: number, nan: number, posinf: number | null, neginf: number | null}} numbers */
function finite(x, { largest, nan, posinf, neginf }) {
  if (Number.isNaN(x)) return nan;
  if (Number.isFinite(x)) return x;
  return (x > 0 ? posinf : neginf) ?? Math.sign(x) * largest;
}

/** @type {Record<string, Of>} */
export const FUNCTIONS = {
  elu: (x, { alpha }) => elu(x, alpha),
  celu: (x, { alpha }) => elu(x, alpha, 1, alpha),
  selu: (x) => elu(x, 1.6732632423543772, 1.0507009873554805),
  gelu: (x, { approximate }) =>
    approximate === "tanh"
      ? 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : 0.5 * x * erfc(-x / Math.SQRT2),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
  hardswish: (x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6,
  softplus: (x, { beta, threshold }) => (x * beta > threshold ? x : softplus(beta * x) / beta),
  softsign: (x) => x / (1 + Math.abs(x)),
  tanh: Math.tanh,
  sigmoid,
  logsigmoid: (x) => -softplus(-x),
  tanhshrink: (x) => x - Math.tanh(x),
  exp: Math.exp,
  exp2: (x) => 2 ** x,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  log2: Math.log2,
  log10: Math.log10,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x, { decimals }) => toEven(x * 10 ** decimals) / 10 ** decimals,
  trunc: Math.trunc,
  frac: (x) => x - Math.trunc(x),
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  sinc: (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)),
  deg2rad: (x) => (x * Math.PI) / 180,
  rad2deg: (x) => (x * 180) / Math.PI,
  erf,
  erfc,
  logit(x, { eps }) {
    const held = eps === null ? x : Math.min(Math.max(x, eps), 1 - eps);
    return Math.log(held / (1 - held));
  },
  logical_not: (x) => Number(x === 0),
  isnan: (x) => Number(Number.isNaN(x)),
  isinf: (x) => Number(Math.abs(x) === Infinity),
  isfinite: (x) => Number(Number.isFinite(x)),
  signbit: (x) => Number(x < 0 || Object.is(x, -0)),
  isposinf: (x) => Number(x === Infinity),
  isneginf: (x) => Number(x === -Infinity),
  special_ndtr: (x) => 0.5 * erfc(-x / Math.SQRT2),
  special_entr: (x) => (x > 0 ? -x * Math.log(x) : x === 0 ? 0 : -Infinity),
  nan_to_num: finite,
};

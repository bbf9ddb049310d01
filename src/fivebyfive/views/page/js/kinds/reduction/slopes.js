// How much the one number that many become grows with one of them.

/**
 * @typedef {{fewer?: number, power?: number, part?: number}} With
 * @typedef {(x: number[], i: number, more: With) => number} Slope
 */

/** @param {number[]} x */
const meanOf = (x) => x.reduce((a, b) => a + b, 0) / x.length;

/**
 * Of several as large, each has its part; where the code asks which one it is (`part`), the first has all.
 * @type {Slope}
 */
function ofLargest(x, i, { part }) {
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity);
  if (part !== undefined) return Number(x.indexOf(most) === i);
  return x[i] === most ? 1 / x.filter((v) => v === most).length : 0;
}

/** @type {Slope} */
const ofSmallest = (x, i, more) =>
  ofLargest(
    x.map((v) => -v),
    i,
    more,
  );

/** @type {Slope} */
const variance = (x, i, { fewer = 1 }) => (2 * (x[i] - meanOf(x))) / Math.max(x.length - fewer, 0);

/** @type {Slope} */
function deviation(x, i, more) {
  const mean = meanOf(x);
  const squares = x.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  const size = Math.sqrt(squares / Math.max(x.length - (more.fewer ?? 1), 0));
  return size === 0 ? 0 : variance(x, i, more) / (2 * size);
}

/** @type {Slope} */
function norm(x, i, { power = 2 }) {
  const sizes = x.map(Math.abs);
  const sign = Math.sign(x[i]);
  if (!Number.isFinite(power)) return sign * (power > 0 ? ofLargest : ofSmallest)(sizes, i, {});
  const whole = sizes.reduce((sum, v) => sum + v ** power, 0) ** (1 / power);
  return power === 0 || whole === 0 ? 0 : sign * sizes[i] ** (power - 1) * whole ** (1 - power);
}

/** @type {Slope} */
function share(x, i) {
  const most = x.reduce((a, b) => Math.max(a, b), -Infinity);
  return Math.exp(x[i] - most) / x.reduce((sum, v) => sum + Math.exp(v - most), 0);
}

/** @type {Record<string, Slope>} */
export const SLOPES = {
  mean: (x) => 1 / x.length,
  sum: () => 1,
  max: ofLargest,
  min: ofSmallest,
  prod: (x, i) => x.reduce((all, v, j) => (j === i ? all : all * v), 1),
  var: variance,
  std: deviation,
  norm,
  logsumexp: share,
  argmax: () => 0,
  argmin: () => 0,
};

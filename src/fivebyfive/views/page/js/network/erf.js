// The error function, which JavaScript lacks: a series near 0, a continued fraction far from it.
// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.6 and 7.1.14.

const NEAR = 2.5;

/** 2 / √π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, for a small x. @param {number} x */
function series(x) {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** e^(−x²) / √π / (x + ½ / (x + 1 / (x + 3⁄2 / (x + …)))), for a large x above 0. @param {number} x */
function fraction(x) {
  let below = x;
  for (let n = 60; n > 0; n--) below = x + n / 2 / below;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / below;
}

/** 2 / √π · ∫ e^(−t²) from 0 to x. @param {number} x @returns {number} */
export function erf(x) {
  if (Math.abs(x) < NEAR) return series(x);
  return x > 0 ? 1 - fraction(x) : x < 0 ? fraction(-x) - 1 : x;
}

/** 1 − erf x, also where that is very small. @param {number} x @returns {number} */
export function erfc(x) {
  if (Math.abs(x) < NEAR) return 1 - series(x);
  return x > 0 ? fraction(x) : x < 0 ? 2 - fraction(-x) : x;
}

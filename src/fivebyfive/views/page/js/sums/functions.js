// The activations that have a short formula, as functions and as written; any other is shown by its own numbers.

/** @typedef {{f: (x: number, a: Record<string, any>) => number, text: string}} Known */

const sigmoid = (/** @type {number} */ x) => 1 / (1 + Math.exp(-x));

/**
 * The share of the normal distribution below x (Abramowitz and Stegun 7.1.26: right to seven places).
 * @param {number} x
 */
function normal(x) {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const above =
    0.5 *
    Math.exp(-z * z) *
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return x < 0 ? above : 1 - above;
}

/** @type {Record<string, Known>} */
export const FUNCTIONS = {
  relu: { f: (x) => Math.max(0, x), text: "max(0, x)" },
  relu6: { f: (x) => Math.min(6, Math.max(0, x)), text: "min(6, max(0, x))" },
  leaky_relu: { f: (x, a) => (x < 0 ? (a.negative_slope ?? 0.01) * x : x), text: "x where x > 0, else slope · x" },
  elu: { f: (x, a) => (x > 0 ? x : (a.alpha ?? 1) * Math.expm1(x)), text: "x where x > 0, else α (eˣ − 1)" },
  selu: {
    f: (x) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x)),
    text: "λ x where x > 0, else λ α (eˣ − 1)",
  },
  sigmoid: { f: sigmoid, text: "1 / (1 + e⁻ˣ)" },
  tanh: { f: Math.tanh, text: "tanh x" },
  silu: { f: (x) => x * sigmoid(x), text: "x / (1 + e⁻ˣ)" },
  gelu: {
    f: (x, a) =>
      a.approximate === "tanh"
        ? (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
        : x * normal(x),
    text: "x · Φ(x), Φ the normal distribution's share below x",
  },
  softplus: { f: (x, a) => Math.log1p(Math.exp((a.beta ?? 1) * x)) / (a.beta ?? 1), text: "ln(1 + eˣ)" },
  softsign: { f: (x) => x / (1 + Math.abs(x)), text: "x / (1 + |x|)" },
  hardsigmoid: { f: (x) => Math.min(1, Math.max(0, x / 6 + 0.5)), text: "x / 6 + ½, between 0 and 1" },
  hardswish: { f: (x) => x * Math.min(1, Math.max(0, x / 6 + 0.5)), text: "x · (x / 6 + ½, between 0 and 1)" },
  mish: { f: (x) => x * Math.tanh(Math.log1p(Math.exp(x))), text: "x · tanh(ln(1 + eˣ))" },
  abs: { f: Math.abs, text: "|x|" },
  exp: { f: Math.exp, text: "eˣ" },
  square: { f: (x) => x * x, text: "x²" },
  sqrt: { f: Math.sqrt, text: "√x" },
  neg: { f: (x) => -x, text: "−x" },
};

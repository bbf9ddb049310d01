// An optimizer's first step as arithmetic: gradient → momentum → step → new weight. The same chain as
// fivebyfive.training.updates has it in Python.

/**
 * @typedef {{name: string, symbol: string, symbols: string, figures: string, value: number}} Quantity
 * @typedef {{lr: number, momentum: number, betas: [number, number], eps: number, decay: number}} Settings
 * @typedef {{quantities: Quantity[], after: number, words: string[]}} Update
 * @typedef {{name: string, settings: Settings, adaptive: boolean}} Optimizer
 */

const PLAIN = { momentum: 0, betas: /** @type {[number, number]} */ ([0.9, 0.999]), eps: 1e-8, decay: 0 };

/** PyTorch's own settings, and for SGD a rate. @type {Record<string, Optimizer>} */
export const OPTIMIZERS = {
  sgd: { name: "SGD", settings: { ...PLAIN, lr: 0.01 }, adaptive: false },
  momentum: { name: "SGD with momentum", settings: { ...PLAIN, lr: 0.01, momentum: 0.9 }, adaptive: false },
  adam: { name: "Adam", settings: { ...PLAIN, lr: 0.001 }, adaptive: true },
  adamw: { name: "AdamW", settings: { ...PLAIN, lr: 0.001, decay: 0.01 }, adaptive: true },
};

/** The six significant digits of what lies between, and the nine of weights and settings. */
const [SHORT, EXACT] = [6, 9];

/**
 * As C writes a number (%g): so many digits, without zeros at the end, with a true minus.
 * @param {number} value @param {number} [digits]
 */
export function shown(value, digits = SHORT) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  value = toEven(value, digits);
  const [mantissa, power] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= digits) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${trimmed(mantissa)}e${exponent < 0 ? "-" : "+"}${size}`.replaceAll("-", "−");
  }
  return trimmed(value.toFixed(Math.max(0, digits - 1 - exponent))).replaceAll("-", "−");
}

/** @param {string} text */
const trimmed = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** @param {number} value */
const exact = (value) => shown(value, EXACT);

/**
 * A number that lies just between two of so many digits goes to the even one, as in C; toFixed goes up.
 * @param {number} value @param {number} digits
 */
function toEven(value, digits) {
  const figures = value.toExponential(60).split("e")[0].replace(/[-.]/g, "");
  const down = /^50*$/.test(figures.slice(digits)) && Number(figures[digits - 1]) % 2 === 0;
  return down ? value * (1 - 2 ** -50) : value;
}

/** In brackets where it is negative. @param {number} value @param {number} [digits] */
const bracketed = (value, digits = SHORT) => (value < 0 ? `(${shown(value, digits)})` : shown(value, digits));

/** 0.9·0.0312: the first is a setting. @param {number} first @param {...number} others */
const times = (first, ...others) => [bracketed(first, EXACT), ...others.map((v) => bracketed(v))].join("·");

/**
 * A quantity that is worked out.
 * @param {string} name @param {string} symbol @param {string} formula @param {string} figures @param {number} value
 * @param {number} [digits] @returns {Quantity}
 */
function written(name, symbol, formula, figures, value, digits = SHORT) {
  return { name, symbol, symbols: `${symbol} = ${formula}`, figures: `${figures} = ${shown(value, digits)}`, value };
}

/**
 * A quantity that is there already.
 * @param {string} name @param {string} symbol @param {string} symbols @param {number} value @returns {Quantity}
 */
const given = (name, symbol, symbols, value) => ({ name, symbol, symbols, figures: shown(value), value });

/**
 * The first step of a weight: nothing is remembered yet.
 * @param {string} kind one of OPTIMIZERS @param {number} gradient @param {number} before the weight
 * @param {Partial<Settings>} [changed] settings @returns {Update}
 */
export function firstStep(kind, gradient, before, changed = {}) {
  const { settings: own, adaptive } = OPTIMIZERS[kind];
  const settings = { ...own, ...changed };
  const chain = [given("gradient", "g", "g = ∂loss/∂w", gradient)];
  const update = adaptive ? adam(chain, before, settings) : sgd(chain, settings);
  const weight = newWeight(before, update.changes);
  const quantities = [...chain, ...update.quantities, weight];
  const lost = quantities.find((q) => !Number.isFinite(q.value));
  const words = lost ? [`The ${lost.name} is no number: this weight is lost.`] : update.words;
  return { quantities, after: weight.value, words };
}

/** @param {Quantity[]} chain @param {Settings} settings */
function sgd([g], { lr, momentum }) {
  const m = momentum ? [given("momentum", "m′", "m′ = g", g.value)] : [];
  const followed = m[0] ?? g;
  const figures = `−${times(lr, followed.value)}`;
  const step = written("step", "Δ", `−η·${followed.symbol}`, figures, -lr * followed.value);
  const first = `The step is the gradient times the rate, ${exact(lr)}: twice the gradient makes twice the step.`;
  const still = g.value === 0 && !momentum;
  const begins = momentum ? ["There is no momentum yet: it begins as this gradient."] : [];
  const words = still ? ["The gradient is 0: this weight stays as it is."] : [first, ...begins];
  return { quantities: [...m, step], changes: [step], words };
}

/** @param {Quantity[]} chain @param {number} before @param {Settings} settings */
function adam([g], before, { lr, betas, eps, decay }) {
  const [beta1, beta2] = betas;
  const [m, v] = [(1 - beta1) * g.value, (1 - beta2) * g.value * g.value];
  const [mean, squares] = [divided(m, 1 - beta1), divided(v, 1 - beta2)];
  const size = Math.sqrt(squares);
  const share = divided(mean, size + eps);
  const step = written("step", "Δ", "−η·r", `−${times(lr, share)}`, -lr * share);
  const lost = `−${exact(lr)}·${exact(decay)}·${bracketed(before)}`;
  const decays = decay ? [written("weight decay", "δ", "−η·λ·w", lost, -lr * decay * before)] : [];
  const quantities = [
    written("mean", "m′", "β₁·m + (1 − β₁)·g", `${times(beta1, 0)} + ${times(1 - beta1, g.value)}`, m),
    written("mean of squares", "v′", "β₂·v + (1 − β₂)·g²", `${times(beta2, 0)} + ${times(1 - beta2, g.value)}²`, v),
    written("mean, corrected", "m̂", "m′/(1 − β₁ᵗ)", `${shown(m)}/(1 − ${exact(beta1)}^1)`, mean),
    written("mean of squares, corrected", "v̂", "v′/(1 − β₂ᵗ)", `${shown(v)}/(1 − ${exact(beta2)}^1)`, squares),
    written("share of the rate", "r", "m̂/(√v̂ + ε)", `${shown(mean)}/(√(${shown(squares)}) + ${exact(eps)})`, share),
    ...decays,
    step,
  ];
  const reason = `${exact(lr)}, times ${shown(Math.abs(share), 3)}: ${cancelled(size, eps)}`;
  const words = mean === 0 ? ["The mean of the gradients is 0: the step is 0."] : [`The step is the rate, ${reason}.`];
  return { quantities, changes: [...decays, step], words };
}

/** Why the first step is as long as it is. @param {number} size @param {number} eps */
function cancelled(size, eps) {
  return eps > size / 9
    ? `the gradients are so small, √v̂ = ${shown(size, 3)}, that ε = ${exact(eps)} holds it back`
    : `in the first step m̂ is the gradient itself and √v̂ its size, ${shown(size, 3)}, which cancels out`;
}

/** @param {number} before @param {Quantity[]} changes */
function newWeight(before, changes) {
  const after = before + changes.reduce((sum, change) => sum + change.value, 0);
  const formula = ["w", ...changes.map((change) => change.symbol)].join(" + ");
  const figures = [exact(before), ...changes.map((change) => bracketed(change.value))].join(" + ");
  return written("new weight", "w′", formula, figures, after, EXACT);
}

/** @param {number} a @param {number} b */
const divided = (a, b) => (b === 0 ? (a === 0 ? NaN : a * Infinity) : a / b);

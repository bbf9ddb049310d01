// What the last numbers say, by the model's rules: probabilities, which class comes first, and whether it is sure
// (outputs.py and decision.py are the same rules).

const [SURE, NOTHING] = [0.8, 0.9];
const NONE = "none";
const NO_DIGITS = [NONE, ...".,-/:"];
const READ = new Set([..."0123456789", ...NO_DIGITS]);
const [UNSURE, NO_DIGIT] = ["unsure", "no digit found"];
/** The smallest number that is not denormal. */
const TINY = 2 ** -1022;

/**
 * As numbers whose softmax is the answer.
 * @param {ArrayLike<number>} outputs @param {string} kind as outputs.py has it
 */
function logits(outputs, kind) {
  const log = (/** @type {number} */ x) => Math.log(Math.max(x, TINY));
  const values = Array.from(outputs);
  if (kind === "probabilities") return values.map(log);
  if (kind === "yes-or-no") return values.map((x) => log(x) - log(1 - x));
  return values;
}

/**
 * A probability for each class; null where one is no number.
 * @param {ArrayLike<number>} outputs @param {string} kind
 */
export function probabilities(outputs, kind) {
  const given = logits(outputs, kind);
  const most = given.reduce((a, b) => (b > a || Number.isNaN(b) ? b : a), -Infinity);
  const powers = given.map((x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  const found = powers.map((power) => power / sum);
  return found.some(Number.isNaN) ? null : found;
}

/**
 * The classes' numbers, for one shape by itself, the answer first.
 * @param {number[]} shares @param {string[]} classes
 */
export function ranking(shares, classes) {
  const order = shares.map((_, i) => i).sort((a, b) => shares[b] - shares[a] || a - b);
  const apart = readsDigits(classes) ? NO_DIGITS : [NONE];
  const isLast = (/** @type {number} */ i) => apart.includes(classes[i]) && shares[i] < NOTHING;
  return [...order.filter((i) => !isLast(i)), ...order.filter(isLast)];
}

/**
 * What an answer for one shape is marked with; "" where it is sure. A mark alone is no digit.
 * @param {string} label @param {number} share @param {string[]} classes
 */
export function doubt(label, share, classes) {
  if (NO_DIGITS.includes(label) && readsDigits(classes)) return NO_DIGIT;
  return label !== NONE && share >= SURE ? "" : UNSURE;
}

/** @param {string[]} classes */
const readsDigits = (classes) => classes.includes(NONE) && classes.every((name) => READ.has(name));

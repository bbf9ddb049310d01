// A normalization: each value less a mean, over a deviation, scaled and shifted; by the statistics of the training, or
// by those of the values that it belongs together with (layer, group, instance, root mean square).

import { EACH } from "../document/relations.js";
import { math } from "../draw/dom.js";
import { number, plural } from "../draw/format.js";
import { broken, factor, frac, mi, mn, mo, row, same as place, sub } from "../draw/formula.js";
import { normalized } from "../network/together.js";
import { before, said, same, total } from "../number/telling.js";
import { TOGETHER, together } from "../sums/together.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../types.js").Step<import("../types.js").Normalization>} Step
 * @typedef {import("../types.js").Place} Place
 * @typedef {{mean: number, variance: number, count: number}} Statistics `count` of values, 0 for those of the training
 */

/** @type {import("../document/relations.js").Relation<import("../types.js").Normalization>} */
const relation = {
  read: (doc, step, ...at) => (step.attributes.over ? TOGETHER : EACH).read(doc, step, ...at),
  written: (doc, step, ...at) => (step.attributes.over ? TOGETHER : EACH).written(doc, step, ...at),
};

/** Only the size of the values counts, not their mean. @param {Step} step */
const ofSquares = (step) => step.op === "rms_norm";

/** @param {Doc} doc @param {Step} step @param {Place} at @returns {Statistics | null} */
function statistics(doc, step, at) {
  const { over } = step.attributes;
  if (!over) {
    const [mean, variance] = ["mean", "variance"].map((name) => doc.numbers(`${name}/${step.index}`)?.[at.channel]);
    return mean === undefined || variance === undefined ? null : { mean, variance, count: 0 };
  }
  const { values } = together(doc, step.inputs[0], over, at);
  const average = (/** @type {number[]} */ all) => all.reduce((a, b) => a + b, 0) / all.length;
  const mean = ofSquares(step) ? 0 : average(values);
  return { mean, variance: average(values.map((v) => (v - mean) ** 2)), count: values.length };
}

/**
 * Its scale or shift: one for each channel, or one for each place.
 * @param {Doc} doc @param {Step} step @param {"weight" | "bias"} name @param {Place} at
 */
function learned(doc, step, name, { channel, y, x }) {
  const { channels, height, width } = step.shape;
  const numbers = doc.numbers(`${name}/${step.index}`);
  if (!numbers) return name === "weight" ? 1 : 0;
  return numbers[numbers.length === channels ? channel : (channel * height + y) * width + x];
}

/** By the statistics of the training. @param {Doc} doc @param {Step} step @param {Float32Array} x */
function byItsTraining(doc, step, x) {
  const [mean, variance] = ["mean", "variance"].map((name) => doc.numbers(`${name}/${step.index}`));
  const size = step.shape.height * step.shape.width;
  if (!mean || !variance) return null;
  const result = new Float32Array(x.length);
  for (let c = 0; c < step.shape.channels; c++) {
    const deviation = Math.sqrt(variance[c] + step.attributes.eps);
    for (let i = c * size; i < (c + 1) * size; i++) result[i] = (x[i] - mean[c]) / deviation;
  }
  return result;
}

/** With what was learned, in place. @param {Doc} doc @param {Step} step @param {Float32Array} x */
function scaled(doc, step, x) {
  const [scale, shift] = ["weight", "bias"].map((name) => doc.numbers(`${name}/${step.index}`));
  const { channels, height, width } = step.shape;
  const place = (/** @type {Float32Array} */ numbers) => (numbers.length === channels ? height * width : 1);
  const [each, own] = [scale ? place(scale) : 1, shift ? place(shift) : 1];
  for (let i = 0; i < x.length; i++) {
    x[i] = x[i] * (scale ? scale[Math.floor(i / each)] : 1) + (shift ? shift[Math.floor(i / own)] : 0);
  }
  return x;
}

/** @type {import("../document/kind.js").Kind<import("../types.js").Normalization>} */
export const kind = {
  relation,
  followed: (step) => !step.attributes.over,
  symbols(step) {
    const squared = math("msup", mi("σ"), mn("2"));
    const mean = ofSquares(step) ? [] : [mo("−"), sub(mi("μ"), mi("k"))];
    const size = ofSquares(step)
      ? row(mi("mean"), mo("("), math("msup", mi("I"), mn("2")), mo(")"))
      : sub(squared, mi("k"));
    const fraction = frac(row(place("I", step), ...mean), math("msqrt", size, mo("+"), mi("ε")));
    const shift = ofSquares(step) ? [] : [mo("+"), sub(mi("β"), mi("k"))];
    return [fraction, mo("·"), sub(mi("γ"), mi("k")), ...shift];
  },
  derive(doc, step, [x]) {
    const { over, eps } = step.attributes;
    const result = over ? normalized(x, step.shape, over, eps, ofSquares(step)) : byItsTraining(doc, step, x);
    return result && scaled(doc, step, result);
  },
  tell(doc, step, choice) {
    const found = statistics(doc, step, choice);
    if (!found) return null;
    const { mean, variance, count } = found;
    const [scale, shift] = [learned(doc, step, "weight", choice), learned(doc, step, "bias", choice)];
    const { eps } = step.attributes;
    const value = same(doc, step.inputs[0], choice);
    const result = ((value - mean) / Math.sqrt(variance + eps)) * scale + shift;
    const less = ofSquares(step) ? [] : [mo("−"), factor(mean)];
    const fraction = frac(row(mn(value), ...less), math("msqrt", mn(variance), mo("+"), mn(eps)));
    const of = count ? ` of ${plural(count, "value")}` : "";
    const measured = ofSquares(step)
      ? [`, mean of the squares${of} `, number(variance)]
      : [`, mean${of} `, number(mean), ", variance ", number(variance)];
    return [
      broken([fraction, mo("·"), factor(scale), mo("+"), factor(shift), mo("="), mn(result)]),
      said(
        "value ",
        before(value),
        ...measured,
        ", scale ",
        number(scale),
        ", shift ",
        number(shift, { "data-bias": true }),
        " → ",
        total(result),
      ),
    ];
  },
  back(doc, step, position, place) {
    const found = position ? null : statistics(doc, step, place);
    if (!found) return null;
    const { mean, variance, count } = found;
    const size = Math.sqrt(variance + step.attributes.eps);
    const { over } = step.attributes;
    if (!over) return [{ ...place, weight: learned(doc, step, "weight", place) / size }];
    const { values, places, own } = together(doc, step.inputs[0], over, place);
    const standing = (/** @type {number} */ i) => (values[i] - mean) / size;
    const shared = ofSquares(step) ? 0 : 1;
    return places.map((at, j) => {
      const weight = Number(j === own) - (shared + standing(own) * standing(j)) / count;
      return { ...at, weight: (weight * learned(doc, step, "weight", at)) / size };
    });
  },
};

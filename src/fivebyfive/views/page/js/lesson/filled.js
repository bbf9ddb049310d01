// The sentences of the tour with the numbers of the picture that the page shows; the same as lesson/filling.py.

import { telling } from "../choice/telling.js";
import { grouped, percent, short } from "../draw/format.js";
import { same } from "../number/telling.js";
import { named, placeOf } from "../sums/places.js";
import { biasOf } from "../sums/terms.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step
 * @typedef {import("../types.js").Place} Place
 * @typedef {{step: number, what: string}} Value a number that hangs on the picture: lesson/filling.py says which
 * @typedef {(string | Value)[]} Sentence
 */

const UNKNOWN = "…";

/** @param {Doc} doc @param {Sentence} sentence */
export function filled(doc, sentence) {
  return sentence.map((part) => (typeof part === "string" ? part : said(doc, part))).join("");
}

/**
 * The place in a map of its highest value.
 * @param {Doc} doc @param {Step} step @param {number} channel @returns {Place}
 */
export function highest(doc, step, channel) {
  const size = step.shape.height * step.shape.width;
  const values = doc.output(step.index)?.subarray(channel * size, (channel + 1) * size) ?? [];
  let best = 0;
  values.forEach((value, i) => value > values[best] && (best = i));
  return placeOf(step.shape, channel * size + best);
}

/** @param {Doc} doc @param {Value} value */
function said(doc, { step: index, what }) {
  const step = doc.steps[index];
  const [, name, number] = /** @type {RegExpExecArray} */ (/^(.*?)(?: (\d+))?$/.exec(what));
  const at = number ? highest(doc, step, Number(number)) : telling(doc)[index];
  const say = SAID[name.startsWith("highest") ? (name.endsWith("at") ? "place" : "value") : name];
  return say(doc, step, at);
}

/** @type {Record<string, (doc: Doc, step: Step, at: Place) => string>} */
const SAID = {
  value: (doc, step, at) => written(valueAt(doc, step, at)),
  place: (_doc, step, at) => named(step.shape, at),
  before: (doc, step, at) => written(same(doc, step.inputs[0], at)),
  other: (doc, step, at) => written(same(doc, step.inputs[1], at)),
  bias: (doc, step, at) => written(biasOf(doc, step, at.channel) ?? NaN),
  products: (doc, step, at) => written(products(doc, step, at)),
  strongest(doc, step, at) {
    const best = product(doc, step, at);
    return best ? `${bracketed(best.value)} · ${bracketed(best.weight)} = ${short(best.product)}` : UNKNOWN;
  },
  "strongest at"(doc, step, at) {
    const best = product(doc, step, at);
    return best ? named(doc.steps[step.inputs[best.input ?? 0]].shape, best) : UNKNOWN;
  },
  window: (doc, step, at) =>
    inside(doc, step, at)
      .map((term) => short(term.value))
      .join(", "),
  zeros: (doc, step) => counted(doc, step, (value) => value === 0),
  "not zero": (doc, step) => counted(doc, step, (value) => value !== 0),
  label: (doc) => doc.answers[0]?.label ?? UNKNOWN,
  probability: (doc) => share(doc, 0),
  second: (doc) => doc.answers[1]?.label ?? UNKNOWN,
  "second probability": (doc) => share(doc, 1),
  loss: (doc) => written(Number(doc.fields.back?.loss ?? NaN)),
};

/** A number that a file may not hold. @param {number} value */
const written = (value) => (Number.isNaN(value) ? UNKNOWN : short(value));

/** @param {number} value */
const bracketed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** @param {Doc} doc @param {Step} step @param {Place} at */
const valueAt = (doc, step, { channel, y, x }) => doc.value(step.index, channel, y, x);

/** @param {Doc} doc @param {number} place */
function share(doc, place) {
  const answer = doc.answers[place];
  return answer ? percent(answer.probability) : UNKNOWN;
}

/** @param {Doc} doc @param {Step} step @param {Place} at */
function inside(doc, step, at) {
  return (doc.sum(step, at)?.terms ?? []).filter((term) => !term.padding);
}

/** A value without its bias. @param {Doc} doc @param {Step} step @param {Place} at */
const products = (doc, step, at) => valueAt(doc, step, at) - (biasOf(doc, step, at.channel) ?? 0);

/** The product that does most for the sum of all. @param {Doc} doc @param {Step} step @param {Place} at */
function product(doc, step, at) {
  const way = products(doc, step, at) < 0 ? -1 : 1;
  const terms = inside(doc, step, at);
  return terms.reduce((best, term) => (way * term.product > way * best.product ? term : best), terms[0]);
}

/** @param {Doc} doc @param {Step} step @param {(value: number) => boolean} fits */
function counted(doc, step, fits) {
  const output = doc.output(step.index);
  return output ? grouped(output.filter(fits).length) : UNKNOWN;
}

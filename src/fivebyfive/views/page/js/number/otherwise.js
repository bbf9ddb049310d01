// One number of a step that is no sum over a window: what it was before, and what was done to it.

import { h } from "../draw/dom.js";
import { equation, frac, mi, mn, mo, row, sup } from "../draw/formula.js";
import { math } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { FUNCTIONS } from "../sums/functions.js";
import { offset, origin } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step
 * @typedef {import("../choice/store.js").Choice} Choice
 */
/** @typedef {(doc: Doc, step: Step, choice: Choice) => import("../draw/dom.js").Child[] | null} Telling */

/**
 * The value of an input at the same place; an input with one row, column or map lends it to all.
 * @param {Doc} doc @param {number} index @param {Choice} choice
 */
function same(doc, index, { channel, y, x }) {
  const { channels, height, width } = doc.steps[index].shape;
  return doc.value(index, channels === 1 ? 0 : channel, height === 1 ? 0 : y, width === 1 ? 0 : x);
}

const total = (/** @type {number} */ value) => number(value, { class: "n strong", "data-sum": true });

/** @type {Record<string, Telling>} */
const TELLINGS = {
  input: (doc, step, choice) => [
    said(
      "a value of the picture: ",
      total(doc.value(step.index, choice.channel, choice.y, choice.x)),
      " (0 is black or blank, 1 is white or ink)",
    ),
  ],
  output(doc, step, choice) {
    const value = same(doc, step.inputs[0], choice);
    if (value !== doc.value(step.index, choice.channel, choice.y, choice.x)) return null;
    const label =
      step.shape.flat && doc.structure.classes.length === step.shape.channels
        ? doc.structure.classes[choice.channel]
        : "";
    return [
      said(
        "what ",
        h("code", {}, doc.steps[step.inputs[0]].name),
        " gave, handed on as the network's answer",
        label && h("span", {}, " for ", h("b", {}, label)),
        ": ",
        total(value),
      ),
    ];
  },
  bias(doc, step, choice) {
    const bias = doc.numbers(`bias/${step.index}`);
    const before = same(doc, step.inputs[0], choice);
    if (!bias) return null;
    return [
      equation(before, "+", bias[choice.channel], "=", before + bias[choice.channel]),
      said(
        number(before, { "data-value-in": true }),
        " + bias ",
        number(bias[choice.channel], { "data-bias": true }),
        " = ",
        total(before + bias[choice.channel]),
      ),
    ];
  },
  activation(doc, step, choice) {
    const [before, after] = [
      same(doc, step.inputs[0], choice),
      doc.value(step.index, choice.channel, choice.y, choice.x),
    ];
    const text = FUNCTIONS[step.op]?.text;
    return [
      math("math", row(mi(step.op), mo("("), mn(before), mo(")"), mo("="), mn(after))),
      said(`${step.op} of `, number(before, { "data-value-in": true }), " is ", total(after)),
      text && h("p", { class: "says" }, `${step.op}(x) = ${text}`),
    ];
  },
  normalization(doc, step, choice) {
    const at = (/** @type {string} */ name) => doc.numbers(`${name}/${step.index}`)?.[choice.channel];
    const [mean, variance, scale, shift] = [at("mean"), at("variance"), at("weight") ?? 1, at("bias") ?? 0];
    if (mean === undefined || variance === undefined) return null;
    const before = same(doc, step.inputs[0], choice);
    const { eps } = step.attributes;
    const result = ((before - mean) / Math.sqrt(variance + eps)) * scale + shift;
    const signed = (/** @type {number} */ v) => (v < 0 ? row(mo("("), mn(v), mo(")")) : mn(v));
    const written = math(
      "math",
      row(
        frac(row(mn(before), mo("−"), signed(mean)), math("msqrt", mn(variance), mo("+"), mn(eps))),
        mo("·"),
        signed(scale),
        mo("+"),
        signed(shift),
        mo("="),
        mn(result),
      ),
    );
    return [
      written,
      said(
        "value ",
        number(before, { "data-value-in": true }),
        ", mean ",
        number(mean),
        ", variance ",
        number(variance),
        ", scale ",
        number(scale),
        ", shift ",
        number(shift, { "data-bias": true }),
        " → ",
        total(result),
      ),
    ];
  },
  sum: (doc, step, choice) => combined(doc, step, choice, "+", (a, b) => a + b),
  product: (doc, step, choice) => combined(doc, step, choice, "×", (a, b) => a * b),
  concatenation(doc, step, choice) {
    const position = step.inputs.findIndex(
      (index, i) => choice.channel < offset(doc.steps, step, i) + doc.steps[index].shape.channels,
    );
    const input = doc.steps[step.inputs[position]];
    const channel = choice.channel - offset(doc.steps, step, position);
    return [
      said(
        "map ",
        channel,
        " of ",
        h("code", {}, input.name),
        ", handed on: ",
        total(doc.value(input.index, channel, choice.y, choice.x)),
      ),
    ];
  },
  reshape(doc, step, choice) {
    const input = doc.steps[step.inputs[0]];
    const from = origin(step, input.shape, choice.channel, choice.y, choice.x);
    const where = input.shape.flat ? `unit ${from.channel}` : `map ${from.channel}, row ${from.y}, column ${from.x}`;
    return [
      said(
        `${where} of `,
        h("code", {}, input.name),
        ", at another place: ",
        total(doc.value(input.index, from.channel, from.y, from.x)),
      ),
    ];
  },
  dropout(doc, step, choice) {
    const before = same(doc, step.inputs[0], choice);
    const after = doc.value(step.index, choice.channel, choice.y, choice.x);
    if (step.attributes.keep_prob === 1) {
      return [
        said(
          number(before, { "data-value-in": true }),
          " is handed on: nothing is dropped, keep_prob is 1: ",
          total(after),
        ),
      ];
    }
    return [
      said(
        number(before, { "data-value-in": true }),
        after === 0 ? " was dropped: " : ` was kept, times 1 / ${step.attributes.keep_prob}: `,
        total(after),
      ),
    ];
  },
  softmax(doc, step, choice) {
    const input = doc.output(step.inputs[0]);
    return input && doc.steps[step.inputs[0]].shape.flat ? softmax(input, choice.channel) : null;
  },
};

/** @param {...import("../draw/dom.js").Child} parts */
function said(...parts) {
  return h("p", { class: "total" }, ...parts);
}

/**
 * @param {Doc} doc @param {Step} step @param {Choice} choice @param {string} sign
 * @param {(a: number, b: number) => number} join
 */
function combined(doc, step, choice, sign, join) {
  const values = step.inputs.map((index) => same(doc, index, choice));
  const result = values.reduce(join);
  const parts = values.flatMap((value, i) => [...(i ? [sign] : []), value]);
  const told = step.inputs.flatMap((index, i) => [
    i > 0 && ` ${sign} `,
    number(values[i], { "data-value-in": true }),
    h("small", {}, ` ${doc.steps[index].name}`),
  ]);
  return [equation(...parts, "=", result), said(...told, " = ", total(result))];
}

/**
 * e to the value, over the sum of all.
 * @param {Float32Array} logits @param {number} k @param {number} [listed] up to how many are written out
 */
export function softmax(logits, k, listed = 5) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (z) => Math.exp(z - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  const power = (/** @type {number} */ z) => sup(mi("e"), mn(z));
  const first = Array.from(logits)
    .slice(0, listed)
    .flatMap((z, i) => [i > 0 && mo("+"), power(z)]);
  const rest = logits.length > listed && [mo("+"), mo("…"), mo("+"), power(logits[logits.length - 1])];
  const written = math(
    "math",
    row(frac(power(logits[k]), row(...first, ...(rest || []))), mo("="), mn(powers[k] / sum)),
  );
  return [written, said("share ", total(powers[k] / sum))];
}

/** @param {Doc} doc @param {Step} step @param {Choice} choice */
export function otherwise(doc, step, choice) {
  const here = doc.output(step.index) && step.inputs.every((i) => doc.output(i));
  const told = here ? TELLINGS[step.attributes.method]?.(doc, step, choice) : null;
  if (told) return h("div", { class: "told" }, ...told);
  if (!here) {
    return h(
      "p",
      { class: "left-out" },
      "The numbers of this step are not in this file, only its thumbnails: it would be too large. " +
        "Open the network with 5x5 serve to see them.",
    );
  }
  const value = doc.value(step.index, choice.channel, choice.y, choice.x);
  return h(
    "div",
    { class: "told" },
    said(h("code", {}, step.op), " gave ", total(value)),
    h(
      "p",
      { class: "says" },
      "This page has no formula for this operation; its inputs and its output are shown as they were.",
    ),
  );
}

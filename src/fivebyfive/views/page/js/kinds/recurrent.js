// A recurrent layer: each number is made by gates, of what comes in and what is remembered.

import { ALL } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { equation } from "../draw/formula.js";
import { number } from "../draw/format.js";
import { said, total } from "../number/telling.js";
import { run } from "./recurrent/run.js";
import { numberOf } from "../sums/places.js";

/** @typedef {import("../types.js").Step<any>} Step @typedef {Record<string, number>} Gates */

/** @type {Record<string, Record<string, string>>} what each number is, by the sort of layer */
const NAMES = {
  lstm: {
    i: "how much of the new comes in",
    f: "how much of what is remembered is kept",
    g: "what is new",
    o: "how much of it is shown",
    before: "what was remembered",
    cell: "what is remembered now: f · before + i · g",
  },
  gru: {
    r: "how much of the time before the new looks at",
    z: "how much of the time before stays",
    n: "what is new",
    before: "the time before",
  },
  rnn_tanh: { sum: "what comes in and the time before, each weighed, and the bias" },
  rnn_relu: { sum: "what comes in and the time before, each weighed, and the bias" },
};

/**
 * The number that the gates make, and how it is written.
 * @param {Step} step @param {Gates} at
 */
export function made({ attributes: { sort, cell } }, at) {
  if (sort === "lstm" && cell) {
    const parts = [at.f, "·", at.before, "+", at.i, "·", at.g];
    return { parts, result: at.f * at.before + at.i * at.g, written: "c = f · before + i · g" };
  }
  if (sort === "lstm") {
    const shown = Math.tanh(at.cell);
    return { parts: [at.o, "·", shown], result: at.o * shown, written: "h = o · tanh(cell)" };
  }
  if (sort === "gru") {
    const parts = [1 - at.z, "·", at.n, "+", at.z, "·", at.before];
    return { parts, result: (1 - at.z) * at.n + at.z * at.before, written: "h = (1 − z) · n + z · before" };
  }
  const result = sort === "rnn_relu" ? Math.max(at.sum, 0) : Math.tanh(at.sum);
  return { parts: [at.sum], result, written: sort === "rnn_relu" ? "h = max(sum, 0)" : "h = tanh(sum)" };
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: ALL,
  sign: ",",
  derive(doc, step, inputs) {
    const made = doc.buffers.get(`made/${step.index}`);
    const found = run(doc, step, inputs);
    const values = found && (step.attributes.cell ? found.cell : found.h);
    return made && values ? Float32Array.from(made, (/** @type {number} */ i) => values[i]) : null;
  },
  besides(doc, step, inputs) {
    const made = doc.buffers.get(`made/${step.index}`) ?? [];
    const found = run(doc, step, inputs);
    const { channels, height, width } = step.shape;
    return step.attributes.gates.map((/** @type {string} */ name) => ({
      name: `gate-${name}`,
      numbers: Float32Array.from(made, (/** @type {number} */ i) => found?.[name][i] ?? NaN),
      shape: [channels, height, width],
    }));
  },
  tell(doc, step, choice) {
    const { gates, sort } = step.attributes;
    const place = numberOf(step.shape, choice);
    /** @type {Gates} */
    const at = {};
    for (const name of gates) at[name] = doc.numbers(`gate-${name}/${step.index}`)?.[place] ?? NaN;
    const { parts, result, written } = made(step, at);
    const rows = gates.map((/** @type {string} */ name) =>
      h("li", {}, h("b", {}, `${name} `), number(at[name], { "data-gate": name }), ` ${NAMES[sort][name]}`),
    );
    return [
      parts.length > 1 && equation(...parts, "=", result),
      said(written, " = ", total(result)),
      h("ul", { class: "says" }, ...rows),
    ];
  },
};

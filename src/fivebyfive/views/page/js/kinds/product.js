// A product of inputs, place by place, as where a gate opens.

import { EACH } from "../document/relations.js";
import { mo, same as placed } from "../draw/formula.js";
import { same } from "../number/telling.js";
import { joined, lent, told } from "./joining/pairwise.js";

/** @param {number} a @param {number} b */
const join = (a, b) => a * b;

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  relation: EACH,
  sign: "×",
  symbols: (step) => [placed("A", step), mo("·"), placed("B", step)],
  derive: (doc, step, inputs) => joined(doc, step, inputs, join),
  tell: (doc, step, choice) => told(doc, step, choice, "×", join),
  back(doc, step, position, place) {
    const others = step.inputs.filter((_, i) => i !== position);
    const weigh = (/** @type {import("../types.js").Place} */ at) =>
      others.reduce((all, index) => all * same(doc, index, at), 1);
    return lent(doc, step, position, place).map((at) => ({ ...at, weight: weigh(at) }));
  },
};

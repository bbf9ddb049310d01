// A sum of inputs, place by place, as where a shortcut comes back.

import { EACH } from "../document/relations.js";
import { mo, same } from "../draw/formula.js";
import { joined, lent, told } from "./joining/pairwise.js";

/** @param {number} a @param {number} b */
const join = (a, b) => a + b;

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  relation: EACH,
  sign: "+",
  symbols: (step) => [same("A", step), mo("+"), same("B", step)],
  derive: (doc, step, inputs) => joined(doc, step, inputs, join),
  tell: (doc, step, choice) => told(doc, step, choice, "+", join),
  back: (doc, step, position, place) => lent(doc, step, position, place).map((at) => ({ ...at, weight: 1 })),
};

// Two values become one, place by place: with a number, with what the network holds, or with another result.

import { operand, read } from "../back/readers.js";
import { EACH } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { equation } from "../draw/formula.js";
import { number } from "../draw/format.js";
import { operandOf, placeByPlace } from "../network/tables.js";
import { before, said, total } from "../number/telling.js";
import { nameOf, reader } from "../sums/operands.js";
import { countOf } from "../sums/places.js";
import { slopesOf } from "./binary/slopes.js";
import { joinOf, signOf } from "./binary/functions.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 */

/** How to find both values. @param {Doc} doc @param {Step} step */
function both(doc, step) {
  const [a, b] = [reader(doc, step, 0), reader(doc, step, 1)];
  return a && b && { a, b };
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: EACH,
  sign: "∘",
  derive(doc, step, inputs) {
    const [a, b] = [operandOf(doc, step, 0, inputs), operandOf(doc, step, 1, inputs)];
    return a && b && placeByPlace(a, b, countOf(step.shape), joinOf(step));
  },
  back(doc, step, position, place) {
    const [a, b, slopes] = [operand(doc, step, 0), operand(doc, step, 1), slopesOf(step)];
    return a && b && slopes && read(doc, step, position, place, (k, at) => slopes(a(at), b(at))[k]);
  },
  tell(doc, step, choice) {
    const found = both(doc, step);
    if (!found) return null;
    const [a, b] = [found.a(choice), found.b(choice)];
    const [result, sign] = [joinOf(step)(a, b), signOf(step)];
    const named = [0, 1].map((k) => h("small", {}, ` ${nameOf(doc, step, k)}`));
    const { factor, written } = step.attributes;
    const weighted = factor !== undefined && !sign ? ` and ${factor} times ` : ` ${sign || "and"} `;
    return [
      sign && equation(a, sign, b, "=", result),
      said(before(a), named[0], weighted, number(b), named[1], sign ? " = " : " give ", total(result)),
      written && h("p", { class: "says" }, `${step.op}: ${written}`),
    ];
  },
};

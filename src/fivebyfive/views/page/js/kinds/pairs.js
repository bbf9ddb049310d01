// A sum of products: a row of one operand times a column of another. Two results are multiplied as matrices, or every
// place of a result has the same learned matrix.

import { operand, read } from "../back/readers.js";
import { ALL } from "../document/relations.js";
import { pairs } from "../network/dense.js";
import { operandOf, valueAt } from "../network/tables.js";
import { countOf } from "../sums/places.js";
import { read as readOf, reader, weighed } from "../sums/operands.js";
import { sum } from "../sums/terms.js";
import { termsStage } from "./operands/stage.js";

/**
 * What is added to the sum; null where nothing is.
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<any>} step
 * @param {import("../types.js").Place} at
 */
function addend(doc, step, at) {
  const { added } = step.attributes;
  const found = added === null ? null : reader(doc, step, 2);
  return found && added * found(at);
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: ALL,
  sign: "×",
  stage: termsStage({ values: "row", weights: "column", sign: "Σ" }),
  sum(doc, step, channel, y, x) {
    const at = { channel, y, x };
    const [rows, columns] = [readOf(doc, step, 0, at), readOf(doc, step, 1, at)];
    if (!rows || !columns) return null;
    const { factor } = step.attributes;
    const swapped = step.attributes.operands[0].input === undefined; // the values are the step's, the weights not
    const [values, weights] = swapped ? [columns, rows] : [rows, columns];
    return sum(
      values.map((value, q) => weighed(value, factor * weights[q].value, weights[q])),
      addend(doc, step, at),
    );
  },
  derive(doc, step, inputs) {
    const { factor, added } = step.attributes;
    const [a, b] = [operandOf(doc, step, 0, inputs), operandOf(doc, step, 1, inputs)];
    const addend = added === null ? null : operandOf(doc, step, 2, inputs);
    if (!a || !b || (added !== null && !addend)) return null;
    const sums = pairs(a, b, countOf(step.shape));
    const more = (/** @type {number} */ i) => (addend ? added * valueAt(addend, i) : 0);
    return Float32Array.from(sums, (sum, i) => factor * sum + more(i));
  },
  back(doc, step, position, place) {
    const [rows, columns] = [operand(doc, step, 0), operand(doc, step, 1)];
    const { factor, added } = step.attributes;
    if (!rows || !columns) return null;
    const others = [columns, rows];
    return read(doc, step, position, place, (k, at) => (k === 2 ? added : factor * others[k](at, at.nth)));
  },
};

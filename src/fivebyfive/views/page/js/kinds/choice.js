// At each place one of two values, as a condition or a mask says.

import { operand, read } from "../back/readers.js";
import { EACH } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { operandOf, valueAt } from "../network/tables.js";
import { said, total } from "../number/telling.js";
import { nameOf, reader } from "../sums/operands.js";
import { countOf } from "../sums/places.js";

/**
 * How to find the condition and both values; null where they are not here.
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<any>} step
 */
function all(doc, step) {
  const [condition, held, other] = [0, 1, 2].map((k) => reader(doc, step, k));
  return condition && held && other && { condition, held, other };
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: EACH,
  sign: ",",
  derive(doc, step, inputs) {
    const [condition, held, other] = [0, 1, 2].map((k) => operandOf(doc, step, k, inputs));
    if (!condition || !held || !other) return null;
    const result = new Float32Array(countOf(step.shape));
    for (let i = 0; i < result.length; i++) result[i] = valueAt(valueAt(condition, i) ? held : other, i);
    return result;
  },
  back(doc, step, position, place) {
    const condition = operand(doc, step, 0);
    return (
      condition && read(doc, step, position, place, (k, at) => Number(k > 0 && Boolean(condition(at)) === (k === 1)))
    );
  },
  tell(doc, step, choice) {
    const found = all(doc, step);
    if (!found) return null;
    const holds = Boolean(found.condition(choice));
    const [taken, left] = holds ? [found.held, found.other] : [found.other, found.held];
    const name = h("small", {}, ` ${nameOf(doc, step, holds ? 1 : 2)}`);
    return [
      said(`the ${step.attributes.asks} ${holds ? "holds" : "does not hold"} here: `, total(taken(choice)), name),
      h("p", { class: "says" }, "otherwise it would be ", number(left(choice))),
    ];
  },
};

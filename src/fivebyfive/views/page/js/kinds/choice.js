// At each place one of two values, as a condition or a mask says.

import { operand, read } from "../back/readers.js";
import { EACH } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { said, total } from "../number/telling.js";
import { nameOf, reader } from "../sums/operands.js";
import { countOf, placeOf } from "../sums/places.js";

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
  derive(doc, step) {
    const found = all(doc, step);
    if (!found) return null;
    return Float32Array.from({ length: countOf(step.shape) }, (_, i) => {
      const at = placeOf(step.shape, i);
      return found.condition(at) ? found.held(at) : found.other(at);
    });
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

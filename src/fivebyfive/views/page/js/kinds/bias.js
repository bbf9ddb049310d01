// A bias: one number for each map, added to all of its values.

import { EACH } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { at, equation, mo, same as place } from "../draw/formula.js";
import { before, said, same, total } from "../number/telling.js";
import { biasOf } from "../sums/terms.js";

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  relation: EACH,
  followed: () => true,
  symbols: (step) => [place("I", step), mo("+"), at("b", "k")],
  derive(doc, step, [x]) {
    const bias = doc.numbers(`bias/${step.index}`);
    const size = step.shape.height * step.shape.width;
    if (!bias) return null;
    const result = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) result[i] = x[i] + bias[Math.floor(i / size)];
    return result;
  },
  tell(doc, step, choice) {
    const bias = biasOf(doc, step, choice.channel);
    const value = same(doc, step.inputs[0], choice);
    if (bias === null) return null;
    return [
      equation(value, "+", bias, "=", value + bias),
      said(before(value), " + bias ", number(bias, { "data-bias": true }), " = ", total(value + bias)),
    ];
  },
  back: (_doc, _step, position, place) => (position ? null : [{ ...place, weight: 1 }]),
  next(doc, step, choice) {
    const bias = biasOf(doc, step, choice.channel);
    return bias === null ? [] : [h("span", {}, " + ", number(bias))];
  },
};

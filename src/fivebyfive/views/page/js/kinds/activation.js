// A function of one value, as the document brings it: its formula with the step's own numbers, and its curve.

import { slope } from "../back/slope.js";
import { EACH } from "../document/relations.js";
import { h, math } from "../draw/dom.js";
import { mi, mn, mo, row, same as place } from "../draw/formula.js";
import { before, said, same, total } from "../number/telling.js";
import { curved, sampled } from "../network/curves.js";
import { follow, pieces } from "../sums/pieces.js";
import { activationStage, formulaOf } from "./activation/stage.js";

/** @type {import("../document/kind.js").Kind<import("../types.js").Activation>} */
export const kind = {
  relation: EACH,
  followed: () => true,
  stage: activationStage,
  symbols: (step) => [mi(step.op), mo("("), place("I", step), mo(")")],
  derive(doc, step, [x]) {
    const size = step.shape.height * step.shape.width;
    const all = Array.from({ length: step.shape.channels }, (_, channel) => pieces(doc, step, channel));
    if (!all[0]?.length) return curved(step, x);
    const result = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) result[i] = follow(all[Math.floor(i / size)], x[i]);
    return result;
  },
  besides(doc, step, [x]) {
    const made = doc.buffers.has(`pieces/${step.index}`) ? null : sampled(step, x);
    return made ? [{ name: "samples", ...made }] : [];
  },
  back: slope,
  tell(doc, step, choice) {
    const [from, to] = [same(doc, step.inputs[0], choice), doc.value(step.index, choice.channel, choice.y, choice.x)];
    return [
      math("math", row(mi(step.op), mo("("), mn(from), mo(")"), mo("="), mn(to))),
      said(`${step.op} of `, before(from), " is ", total(to)),
      h("p", { class: "says", "data-formula": true }, `${step.op}(x) = ${formulaOf(step, choice.channel)}`),
    ];
  },
};

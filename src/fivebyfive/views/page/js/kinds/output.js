// The output: what the last step gave, handed on.

import { h } from "../draw/dom.js";
import { said, same, total } from "../number/telling.js";

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  derive: (_doc, _step, [x]) => x,
  back: (_doc, _step, _position, place) => [{ ...place, weight: 1 }],
  tell(doc, step, choice) {
    const value = same(doc, step.inputs[0], choice);
    if (!Object.is(value, doc.value(step.index, choice.channel, choice.y, choice.x))) return null;
    const { classes } = doc.structure;
    const label = step.shape.flat && classes.length === step.shape.channels ? classes[choice.channel] : "";
    const name = h("code", {}, doc.steps[step.inputs[0]].name);
    const meaning = label && h("span", {}, " for ", h("b", {}, label));
    return [said("what ", name, " gave, handed on as the network's answer", meaning, ": ", total(value))];
  },
};

// A softmax as a picture: the numbers that belong together, and the shares that they become.

import { h, replace } from "../../draw/dom.js";
import { percent } from "../../draw/format.js";
import { MapView } from "../../draw/mapview.js";
import { cellOf, figure, numberPicking, outputView, shown, sign, title } from "../../layer/views.js";
import { together } from "../../sums/together.js";
import { strip } from "../operands/stage.js";

/**
 * @typedef {import("../../layer/views.js").Context<import("../../types.js").Softmax>} Context
 * @typedef {import("../../layer/views.js").Stage} Stage
 */

/** @param {Context} context @returns {Stage} */
export function softmaxStage(context) {
  const { doc, step } = context;
  const size = Math.round(context.size * 0.75);
  const input = doc.steps[step.inputs[0]];
  const output = outputView({ ...context, size });
  const before = new MapView({ label: `Input of ${step.name}`, size, name: "input", pick: numberPicking(context) });
  const [numbers, shares] = ["numbers", "shares"].map(strip);
  const says = h("p", { class: "says", "aria-live": "polite" });
  const flow = h(
    "div",
    { class: "flow" },
    figure(before.canvas, title(input, "input")),
    sign("▸", "together"),
    numbers.element,
    sign("→", step.op),
    shares.element,
    sign("▸"),
    figure(output.view.canvas, title(step, "output")),
  );
  const element = h("div", {}, flow, says);
  return {
    element,
    update(choice) {
      const cell = cellOf(input, choice.channel, choice.y, choice.x);
      before.draw({ ...shown(doc, input, choice.channel, choice), cell });
      const { values, own } = together(doc, input.index, step.attributes.over, choice);
      const made = together(doc, step.index, step.attributes.over, choice).values;
      numbers.draw(values, own);
      shares.draw(made, own);
      replace(says, ...told(made, own));
      output.update(choice);
    },
  };

  /** @param {number[]} made @param {number} own */
  function told(made, own) {
    const shared = step.op === "log_softmax" ? made.map(Math.exp) : made;
    const best = shared.indexOf(Math.max(...shared));
    const here = h("b", {}, `Number ${own} of ${shared.length} gets ${percent(shared[own])}. `);
    return [here, best >= 0 && best !== own && `The largest share, ${percent(shared[best])}, has number ${best}.`];
  }
}

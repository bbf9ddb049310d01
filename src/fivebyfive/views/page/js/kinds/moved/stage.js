// Values that move, as a picture: where the chosen one stood, and where it stands now. Point at either side.

import { choose } from "../../choice/choose.js";
import { h, replace } from "../../draw/dom.js";
import { MapView } from "../../draw/mapview.js";
import { across, cellOf, figure, outputView, shown, sign, title } from "../../layer/views.js";
import { named, numberOf, placeOf } from "../../sums/places.js";
import { destination, sourceOf } from "./source.js";

/**
 * @typedef {import("../../layer/views.js").Context} Context @typedef {import("../../layer/views.js").Stage} Stage
 * @typedef {import("../../types.js").Place} Place
 */

/** @param {Context} context @returns {Stage} */
export function movedStage(context) {
  const { doc, store, step, size } = context;
  const output = outputView(context);
  const caption = h("figcaption");
  const says = h("p", { class: "says", "aria-live": "polite" });
  let [position, channel] = [0, 0];
  const before = new MapView({
    label: `What went into ${step.name}; arrow keys follow a value to its place in the output`,
    size,
    name: "input",
    pick: { pick: follow },
  });
  const element = h(
    "div",
    { class: "flow reshaping" },
    step.inputs.length > 0 && h("figure", {}, before.canvas, caption),
    h("div", { class: "both" }, sign("→", "moves"), says),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const source = sourceOf(doc, step, choice);
      const input = doc.steps[step.inputs[source?.position ?? -1]];
      replace(says, ...words(choice, source));
      if (source && input) {
        const from = placeOf(input.shape, source.number);
        [position, channel] = [source.position, from.channel];
        drawn({ y: from.y, x: from.x });
      } else if (step.inputs.length) drawn(null);
      output.update(choice);

      /** @param {{y: number, x: number} | null} at */
      function drawn(at) {
        const from = doc.steps[step.inputs[position]];
        channel = Math.min(channel, from.shape.channels - 1);
        const cell = at && cellOf(from, channel, at.y, at.x);
        before.draw({ ...shown(doc, from, channel, choice), cell });
        replace(caption, title(from), !from.shape.flat && ` · channel ${channel}`);
      }
    },
  };

  /** @param {number} y @param {number} x */
  function follow(y, x) {
    const { shape } = doc.steps[step.inputs[position]];
    const from = shape.flat ? { channel: y * across(shape.channels) + x, y: 0, x: 0 } : { channel, y, x };
    const to = from.channel < shape.channels && destination(doc, step, position, numberOf(shape, from));
    if (to) choose(store, doc, to);
  }

  /** @param {Place} at @param {import("./source.js").Source | null} source */
  function words(at, source) {
    const here = h("b", {}, named(step.shape, at));
    if (!source) return [here, ": no value moved here"];
    const input = doc.steps[step.inputs[source.position]];
    if (!input) return [here, ": a number that the network holds"];
    return [named(input.shape, placeOf(input.shape, source.number)), " → ", here];
  }
}

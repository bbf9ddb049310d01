// One reshaping: the same numbers in another arrangement. Point at either side to see where a number goes, or came
// from.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { number } from "../draw/format.js";
import { origin, roll, unroll } from "../document/relations.js";
import { across, cellOf, figure, outputView, shown, sign, title } from "../layer/views.js";

/** @typedef {import("../layer/views.js").Context} Context @typedef {import("../layer/views.js").Stage} Stage */

/** @param {Context} context @returns {Stage} */
export function reshapingStage(context) {
  const { doc, store, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const { order } = step.attributes;
  const output = outputView(context);
  let channel = 0;
  const before = new MapView({
    label: `Input of ${step.name}; arrow keys follow a number to its place in the output`,
    size,
    name: "input",
    pick: {
      pick(y, x) {
        const from = input.shape.flat
          ? { channel: y * across(input.shape.channels) + x, y: 0, x: 0 }
          : { channel, y, x };
        if (from.channel < input.shape.channels) {
          choose(store, doc, unroll(step.shape, roll(input.shape, from.channel, from.y, from.x, order), order));
        }
      },
    },
  });
  const caption = h("figcaption");
  const says = h("p", { class: "says", "aria-live": "polite" });
  const row = h("div", { class: "unrolled", role: "img" });
  const element = h(
    "div",
    { class: "flow reshaping" },
    h("figure", {}, before.canvas, caption),
    h("div", { class: "both" }, sign("⇄", "the same numbers"), row, says),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const from = origin(step, input.shape, choice.channel, choice.y, choice.x);
      channel = from.channel;
      const index = roll(step.shape, choice.channel, choice.y, choice.x, order);
      before.draw({ ...shown(doc, input, from.channel, choice), cell: cellOf(input, from.channel, from.y, from.x) });
      replace(caption, title(input, "input"), !input.shape.flat && ` · map ${from.channel}`);
      replace(says, h("b", {}, `number ${index}`), " of the list: ", place(input, from), " ⇄ ", place(step, choice));
      replace(row, ...neighbours(index));
      row.setAttribute("aria-label", `The list around number ${index}`);
      output.update(choice);
    },
  };

  /** A few numbers of the list, the chosen one in the middle. @param {number} index */
  function neighbours(index) {
    const { channels, height, width } = input.shape;
    const count = channels * height * width;
    return Array.from({ length: 5 }, (_, k) => index + k - 2).map((i) => {
      if (i < 0 || i >= count) return h("span", { class: "end" }, "·");
      const at = unroll(input.shape, i, order);
      return number(doc.value(input.index, at.channel, at.y, at.x), {
        class: i === index ? "n chosen" : "n",
        "data-index": i,
      });
    });
  }

  /** @param {import("../types.js").Step} s @param {{channel: number, y: number, x: number}} at */
  function place(s, at) {
    return s.shape.flat ? `unit ${at.channel}` : `row ${at.y}, column ${at.x}, map ${at.channel}`;
  }
}

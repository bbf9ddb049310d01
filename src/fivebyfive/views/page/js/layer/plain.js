// Any other step: what went in, what came out. Joining has several inputs; all else has one.

import { choose, preview, release } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { MapView } from "../draw/mapview.js";
import { across, cellOf, figure, outputView, shown, sign, title } from "./views.js";

/**
 * @typedef {import("./views.js").Context} Context @typedef {import("./views.js").Stage} Stage
 * @typedef {import("../choice/store.js").Choice} Choice
 */

/** @param {Context} context @returns {Stage} */
export function plainStage(context) {
  const { doc, step } = context;
  const output = outputView(context);
  const size = step.inputs.length > 2 ? Math.round(context.size * 0.75) : context.size;
  const inputs = step.inputs.map((_, position) => inputView(context, position, size));
  const parts = inputs.flatMap((view, i) => [i > 0 && sign(doc.kindOf(step).sign ?? ","), view.element]);
  const element = h(
    "div",
    { class: "flow plain" },
    ...parts,
    step.inputs.length > 0 && sign("→", step.op),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      for (const view of inputs) view.update(choice);
      output.update(choice);
    },
  };

  /** @param {Context} c @param {number} position @param {number} pixels */
  function inputView({ store }, position, pixels) {
    const input = doc.steps[step.inputs[position]];
    const same = input.shape.height === step.shape.height && input.shape.width === step.shape.width;
    const patch = (/** @type {number} */ y, /** @type {number} */ x) =>
      input.shape.flat && step.shape.flat ? { channel: y * across(input.shape.channels) + x } : { y, x };
    const pick = same
      ? {
          pick: (/** @type {number} */ y, /** @type {number} */ x) => choose(store, doc, patch(y, x)),
          preview: (/** @type {number} */ y, /** @type {number} */ x) => preview(store, doc, patch(y, x)),
          release: () => release(store, doc),
        }
      : null;
    const view = new MapView({
      label: `${input.name}, an input of ${step.name}`,
      size: pixels,
      name: `input-${position}`,
      pick,
    });
    const caption = h("figcaption");
    return { element: h("figure", {}, view.canvas, caption), update };

    /** @param {Choice} choice */
    function update(choice) {
      const channel = channelIn(position, choice.channel);
      const lent = input.shape.flat && input.shape.channels === step.shape.channels;
      const at = same || lent ? cellOf(input, channel, choice.y, choice.x) : null;
      view.draw({ ...shown(doc, input, Math.max(0, channel), choice), cell: channel < 0 ? null : at });
      const value =
        at && channel >= 0 && doc.output(input.index)?.length
          ? doc.value(input.index, channel, same ? choice.y : 0, same ? choice.x : 0)
          : null;
      replace(
        caption,
        title(input),
        value !== null && h("span", {}, " here ", number(value)),
        channel < 0 && h("small", {}, " · not part of this map"),
      );
    }
  }

  /** The input's channel that a channel of the output shows, or −1. @param {number} position @param {number} channel */
  function channelIn(position, channel) {
    const { channels } = doc.steps[step.inputs[position]].shape;
    const read = doc.kindOf(step).relation?.read(doc, step, position, channel);
    if (read === null) return -1;
    return read && read.to - read.from === 1 ? read.from : Math.min(channel, channels - 1);
  }
}

// One reshaping: the same numbers in another arrangement. Point at either side to see where a number goes, or came
// from.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { number } from "../draw/format.js";
import { named } from "../sums/places.js";
import { range } from "../document/relations.js";
import { said, total } from "../number/telling.js";
import { across, cellOf, figure, outputView, shown, sign, title } from "../layer/views.js";

/**
 * @typedef {import("../layer/views.js").Context<Reshape>} Context @typedef {import("../types.js").Reshape} Reshape
 * @typedef {import("../layer/views.js").Stage} Stage
 */

/** @typedef {import("../types.js").Shape} Shape @typedef {import("../types.js").Place} Place */
/** @typedef {Reshape["order"]} Order */

/** The place of a value in the list. @param {Shape} shape @param {Place} place @param {Order} order */
export function roll({ channels, height, width }, { channel, y, x }, order) {
  return order === "NHWC" ? (y * width + x) * channels + channel : (channel * height + y) * width + x;
}

/** The place of a list's value in the maps. @param {Shape} shape @param {number} index @param {Order} order */
export function unroll({ channels, height, width }, index, order) {
  if (order === "NHWC") {
    const cell = Math.floor(index / channels);
    return { channel: index % channels, y: Math.floor(cell / width), x: cell % width };
  }
  const cell = index % (height * width);
  return { channel: Math.floor(index / (height * width)), y: Math.floor(cell / width), x: cell % width };
}

/**
 * Where a reshaped value came from: both sides hold the same numbers in the same order, row by row.
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<Reshape>} step
 * @param {Place} place
 */
export function origin(doc, { inputs, shape, attributes: { order } }, place) {
  return unroll(doc.steps[inputs[0]].shape, roll(shape, place, order), order);
}

/** @param {Context} context @returns {Stage} */
function reshapingStage(context) {
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
          choose(store, doc, unroll(step.shape, roll(input.shape, from, order), order));
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
      const from = origin(doc, step, choice);
      channel = from.channel;
      const index = roll(step.shape, choice, order);
      before.draw({ ...shown(doc, input, from.channel, choice), cell: cellOf(input, from.channel, from.y, from.x) });
      replace(caption, title(input, "input"), !input.shape.flat && ` · channel ${from.channel}`);
      replace(
        says,
        h("b", {}, `number ${index}`),
        " of the list: ",
        named(input.shape, from),
        " ⇄ ",
        named(step.shape, choice),
      );
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
}

/** @type {import("../document/kind.js").Kind<Reshape>} */
export const kind = {
  stage: reshapingStage,
  origin,
  relation: {
    read(doc, step, _, channel) {
      const { shape: input } = doc.steps[step.inputs[0]];
      const place = origin(doc, step, { channel, y: 0, x: 0 });
      if (step.shape.flat) return range(place.channel, place.channel + 1);
      const apart = input.flat && step.attributes.order === "NHWC" ? step.shape.channels : 1;
      return range(place.channel, input.channels, apart);
    },
    written(doc, step, _, channel) {
      const { channels, height, width } = doc.steps[step.inputs[0]].shape;
      if (!step.shape.flat) return range(0, step.shape.channels);
      const cells = height * width;
      return step.attributes.order === "NHWC"
        ? range(channel, step.shape.channels, channels)
        : range(channel * cells, (channel + 1) * cells);
    },
  },
  derive(doc, step, [x]) {
    const { order } = step.attributes;
    const from = doc.steps[step.inputs[0]].shape;
    const at = (/** @type {Shape} */ shape, /** @type {number} */ i) => roll(shape, unroll(shape, i, order), "NCHW");
    const result = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) result[at(step.shape, i)] = x[at(from, i)];
    return result;
  },
  back(doc, step, _, place) {
    const { order } = step.attributes;
    return [{ ...unroll(step.shape, roll(doc.steps[step.inputs[0]].shape, place, order), order), weight: 1 }];
  },
  tell(doc, step, choice) {
    const input = doc.steps[step.inputs[0]];
    const at = origin(doc, step, choice);
    const value = doc.value(input.index, at.channel, at.y, at.x);
    return [said(`${named(input.shape, at)} of `, h("code", {}, input.name), ", at another place: ", total(value))];
  },
};

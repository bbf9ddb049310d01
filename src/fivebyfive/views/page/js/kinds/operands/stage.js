// A sum as a picture: where its numbers stand in what went in, those numbers, their weights, and the products.

import { spread } from "../../draw/colors.js";
import { h, replace } from "../../draw/dom.js";
import { plural } from "../../draw/format.js";
import { MapView } from "../../draw/mapview.js";
import { cellOf, figure, outputView, shown, sign, title } from "../../layer/views.js";

/**
 * @typedef {import("../../layer/views.js").Context} Context @typedef {import("../../layer/views.js").Stage} Stage
 * @typedef {import("../../types.js").Term} Term @typedef {import("../../types.js").Place} Place
 * @typedef {import("../../choice/store.js").Choice} Choice
 * @typedef {{values: string, weights: string, sign: string,
 *   terms?: (doc: import("../../document/document.js").Doc, step: import("../../types.js").Step<any>, at: Place) =>
 *   Term[]}} Names what the numbers are called, "" where the weights are all the same; `terms` of what is no sum
 */

const SMALL = 100;

/** @param {Names} names @returns {(context: Context) => Stage} */
export function termsStage(names) {
  return (context) => {
    const { doc, step, size } = context;
    const side = Math.round(size * (step.inputs.length > 1 ? 0.55 : 0.75));
    const output = outputView({ ...context, size: side });
    const inputs = step.inputs.map((_, position) => inputView(context, position, side));
    const strips = [names.values, names.weights, names.weights && "products"].map((name) => name && strip(name));
    const [values, weights, products] = strips;
    const signs = [null, sign("×"), sign("=")];
    const element = h(
      "div",
      { class: "flow" },
      ...inputs.map((view) => view.element),
      sign("▸"),
      ...strips.flatMap((one, i) => (one ? [signs[i], one.element] : [])),
      sign(names.sign),
      figure(output.view.canvas, title(step, "output")),
    );
    return {
      element,
      update(choice) {
        const terms = doc.sum(step, choice)?.terms ?? names.terms?.(doc, step, choice) ?? [];
        inputs.forEach((view, position) => view.update(choice, placesIn(terms, position)));
        if (values) values.draw(terms.map((t) => t.value));
        if (weights) weights.draw(terms.map((t) => t.weight));
        if (products) products.draw(terms.map((t) => t.product));
        output.update(choice);
      },
    };
  };
}

/**
 * Where the values, or the weights, of the terms stand in one of the inputs.
 * @param {Term[]} terms @param {number} position
 */
function placesIn(terms, position) {
  const own = terms.filter((t) => (t.input ?? 0) === position);
  return own.length ? own : terms.flatMap((t) => (t.by?.position === position && t.by.place ? [t.by.place] : []));
}

/**
 * An input, and where in it the numbers stand.
 * @param {Context} context @param {number} position @param {number} size
 */
function inputView({ doc, step }, position, size) {
  const input = doc.steps[step.inputs[position]];
  const view = new MapView({ label: `${input.name}, an input of ${step.name}`, size, name: `input-${position}` });
  const caption = h("figcaption");
  return { element: h("figure", {}, view.canvas, caption), update };

  /** @param {Choice} choice @param {Place[]} places */
  function update(choice, places) {
    const channels = [...new Set(places.map((p) => p.channel))];
    const channel = channels[0] ?? Math.min(choice.channel, input.shape.channels - 1);
    view.draw({ ...shown(doc, input, channel, choice), ...marked(input, places) });
    const several = channels.length > 1 ? plural(channels.length, "channel") : `channel ${channel}`;
    replace(caption, title(input), !input.shape.flat && h("small", {}, ` · ${several}`));
  }
}

/**
 * A cell, or the window that holds all of them.
 * @param {import("../../types.js").Step} input @param {Place[]} places
 */
function marked(input, places) {
  if (!places.length) return {};
  const cells = places.map(({ channel, y, x }) => cellOf(input, channel, y, x));
  const [top, left] = [Math.min(...cells.map((c) => c.y)), Math.min(...cells.map((c) => c.x))];
  const [bottom, right] = [Math.max(...cells.map((c) => c.y)), Math.max(...cells.map((c) => c.x))];
  if (top === bottom && left === right) return { cell: cells[0] };
  return { window: { y: top, x: left, height: bottom - top + 1, width: right - left + 1 } };
}

/** Numbers in a square. @param {string} name */
export function strip(name) {
  const view = new MapView({ label: name, size: SMALL, name });
  const caption = h("figcaption");
  return {
    element: h("figure", {}, view.canvas, caption),
    draw(/** @type {number[]} */ numbers, /** @type {number} */ chosen = -1) {
      const width = Math.max(1, Math.ceil(Math.sqrt(numbers.length)));
      const height = Math.max(1, Math.ceil(numbers.length / width));
      const values = Float32Array.from({ length: width * height }, (_, i) => numbers[i] ?? 0);
      const cell = chosen >= 0 ? { y: Math.floor(chosen / width), x: chosen % width } : null;
      view.draw({ values, height, width, range: spread(values), cell });
      replace(caption, h("b", {}, name), ` ${numbers.length}`);
    },
  };
}

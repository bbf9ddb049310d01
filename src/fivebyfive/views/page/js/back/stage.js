// One layer on the way back: its gradient, and those of the later steps that it is made of, on the right. A layer with
// filters shows first where their gradient comes from.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { MapView } from "../draw/mapview.js";
import { cellOf, figure, numberPicking, shown, sign, title } from "../layer/views.js";
import { filterStage } from "./filter.js";
import { sideOf } from "./side.js";
import { asGradients, gradientOf, wayOf } from "./gradients.js";
import { passedBack } from "./sum.js";
import { biasGradient, hasWeights, parameterOf } from "./weights.js";

/**
 * @typedef {import("../layer/views.js").Context} Context @typedef {import("../layer/views.js").Stage} Stage
 * @typedef {import("../types.js").Place} Place @typedef {import("../choice/store.js").Choice} Choice
 */

/** Later steps that are drawn. */
const MOST = 4;

/** @param {Context} context @returns {Stage} */
export function backStage(context) {
  const { doc, step } = context;
  const filter = hasWeights(doc, step) ? filterStage(context) : null;
  const gradients = gradientStage(context);
  const bias = h("p", { class: "says" });
  const without =
    !filter && learns(doc, step) && h("p", { class: "left-out" }, "The weights of this step are not in this file.");
  const element = h("div", { class: "back-stage" }, filter?.element, without, gradients.element, bias);
  return {
    element,
    update(choice) {
      filter?.update(choice);
      gradients.update(choice);
      const found = biasGradient(doc, step, choice.channel);
      bias.hidden = found === null;
      if (found === null) return;
      const where = step.shape.flat ? "of its unit" : "of every place of its map, added up";
      replace(bias, `The gradient of bias ${choice.channel} is the gradient ${where}: `, biasNumber(found));
    },
  };
}

/** Whether it has weights, here or not. @param {Context["doc"]} doc @param {Context["step"]} step */
const learns = (doc, step) => parameterOf(doc, step) !== null && !doc.numbers(`weight/${step.index}`);

/** @param {number} value */
const biasNumber = (value) => number(value, { class: "n strong", "data-bias-gradient": true });

/** This step's gradient, and those that it is made of. @param {Context} context @returns {Stage} */
function gradientStage(context) {
  const { doc, store, step } = context;
  const view = asGradients(doc);
  const laters = (wayOf(doc)?.steps[step.index].consumers ?? []).flatMap((index) => doc.steps[index] ?? []);
  const share = hasWeights(doc, step) || laters.length > 1 ? 0.6 : 1;
  const size = sideOf(step, context.size, share);
  const own = new MapView({ label: "", size, name: "gradient", pick: numberPicking(context) });
  const others = laters.slice(0, MOST).map((later) => {
    const map = new MapView({ label: `The gradient of ${later.name}`, size, name: `gradient-${later.index}` });
    const caption = h("figcaption");
    return { later, map, caption, element: h("figure", {}, map.canvas, caption) };
  });
  const loss = !laters.length && h("p", { class: "says" }, "The loss itself: its gradient is 1.");
  const element = h(
    "div",
    { class: "flow" },
    figure(own.canvas, title(step, "gradient"), h("small", {}, ` of ${step.name}`)),
    sign("←", "passed back"),
    ...others.map((one) => one.element),
    loss,
    laters.length > MOST && h("p", { class: "says" }, `and ${laters.length - MOST} more`),
  );
  return { element, update };

  /** @param {Choice} choice */
  function update(choice) {
    own.name(`The gradient of ${step.name}. Arrow keys move.`);
    own.draw({ ...shown(view, step, choice.channel, choice), cell: cellOf(step, choice.channel, choice.y, choice.x) });
    const { parts } = passedBack(doc, step, choice);
    for (const { later, map, caption } of others) {
      const terms = parts.find((part) => part.step === later)?.terms ?? [];
      const best = terms.reduce(
        (most, t) => (Math.abs(t.product) > Math.abs(most?.product ?? -1) ? t : most),
        terms[0],
      );
      const channel = best?.channel ?? Math.min(choice.channel, later.shape.channels - 1);
      const same = later.shape.flat ? terms.filter((t) => t === best) : terms.filter((t) => t.channel === channel);
      map.draw({ ...shown(view, later, channel, choice), ...marked(later, same) });
      const go = () => choose(store, doc, { step: later.index, channel, y: best?.y ?? 0, x: best?.x ?? 0 });
      replace(
        caption,
        h("button", { type: "button", class: "plain-link", onclick: go }, later.name),
        !gradientOf(doc, later.index) && h("small", {}, " not here"),
        !later.shape.flat && h("small", {}, ` channel ${channel}${filtersSaid(terms)}`),
      );
    }
  }
}

/** @param {Place[]} terms */
function filtersSaid(terms) {
  const count = new Set(terms.map((t) => t.channel)).size;
  return count > 1 ? `, the strongest of ${count}` : "";
}

/** A cell, or the box around all of them. @param {import("../types.js").Step} step @param {Place[]} places */
function marked(step, places) {
  if (!places.length) return {};
  const cells = places.map(({ channel, y, x }) => cellOf(step, channel, y, x));
  if (cells.length === 1) return { cell: cells[0] };
  const [ys, xs] = [cells.map((c) => c.y), cells.map((c) => c.x)];
  const ends = (/** @type {number[]} */ all) => [
    all.reduce((a, b) => Math.min(a, b)),
    all.reduce((a, b) => Math.max(a, b)),
  ];
  const [[top, bottom], [left, right]] = [ends(ys), ends(xs)];
  return { window: { y: top, x: left, height: bottom - top + 1, width: right - left + 1 } };
}

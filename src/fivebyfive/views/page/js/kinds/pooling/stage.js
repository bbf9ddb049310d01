// One pooling: the window over its map, the values under it, and the one that wins (or the mean of all).

import { cellsUnder, pooled } from "./terms.js";
import { windowOf } from "../../sums/window.js";
import { choose } from "../../choice/choose.js";
import { spread } from "../../draw/colors.js";
import { h, replace } from "../../draw/dom.js";
import { number } from "../../draw/format.js";
import { MapView } from "../../draw/mapview.js";
import { figure, outputView, sign, title, windowMoving } from "../../layer/views.js";

/**
 * @typedef {import("../../layer/views.js").Context<import("../../types.js").Pooling>} Context
 * @typedef {import("../../layer/views.js").Stage} Stage
 */

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };

/** @param {Context} context @returns {Stage} */
export function poolingStage(context) {
  const { doc, store, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const output = outputView(context);
  const stride = step.attributes.adaptive
    ? [input.shape.height / step.shape.height, input.shape.width / step.shape.width]
    : step.attributes.stride;
  const large = new MapView({
    label: `Input of ${step.name}; arrow keys move the window`,
    size,
    name: "input",
    pick: {
      pick: (y, x) => choose(store, doc, { y: Math.floor(y / stride[0]), x: Math.floor(x / stride[1]) }),
      move: windowMoving(context),
    },
  });
  const zoom = new MapView({ label: "The values under the window", size: 132, name: "window" });
  const says = h("figcaption", { "aria-live": "polite" });
  const element = h(
    "div",
    { class: "flow pooling" },
    figure(large.canvas, title(input, "input")),
    sign("▸", "window"),
    h("figure", {}, zoom.canvas, says),
    sign(step.attributes.pooling === "max" ? "max" : "mean"),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const { rows, columns } = cellsUnder(step, input.shape, choice.y, choice.x);
      const box = {
        y: rows[0],
        x: columns[0],
        height: rows[rows.length - 1] - rows[0] + 1,
        width: columns[columns.length - 1] - columns[0] + 1,
      };
      large.draw({
        ...doc.map(input.index, choice.channel),
        range: doc.range(input.index, choice.channel, choice.scale),
        ...(step.attributes.adaptive ? { padding: NONE } : windowOf(step.attributes)),
        window: box,
      });
      const terms = pooled(doc, step, choice.channel, choice.y, choice.x);
      if (terms) window(terms, columns.length);
      output.update(choice);
    },
  };

  /** @param {import("../../types.js").Term[]} terms @param {number} width */
  function window(terms, width) {
    const values = terms.map((t) => t.value);
    const inside = terms.filter((t) => !t.padding);
    const most = Math.max(...inside.map((t) => t.value)); // NaN where one of them is
    const winner = terms.findIndex((t) => !t.padding && Object.is(t.value, most));
    const max = step.attributes.pooling === "max";
    const cell = max && winner >= 0 ? { y: Math.floor(winner / width), x: winner % width } : null;
    zoom.draw({ values, height: terms.length / width, width, range: spread(values), cell });
    if (max && winner >= 0) {
      replace(says, "the winner: ", number(most), ` at y ${terms[winner].y}, x ${terms[winner].x}`);
    } else replace(says, `the mean of ${inside.length} values`);
  }
}

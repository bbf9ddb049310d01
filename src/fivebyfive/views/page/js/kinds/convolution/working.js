// The working of one convolved number: window × filter = products of one input map, and how the maps add up.

import { h } from "../../draw/dom.js";
import { number, plural } from "../../draw/format.js";
import { channelName } from "../../layer/views.js";
import { Grids } from "../../number/grids.js";
import { total } from "../../number/telling.js";
import { Waterfall } from "../../number/waterfall.js";
import { add } from "../../sums/terms.js";

/** Pixels that one cell of the grids takes, and the signs between the grids. */
const [CELL, SIGNS] = [49, 70];

/** @type {NonNullable<import("../../document/kind.js").Kind<import("../../types.js").Convolution>["working"]>} */
export function convolutionWorking(doc, step) {
  const [rows, columns] = step.attributes.kernel;
  const size = rows * columns;
  const input = doc.steps[step.inputs[0]];
  const grids = new Grids(true);
  const waterfall = new Waterfall();
  return {
    show(choice, sum, width) {
      const maps = sum.terms.length / size;
      const own = choice.source - sum.terms[0].channel;
      const of = (/** @type {number} */ k) => sum.terms.slice(k * size, (k + 1) * size);
      grids.show(of(own), columns, { value: doc.range(input.index, choice.source, choice.scale) });
      const parts = Array.from({ length: maps }, (_, k) => add(of(k)));
      if (maps > 1) waterfall.draw(parts, sum.bias, own, width);
      return {
        grids: [heading(choice.source, maps), grids.element],
        working: [line(sum, parts, own), maps > 1 && adding(maps, sum.bias)],
        width: 3 * columns * CELL + SIGNS,
      };
    },
  };

  /** @param {number} source @param {number} maps */
  function heading(source, maps) {
    const several = maps > 1 || input.shape.channels > 1;
    const name = several ? `input ${channelName(doc, input, source)}` : "the input's only channel";
    return h("h4", {}, name, maps > 1 && h("small", {}, ": choose another above"));
  }

  /** @param {import("../../sums/terms.js").Sum} sum @param {number[]} parts @param {number} own */
  function line({ bias, total: whole }, parts, own) {
    const others = parts.reduce((s, p) => s + p, 0) - parts[own];
    const more = [` + ${plural(parts.length - 1, "other input map")} `, number(others, { "data-others": true })];
    return h(
      "p",
      { class: "total" },
      h("span", {}, `Σ of these ${size} products `, number(parts[own], { "data-part": true })),
      parts.length > 1 && h("span", {}, ...more),
      bias !== null && h("span", {}, " + bias ", number(bias, { "data-bias": true })),
      h("span", {}, " = ", total(whole)),
    );
  }

  /** @param {number} maps @param {number | null} bias */
  function adding(maps, bias) {
    const title = `how ${maps} input maps add up${bias === null ? "" : ", and the bias"}`;
    return h("div", { class: "adding" }, h("h4", {}, title), waterfall.canvas);
  }
}

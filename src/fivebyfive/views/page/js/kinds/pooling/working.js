// The working of one pooled number: the window as a grid, and what was made of it.

import { h } from "../../draw/dom.js";
import { total } from "../../number/telling.js";
import { Grids } from "../../number/grids.js";

/** @type {NonNullable<import("../../document/kind.js").Kind<import("../../types.js").Pooling>["working"]>} */
export function poolingWorking(doc, step) {
  const grids = new Grids(false);
  return {
    show(choice, sum) {
      const columns = new Set(sum.terms.map((t) => t.x)).size;
      const winner = sum.chosen ? sum.terms.findIndex((t) => t.weight === 1) : -1;
      grids.show(sum.terms, columns, { value: doc.range(step.inputs[0], choice.channel, choice.scale), winner });
      const padded = sum.terms.some((t) => t.padding);
      const says = sum.chosen
        ? ["the largest of these: ", total(sum.total), padded && " (padding never wins)"]
        : [`Σ / ${sum.terms.filter((t) => t.weight).length} = `, total(sum.total)];
      return { grids: [h("h4", {}, "the window"), grids.element], working: [h("p", { class: "total" }, ...says)] };
    },
  };
}

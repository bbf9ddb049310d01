// One fully connected layer: the inputs that push the chosen output hardest, up and down.

import { arithmetic } from "../sums/arithmetic.js";
import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { MapView } from "../draw/mapview.js";
import { whence } from "../document/relations.js";
import { across, figure, outputView, shown, sign, title } from "../layer/views.js";

/**
 * @typedef {import("../layer/views.js").Context} Context @typedef {import("../layer/views.js").Stage} Stage
 * @typedef {import("../types.js").Term} Term
 */

const SHOWN = 12;

/** The products, the strongest first. @param {Term[]} terms */
export function strongest(terms) {
  return [...terms].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
}

/** @param {Context} context @returns {Stage} */
export function matrixStage(context) {
  const { doc, store, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const output = outputView(context);
  const columns = across(input.shape.channels);
  const before = new MapView({
    label: `Input of ${step.name}, ${input.shape.channels} units; arrow keys choose one`,
    size,
    name: "input",
    pick: { pick: (y, x) => choose(store, doc, { source: Math.min(y * columns + x, input.shape.channels - 1) }) },
  });
  const bars = h("ol", { class: "bars", "data-strongest": true });
  const rest = h("p", { class: "says" });
  const element = h(
    "div",
    { class: "flow matrix" },
    figure(before.canvas, title(input, "input")),
    sign("×", "weights"),
    h("div", { class: "contributions" }, h("h3", { class: "small" }, "the strongest products"), bars, rest),
    sign("Σ"),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const sum = arithmetic(doc, step, choice.channel, 0, 0);
      const first = sum ? strongest(sum.terms).slice(0, SHOWN) : [];
      const unit = input.shape.flat ? choice.source : 0;
      before.draw({ ...shown(doc, input, 0, choice), cell: { y: Math.floor(unit / columns), x: unit % columns } });
      const most = Math.max(1e-12, ...first.map((t) => Math.abs(t.product)));
      const pointed = sum?.terms.find((term) => term.channel === choice.source);
      const listed = pointed && !first.includes(pointed) ? [...first, pointed] : first;
      replace(bars, ...listed.map((term) => bar(term, most, term === pointed)));
      const others = sum ? sum.total - (sum.bias ?? 0) - first.reduce((s, t) => s + t.product, 0) : 0;
      if (sum) replace(rest, `${sum.terms.length + sum.left - first.length} others together: `, number(others));
      else replace(rest, "The weights of this step are not in this file.");
      output.update(choice);
    },
  };

  /** @param {Term} term @param {number} most @param {boolean} chosen */
  function bar(term, most, chosen) {
    const from = whence(doc, input, term.channel);
    const fill = h("span", { class: term.product < 0 ? "fill below" : "fill above" });
    fill.style.width = `${(Math.abs(term.product) / most) * 50}%`;
    const where = from ? `map ${from.channel} (${from.y}, ${from.x})` : `unit ${term.channel}`;
    const label = h(
      "button",
      {
        type: "button",
        "data-unit": term.channel,
        class: chosen ? "chosen" : "",
        title: `unit ${term.channel}`,
        onclick: () => choose(store, doc, { source: term.channel }),
      },
      where,
    );
    return h(
      "li",
      {},
      label,
      h("span", { class: "track" }, fill),
      h("span", { class: "product" }, number(term.value), " × ", number(term.weight), " = ", number(term.product)),
    );
  }
}

// One fully connected layer: the inputs that push the chosen output hardest, up and down.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { times } from "../network/dense.js";
import { countOf, named, numberOf } from "../sums/places.js";
import { MapView } from "../draw/mapview.js";
import { ALL, whence } from "../document/relations.js";
import { at, mo, plusBias, sigma } from "../draw/formula.js";
import { add, biasOf, cell, strongest, sum } from "../sums/terms.js";
import { across, figure, outputView, shown, sign, title } from "../layer/views.js";

/**
 * @typedef {import("../layer/views.js").Context} Context @typedef {import("../layer/views.js").Stage} Stage
 * @typedef {import("../types.js").Term} Term @typedef {import("../types.js").Step} Step
 * @typedef {import("../document/document.js").Doc} Doc
 */

const SHOWN = 12;
const CUT_OFF = "The changed network stops before this step, or at it.";

/** @param {Context} context @returns {Stage} */
function matrixStage(context) {
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
      const found = doc.sum(step, { channel: choice.channel, y: 0, x: 0 });
      const first = found ? strongest(found.terms).slice(0, SHOWN) : [];
      const unit = input.shape.flat ? choice.source : 0;
      before.draw({ ...shown(doc, input, 0, choice), cell: { y: Math.floor(unit / columns), x: unit % columns } });
      const most = Math.max(1e-12, ...first.map((t) => Math.abs(t.product)));
      const pointed = found?.terms.find((term) => term.channel === choice.source);
      const listed = pointed && !first.includes(pointed) ? [...first, pointed] : first;
      replace(bars, ...listed.map((term) => bar(term, most, term === pointed)));
      const others = found ? found.total - (found.bias ?? 0) - first.reduce((s, t) => s + t.product, 0) : 0;
      if (found) replace(rest, `${found.terms.length + found.left - first.length} others together: `, number(others));
      else replace(rest, doc.isCutOff(step.index) ? CUT_OFF : "The weights of this step are not in this file.");
      output.update(choice);
    },
  };

  /** @param {Term} term @param {number} most @param {boolean} chosen */
  function bar(term, most, chosen) {
    const from = whence(doc, input, term.channel);
    const fill = h("span", { class: term.product < 0 ? "fill below" : "fill above" });
    fill.style.width = `${(Math.abs(term.product) / most) * 50}%`;
    const where = from ? `[${from.y}, ${from.x}, ${from.channel}]` : `unit ${term.channel}`;
    const label = h(
      "button",
      {
        type: "button",
        "data-unit": term.channel,
        class: chosen ? "chosen" : "",
        title: `unit ${term.channel}${from ? `: ${named(from.step.shape, from)}` : ""}`,
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

/**
 * The value that stands at number i of the input's list, weighed.
 * @param {Doc} doc @param {Step} input @param {number} i @param {number} weight
 */
function listed(doc, input, i, weight) {
  const { height, width } = input.shape;
  return cell(doc, input, Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width, weight);
}

/**
 * The strongest products alone, where the matrix was too large to send.
 * @param {Doc} doc @param {Step} step @param {number} channel
 */
function shortened(doc, step, channel) {
  const input = doc.steps[step.inputs[0]];
  const indices = doc.buffers.get(`strongest/${step.index}`);
  const weights = doc.numbers(`strongest-weight/${step.index}`);
  const [, count] = doc.shapes.get(`strongest/${step.index}`) ?? [0, 0];
  if (!indices || !weights) return null;
  const terms = Array.from({ length: count }, (_, k) =>
    listed(doc, input, indices[channel * count + k], weights[channel * count + k]),
  );
  const bias = biasOf(doc, step, channel);
  const total = doc.value(step.index, channel, 0, 0);
  const left = (doc.output(input.index)?.length ?? 0) - count;
  return { terms, bias, total, remainder: total - (bias ?? 0) - add(terms), left, chosen: false };
}

/**
 * The strongest products that an input gets back, where the matrix was too large to send.
 * @param {Doc} doc @param {Step} step @param {number} own the input's number
 * @returns {import("../back/sum.js").Some | null}
 */
function backShortened(doc, step, own) {
  const indices = doc.buffers.get(`back-strongest/${step.index}`);
  const weights = doc.numbers(`back-strongest-weight/${step.index}`);
  const [, count] = doc.shapes.get(`back-strongest/${step.index}`) ?? [0, 0];
  if (!indices || !weights) return null;
  const some = Array.from({ length: count }, (_, k) => ({
    channel: indices[own * count + k],
    y: 0,
    x: 0,
    weight: weights[own * count + k],
  }));
  return { some, left: step.shape.channels - count };
}

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  relation: ALL,
  stage: matrixStage,
  symbols: (_, bias) => [sigma("q"), at("x", "n", "q"), mo("·"), at("W", "q", "k"), ...plusBias(bias)],
  sum(doc, step, channel) {
    const input = doc.steps[step.inputs[0]];
    const values = doc.output(input.index);
    const weight = doc.numbers(`weight/${step.index}`);
    if (!values) return null;
    if (!weight) return shortened(doc, step, channel);
    const row = weight.subarray(channel * values.length, (channel + 1) * values.length);
    return sum(
      Array.from(row, (w, i) => listed(doc, input, i, w)),
      biasOf(doc, step, channel),
    );
  },
  derive(doc, step, [x]) {
    const weight = doc.numbers(`weight/${step.index}`);
    return weight && times(x, weight, doc.numbers(`bias/${step.index}`), step.shape.channels);
  },
  back(doc, step, position, place) {
    const weight = doc.numbers(`weight/${step.index}`);
    const { shape } = doc.steps[step.inputs[0]];
    if (position) return null;
    const [size, own] = [countOf(shape), numberOf(shape, place)];
    if (!weight) return backShortened(doc, step, own);
    return Array.from({ length: step.shape.channels }, (_, channel) => ({
      channel,
      y: 0,
      x: 0,
      weight: weight[channel * size + own],
    }));
  },
};

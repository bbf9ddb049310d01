// Where a filter's gradient comes from: the map that a weight looks at, moved to where the weight meets it, times the
// gradient map, place by place; all products added up are one cell of the filter's gradient. The sliding window again.

import { choose } from "../choice/choose.js";
import { spread } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { number, plural } from "../draw/format.js";
import { MapView } from "../draw/mapview.js";
import { cellOf, channelName, figure, numberPicking, shown, sign, title } from "../layer/views.js";
import { windowOf } from "../sums/window.js";
import { asGradients } from "./gradients.js";
import { sideOf } from "./side.js";
import { firstSource, gradientOfWeight, gradientsOf, layoutOf, total, usesOf, weightAt } from "./weights.js";

/**
 * @typedef {import("../layer/views.js").Context} Context @typedef {import("../layer/views.js").Stage} Stage
 * @typedef {import("../choice/store.js").Choice} Choice @typedef {import("./weights.js").Use} Use
 */

const FILTER = 150;
/** What a map is large of what a stage's can be. */
const SHARE = 0.62;
/** Of a matrix so many weights of a unit are drawn. */
const MOST_UNITS = 1 << 14;

/** @param {Context} context @returns {Stage} */
export function filterStage(context) {
  const { doc, store, step } = context;
  const input = doc.steps[step.inputs[0]];
  const view = asGradients(doc);
  const { rows, columns, count } = layoutOf(doc, step);
  const single = rows * columns === 1;
  const flat = single && step.shape.flat;
  const size = sideOf(input, context.size, SHARE);
  const pick = { pick: (/** @type {number} */ y, /** @type {number} */ x) => pickWeight(y, x) };
  const filter = new MapView({ label: "The filter. Arrow keys choose a weight.", size: FILTER, name: "filter", pick });
  const slope = new MapView({ label: "The filter's gradient", size: FILTER, name: "filter-gradient", pick });
  const met = new MapView({ label: `The input of ${step.name} that the weight meets`, size, name: "back-input" });
  const products = new MapView({ label: "The products", size, name: "back-products" });
  const gradient = new MapView({
    label: `The gradient of ${step.name}. Arrow keys move.`,
    size: sideOf(step, context.size, SHARE),
    name: "back-gradient",
    pick: numberPicking(context),
  });
  const says = h("p", { class: "total", role: "status" });
  const metCaption = h("figcaption");
  const own = h("figcaption");
  const fields = h("div", { class: "back-fields" });
  const slopeFigure = figure(slope.canvas, h("b", {}, "its gradient"), " · the cell: Σ of the products");
  const element = h(
    "div",
    { class: "filter-back" },
    h("h3", { class: "small" }, `Where the ${single ? "weights'" : "filter's"} gradient comes from`),
    fields,
    h(
      "div",
      { class: "flow" },
      h("figure", {}, filter.canvas, own),
      slopeFigure,
      sign("←", "Σ"),
      !flat && figure(products.canvas, h("b", {}, "products"), " · place by place"),
      !flat && sign("="),
      h("figure", {}, met.canvas, metCaption),
      sign("×"),
      figure(gradient.canvas, title(step, "gradient")),
    ),
    says,
  );
  return { element, update };

  /** @param {number} y @param {number} x */
  function pickWeight(y, x) {
    const { channel } = store.choice;
    const number = y * across() + x;
    if (!single) store.set({ tap: Math.min(rows * columns - 1, number) });
    else choose(store, doc, { source: Math.min(firstSource(doc, step, channel) + count - 1, number) });
  }

  /** Columns of the filter as it is drawn. */
  function across() {
    return single ? Math.ceil(Math.sqrt(Math.min(count, MOST_UNITS))) : columns;
  }

  /** @param {Choice} choice */
  function update(choice) {
    const weight = chosenWeight(doc, choice);
    const uses = usesOf(doc, step, weight);
    drawFilter(weight);
    replace(fields, ...chooser(weight));
    gradient.draw({ ...shown(view, step, choice.channel, choice), cell: at(choice) });
    if (!uses) {
      replace(says, "The numbers of this step, or of its input, are not in this file.");
      return;
    }
    const here = uses.findIndex((use) => use.y === choice.y && use.x === choice.x);
    const until = choice.progress === null ? uses.length : uses.filter((use) => before(use, choice)).length;
    const found = uses[here];
    met.draw({ ...shownInput(choice, weight.source), ...marks(uses, found) });
    replace(metCaption, h("b", {}, "input"), ` · ${nameOf(weight.source)}`);
    if (!flat) drawProducts(uses, choice);
    replace(says, ...told(weight, uses, found, until));
  }

  /** @param {Use} use @param {Choice} choice */
  function before(use, choice) {
    return use.y * step.shape.width + use.x < (choice.progress ?? Infinity);
  }

  /** @param {Choice} choice */
  function at(choice) {
    return cellOf(step, choice.channel, choice.y, choice.x);
  }

  /** The chosen weight among its neighbours: the cells of its slice, or where that has one, all that the filter sees.
   * @param {import("./weights.js").Weight} weight */
  function drawFilter(weight) {
    const { channel, source, tap } = weight;
    const first = firstSource(doc, step, channel);
    const shownOf = single ? Math.min(count, MOST_UNITS) : rows * columns;
    const weights = Array.from({ length: shownOf }, (_, i) =>
      single ? { channel, source: first + i, tap: 0 } : { channel, source, tap: i },
    );
    const [wide, number] = [across(), single ? source - first : tap];
    const height = Math.ceil(shownOf / wide);
    const cell = { y: Math.floor(number / wide), x: number % wide };
    const draw = (/** @type {MapView} */ view_, /** @type {ArrayLike<number>} */ numbers) => {
      const values = Float32Array.from({ length: wide * height }, (_, i) => numbers[i] ?? 0);
      view_.draw({ values, height, width: wide, range: spread(values), cell });
    };
    draw(
      filter,
      weights.map((one) => weightAt(doc, step, one)),
    );
    const slopes = gradientsOf(doc, step, weights);
    slopeFigure.hidden = slopes === null;
    if (slopes) draw(slope, slopes);
    const of = single ? "" : ` · ${nameOf(source)}`;
    replace(own, h("b", {}, single ? "weights" : "filter"), ` ${channel}${of}`);
  }

  /** The input's map or list. @param {Choice} choice @param {number} source */
  function shownInput(choice, source) {
    const channel = input.shape.flat ? 0 : mapOf(source);
    return shown(doc, input, channel, choice);
  }

  /** The map in which what a weight looks at stands. @param {number} source */
  function mapOf(source) {
    return flat ? Math.floor(source / (input.shape.height * input.shape.width)) : source;
  }

  /** @param {Use[]} uses @param {Use | undefined} found */
  function marks(uses, found) {
    const cell = found ? cellOf(input, found.met.channel, found.met.y, found.met.x) : null;
    if (flat || step.attributes.form === "pairs") return { cell };
    const w = windowOf(step.attributes);
    if (step.attributes.form === "transposed") return { cell };
    const [y, x] = [uses[0].met.y, uses[0].met.x];
    const window = {
      y,
      x,
      height: (step.shape.height - 1) * w.stride[0] + 1,
      width: (step.shape.width - 1) * w.stride[1] + 1,
    };
    return { padding: w.padding, window, cell };
  }

  /** @param {Use[]} uses @param {Choice} choice */
  function drawProducts(uses, choice) {
    const { height, width } = step.shape;
    const values = new Float32Array(height * width);
    for (const use of uses) values[use.y * width + use.x] += use.product;
    const until = choice.progress ?? undefined;
    products.draw({ values, height, width, range: spread(values), cell: { y: choice.y, x: choice.x }, until });
  }

  /** @param {number} source */
  function nameOf(source) {
    return flat ? `unit ${source}` : input.shape.flat ? `unit ${source}` : channelName(doc, input, source);
  }

  /**
   * @param {import("./weights.js").Weight} weight @param {Use[]} uses @param {Use | undefined} found
   * @param {number} until how many places have been added up
   */
  function told(weight, uses, found, until) {
    const all = total(uses);
    const known = gradientOfWeight(doc, step, weight);
    const here = found
      ? [
          flat ? "" : `At y ${found.y}, x ${found.x}: `,
          number(found.weight, { "data-met": true }),
          " × ",
          number(found.value, { "data-gradient-here": true }),
          " = ",
          number(found.product, { "data-product": true }),
          ". ",
        ]
      : ["Here the weight meets nothing. "];
    const far =
      until < uses.length
        ? [
            `After ${until} of ${plural(uses.length, "place")}: Σ = `,
            number(total(uses.filter((_, i) => i < until)), { "data-so-far": true }),
            ". ",
          ]
        : [];
    const last = [
      `Over ${plural(uses.length, "place")}: Σ = `,
      number(all, { class: "n strong", "data-weight-sum": true }),
    ];
    const more =
      Math.abs(known - all) >
      1e-3 *
        Math.max(
          Math.abs(known),
          uses.reduce((s, u) => s + Math.abs(u.product), 0),
        );
    return [...here, ...far, ...last, more && ", this step's part of it"];
  }

  /** Which map the weight looks at. @param {import("./weights.js").Weight} weight */
  function chooser({ channel, source, tap }) {
    const first = firstSource(doc, step, channel);
    const turn = (/** @type {string} */ text, /** @type {string} */ name, /** @type {number} */ to) =>
      h(
        "button",
        {
          type: "button",
          "data-source-go": name,
          "aria-label": `${flat ? "Unit" : "Input channel"} ${name}`,
          disabled: to < first || to >= first + count,
          onclick: () => choose(store, doc, { source: to, y: store.choice.y, x: store.choice.x }),
        },
        text,
      );
    const place = rows * columns > 1 ? `y ${Math.floor(tap / columns)}, x ${tap % columns} of ` : "";
    return [
      turn("‹", "before", source - 1),
      h(
        "span",
        { "data-weight": `${channel} ${source} ${tap}` },
        `weight: ${place}filter ${channel}, ${nameOf(source)}`,
      ),
      turn("›", "after", source + 1),
    ];
  }
}

/**
 * The weight that is chosen: of a step's chosen channel, what it looks at, the cell.
 * @param {import("../document/document.js").Doc} doc @param {Choice} choice
 */
export function chosenWeight(doc, choice) {
  const step = doc.steps[choice.step];
  const { rows, columns, count } = layoutOf(doc, step);
  const channel = Math.min(choice.channel, layoutOf(doc, step).filters - 1);
  const first = firstSource(doc, step, channel);
  const source = choice.source >= first && choice.source < first + count ? choice.source : first;
  return { channel, source, tap: Math.min(choice.tap, rows * columns - 1) };
}

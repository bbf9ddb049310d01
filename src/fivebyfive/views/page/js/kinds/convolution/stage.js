// One convolution: the window slides over every input map, each with its own slice of the filter and its own partial
// map; all of them add up, with the bias, to one output map.

import { biasOf, slices } from "../../sums/terms.js";
import { chain } from "../../number/chain.js";
import { choose } from "../../choice/choose.js";
import { isDark, spread } from "../../draw/colors.js";
import { correlate } from "../../sums/convolve.js";
import { h, replace, svg } from "../../draw/dom.js";
import { number, short } from "../../draw/format.js";
import { MapView } from "../../draw/mapview.js";
import { colourName } from "../../draw/picture.js";
import { channelName, figure, mapOf, outputView, title, windowMoving } from "../../layer/views.js";
import { boxAt, nearest, windowOf } from "../../sums/window.js";

/**
 * @typedef {import("../../layer/views.js").Context<import("../../types.js").Convolution>} Context
 * @typedef {import("../../layer/views.js").Stage} Stage
 * @typedef {import("../../choice/store.js").Choice} Choice
 * @typedef {{source: number, root: HTMLElement, input: MapView, partial: MapView, text: HTMLElement,
 *   plane: import("../../sums/convolve.js").Plane}} Row
 */

/** What stands in the padding. @type {Record<string, string>} */
const PADDED = {
  zeros: "counted as 0",
  reflect: "the map mirrored",
  replicate: "the edge repeated",
  circular: "the map's other side",
};
const ROWS = 5;
const CELL = 52;

/** @param {Context} context @returns {Stage} */
export function convolutionStage(context) {
  const { doc, store, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const w = windowOf(step.attributes);
  const later = chain(doc, step)[0]?.attributes.form === "bias";
  const output = outputView(context);
  const large = new MapView({
    label: `Input of ${step.name}; arrow keys move the window`,
    size,
    name: "input",
    pick: { pick: (y, x) => choose(store, doc, nearest(w, y, x)), move: windowMoving(context) },
  });
  const caption = h("figcaption");
  const bias = h("span", { class: "bias" });
  const rows = new Rows(
    context,
    h("div", { class: "sum" }, h("span", { class: "sigma", "aria-hidden": "true" }, "Σ"), bias),
  );
  const element = h(
    "div",
    { class: "flow convolution" },
    h("figure", {}, large.canvas, caption),
    rows.element,
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const box = boxAt(w, choice.y, choice.x);
      large.draw({
        ...mapOf(doc, input, choice.source, choice),
        padding: w.padding,
        window: box,
        dilation: w.dilation,
      });
      const pads = Object.values(w.padding).some((n) => n > 0);
      replace(
        caption,
        h("b", {}, "input"),
        ` · ${channelName(doc, input, choice.source)}`,
        pads && h("small", {}, ` · hatched: padding, ${PADDED[w.mode ?? "zeros"] ?? PADDED.zeros}`),
      );
      rows.update(choice, box);
      const b = biasOf(doc, step, choice.channel);
      replace(bias, b !== null ? "+ bias " : later ? "bias: next" : "no bias", b !== null && number(b));
      output.update(choice);
    },
  };
}

/** The input channels, a few at a time: window × slice of the filter → partial map. */
class Rows {
  /** @param {Context} context @param {HTMLElement} sum where all of them come together */
  constructor({ doc, store, step }, sum) {
    this.doc = doc;
    this.store = store;
    this.step = step;
    this.input = doc.steps[step.inputs[0]];
    this.page = 0;
    this.key = "";
    /** @type {Row[]} */
    this.rows = [];
    this.list = h("div", { class: "rows" });
    this.pager = h("div", { class: "pager" });
    this.lines = svg("svg", {
      class: "merge",
      viewBox: "0 0 100 100",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
    });
    this.element = h("div", { class: "channels" }, this.pager, this.list, this.lines, sum);
    this.order = "in order";
    this.last = -1;
  }

  /** @param {Choice} choice @param {import("../../types.js").Box} box */
  update(choice, box) {
    const own = slices(this.doc, this.step, choice.channel);
    if (!own || !this.doc.output(this.input.index)) {
      replace(
        this.list,
        h(
          "p",
          { class: "left-out" },
          "This file leaves out the numbers of this step: the thumbnails are all it holds. " +
            "Open the network with 5x5 serve to see them.",
        ),
      );
      return;
    }
    const sums = this.sums(choice, own.filters.length);
    const sources = sums.map((_, k) => k);
    if (this.order !== "in order") sources.sort((a, b) => Math.abs(sums[b]) - Math.abs(sums[a]));
    const pages = Math.ceil(sources.length / ROWS);
    this.follow(choice, sources, own.first, pages);
    const visible = sources.slice(this.from(sources.length), this.from(sources.length) + ROWS);
    const key = [choice.step, choice.channel, visible, this.doc.version, isDark()].join();
    if (key !== this.key) this.rebuild(choice, own, visible, pages);
    this.key = key;
    for (const row of this.rows) this.draw(row, choice, box, sums[row.source - own.first]);
  }

  /**
   * Turn to the page of the chosen input channel, when it has changed.
   * @param {Choice} choice @param {number[]} sources @param {number} first @param {number} pages
   */
  follow(choice, sources, first, pages) {
    if (choice.source !== this.last) this.page = Math.floor(sources.indexOf(choice.source - first) / ROWS);
    this.last = choice.source;
    this.page = Math.max(0, Math.min(pages - 1, this.page));
  }

  /** The first channel of the page; the last page is a full one. @param {number} count */
  from(count) {
    return Math.max(0, Math.min(this.page * ROWS, count - ROWS));
  }

  /** What each channel adds to the chosen number. @param {Choice} choice @param {number} count */
  sums(choice, count) {
    const sums = new Array(count).fill(0);
    const terms = this.doc.sum(this.step, choice)?.terms ?? [];
    const each = terms.length / count;
    terms.forEach((term, i) => (sums[Math.floor(i / each)] += term.product));
    return sums;
  }

  /**
   * @param {Choice} choice @param {NonNullable<ReturnType<typeof slices>>} own @param {number[]} visible
   * @param {number} pages
   */
  rebuild(choice, own, visible, pages) {
    const w = windowOf(this.step.attributes);
    const most = Math.max(...own.filters.map(spread));
    const planes = visible.map((k) => correlate(this.doc.map(this.input.index, own.first + k), own.filters[k], w));
    const range = Math.max(...planes.map((p) => spread(p.values)));
    this.rows = visible.map((k, i) => {
      const source = own.first + k;
      const input = new MapView({ label: `input channel ${source}`, size: CELL, name: "row-input" });
      const filter = new MapView({ label: `slice ${k} of the filter`, size: CELL, name: "row-filter" });
      const partial = new MapView({ label: `partial map of input channel ${source}`, size: CELL, name: "row-partial" });
      filter.draw({ values: own.filters[k], height: w.kernel[0], width: w.kernel[1], range: most });
      const text = h("output", { class: "part" });
      const root = h(
        "button",
        {
          type: "button",
          class: "row",
          "data-source": source,
          onclick: () => choose(this.store, this.doc, { source, y: this.store.choice.y, x: this.store.choice.x }),
        },
        h(
          "small",
          {},
          h("span", { class: "unseen" }, "input channel "),
          colourName(this.doc, this.input, source).slice(0, 1).toUpperCase() || source,
        ),
        input.canvas,
        "×",
        filter.canvas,
        "=",
        partial.canvas,
        text,
      );
      return { source, root, input, partial, text, plane: { ...planes[i], range } };
    });
    replace(this.list, ...this.rows.map((row) => row.root));
    const middle = (/** @type {number} */ i) => ((i + 0.5) / this.rows.length) * 100;
    replace(
      this.lines,
      ...this.rows.map((_, i) => svg("path", { d: `M0 ${middle(i)} C50 ${middle(i)} 50 50 100 50` })),
    );
    this.pages(choice, own.filters.length, pages);
  }

  /** @param {Choice} choice @param {number} count @param {number} pages */
  pages(choice, count, pages) {
    const turn = (/** @type {number} */ by) => {
      this.page = Math.max(0, Math.min(pages - 1, this.page + by));
      this.update(this.store.choice, boxAt(windowOf(this.step.attributes), this.store.choice.y, this.store.choice.x));
    };
    const sort = () => {
      this.order = this.order === "in order" ? "strongest first" : "in order";
      this.page = 0;
      this.key = "";
      turn(0);
    };
    const from = this.from(count);
    replace(
      this.pager,
      h("span", {}, `window × filter ${choice.channel} → partial map`),
      pages > 1 &&
        h(
          "span",
          { class: "turn" },
          h(
            "button",
            {
              type: "button",
              "data-turn": "before",
              "aria-label": "Input maps before",
              disabled: this.page === 0,
              onclick: () => turn(-1),
            },
            "‹",
          ),
          `${from}–${Math.min(count, from + ROWS) - 1} of ${count}`,
          h(
            "button",
            {
              type: "button",
              "data-turn": "after",
              "aria-label": "More input maps",
              disabled: this.page === pages - 1,
              onclick: () => turn(1),
            },
            "›",
          ),
          h("button", { type: "button", class: "sort", "data-turn": "sort", onclick: sort }, this.order),
        ),
    );
  }

  /** @param {Row} row @param {Choice} choice @param {import("../../types.js").Box} box @param {number} value */
  draw(row, choice, box, value) {
    const { doc, input } = this;
    row.input.draw({
      ...mapOf(doc, input, row.source, choice),
      padding: windowOf(this.step.attributes).padding,
      window: box,
    });
    row.partial.draw({
      ...row.plane,
      range: /** @type {any} */ (row.plane).range,
      cell: { y: choice.y, x: choice.x },
      until: choice.progress ?? undefined,
    });
    row.text.textContent = short(value);
    row.text.dataset.value = String(value);
    row.root.classList.toggle("chosen", row.source === choice.source);
  }
}

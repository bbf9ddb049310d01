// One number: everything it was computed from, as numbers and as a formula.

import { arithmetic } from "../sums/arithmetic.js";
import { chainView } from "./chain.js";
import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { FieldView } from "./field.js";
import { figures, symbols } from "../draw/formula.js";
import { long, number, plural } from "../draw/format.js";
import { Grids } from "./grids.js";
import { strongest } from "../kinds/matrix.js";
import { otherwise } from "./otherwise.js";
import { whence } from "../document/relations.js";
import { channelName } from "../layer/views.js";
import { Waterfall } from "./waterfall.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../draw/dom.js").Child} Child
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../types.js").Term} Term
 * @typedef {import("../sums/arithmetic.js").Sum} Sum
 */

const WRITTEN = 25;
/** Pixels that one product of the written formula takes, one cell of the grids, and the signs between the grids. */
const PRODUCT = 128;
const CELL = 49;
const SIGNS = 70;

export class OneNumber {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.field = new FieldView(doc);
    this.step = -1;
    /** @type {Sum | null} */
    this.sum = null;
    this.weighted = new Grids(true);
    this.plain = new Grids(false);
    this.waterfall = new Waterfall();
    this.heading = h("h3", { "data-number": true });
    this.grids = h("div", { class: "working" });
    this.body = h("div", { class: "working" });
    this.width = 300;
    this.formula = h("div", { class: "formula", tabindex: 0, role: "group", "aria-label": "The formula" });
    this.written = h("div", {
      class: "formula figures",
      tabindex: 0,
      role: "group",
      "aria-label": "The formula with its numbers",
    });
    this.every = h("details", { class: "every", ontoggle: () => this.list() }, h("summary", {}, "every product"));
    replace(
      root,
      this.heading,
      h(
        "div",
        { class: "beside" },
        this.grids,
        h("div", { class: "left" }, this.body, this.formula, this.written),
        this.field.element,
      ),
      this.every,
    );
    new ResizeObserver(([entry]) => this.fit(entry.contentRect.width)).observe(this.body);
    store.listen((choice) => this.update(choice));
    this.update(store.choice);
  }

  /** @param {Choice} choice */
  update(choice) {
    const { doc } = this;
    const step = doc.steps[choice.step];
    const value = doc.value(step.index, choice.channel, choice.y, choice.x);
    const known = doc.output(step.index) !== null && doc.output(step.index) !== undefined;
    const place = step.shape.flat
      ? `unit ${choice.channel}`
      : `map ${choice.channel}, row ${choice.y}, column ${choice.x}`;
    const empty = !(step.shape.channels * step.shape.height * step.shape.width);
    if (empty) replace(this.heading, h("code", {}, step.name), " is empty: it has no value to show");
    else {
      replace(
        this.heading,
        h("code", {}, step.name),
        ` at ${place}: `,
        known ? number(value, { class: "n strong", "data-total": true }) : "not in this file",
      );
    }
    this.sum = arithmetic(doc, step, choice.channel, choice.y, choice.x);
    if (this.step !== step.index) this.open(step);
    this.step = step.index;
    if (this.sum) this.show(step, choice, this.sum);
    else this.lay([], [!empty && otherwise(doc, step, choice)]);
    this.write(step, this.sum);
    this.field.update(choice);
    this.list();
  }

  /**
   * Draw again for another width: it is remembered, because measuring it each time takes longer than all else.
   * @param {number} width
   */
  fit(width) {
    if (!width || width === this.width) return;
    this.width = width;
    this.update(this.store.choice);
  }

  /** @param {Step} step */
  open(step) {
    const formula = symbols(step, this.doc.buffers.has(`bias/${step.index}`));
    replace(this.formula, formula);
    this.formula.hidden = !formula;
    this.every.open = false;
  }

  /** @param {Step} step @param {Choice} choice @param {Sum} sum */
  show(step, choice, sum) {
    const next = chainView(this.doc, step, choice, (index) =>
      choose(this.store, this.doc, { step: index, channel: choice.channel, y: choice.y, x: choice.x }),
    );
    const { method } = step.attributes;
    if (method === "convolution") {
      this.lay(...this.convolution(step, choice, sum), next, 3 * step.attributes.kernel[1] * CELL + SIGNS);
    } else if (method === "maximum" || method === "mean") this.lay(...this.pooling(step, choice, sum), next);
    else this.lay([], [this.total(sum)], next);
  }

  /**
   * @param {Child[]} grids @param {Child[]} working @param {Child} [next] what happens to the number then
   * @param {number} [width] of the grids: from one side to the other where they need it
   */
  lay(grids, working, next = null, width = 0) {
    const wide = width > this.width;
    this.grids.hidden = !wide;
    replace(this.grids, ...(wide ? grids : []));
    replace(this.body, ...(wide ? [] : grids), ...working, next);
  }

  /** @param {Step} step @param {Choice} choice @param {Sum} sum @returns {[Child[], Child[]]} */
  convolution(step, choice, sum) {
    const [rows, columns] = step.attributes.kernel;
    const size = rows * columns;
    const input = this.doc.steps[step.inputs[0]];
    const maps = sum.terms.length / size;
    const first = sum.terms[0].channel;
    const own = choice.source - first;
    const terms = sum.terms.slice(own * size, (own + 1) * size);
    this.weighted.show(terms, columns, { value: this.doc.range(input.index, choice.source, choice.scale) });
    const parts = Array.from({ length: maps }, (_, k) =>
      sum.terms.slice(k * size, (k + 1) * size).reduce((s, t) => s + t.product, 0),
    );
    if (maps > 1) this.waterfall.draw(parts, sum.bias, own, this.width);
    const others = parts.reduce((s, p) => s + p, 0) - parts[own];
    const line = h(
      "p",
      { class: "total" },
      h("span", {}, `Σ of these ${size} products `, number(parts[own], { "data-part": true })),
      maps > 1 && h("span", {}, ` + ${plural(maps - 1, "other input map")} `, number(others, { "data-others": true })),
      sum.bias !== null && h("span", {}, " + bias ", number(sum.bias, { "data-bias": true })),
      h("span", {}, " = ", number(sum.total, { class: "n strong", "data-sum": true })),
    );
    const wheel =
      maps > 1 &&
      h(
        "div",
        { class: "adding" },
        h("h4", {}, `how ${maps} input maps add up${sum.bias === null ? "" : ", and the bias"}`),
        this.waterfall.canvas,
      );
    return [
      [
        h(
          "h4",
          {},
          maps > 1 || input.shape.channels > 1
            ? `input ${channelName(this.doc, input, choice.source)}`
            : "the input's only map",
          maps > 1 && h("small", {}, ": choose another above"),
        ),
        this.weighted.element,
      ],
      [line, wheel],
    ];
  }

  /** @param {Step} step @param {Choice} choice @param {Sum} sum @returns {[Child[], Child[]]} */
  pooling(step, choice, sum) {
    const columns = new Set(sum.terms.map((t) => t.x)).size;
    const winner = step.attributes.method === "maximum" ? sum.terms.findIndex((t) => t.weight === 1) : -1;
    this.plain.show(sum.terms, columns, {
      value: this.doc.range(step.inputs[0], choice.channel, choice.scale),
      winner,
    });
    const says =
      winner >= 0
        ? [
            "the largest of these: ",
            number(sum.total, { class: "n strong", "data-sum": true }),
            sum.terms.some((t) => t.padding) && " (padding never wins)",
          ]
        : [
            `Σ / ${sum.terms.filter((t) => t.weight).length} = `,
            number(sum.total, { class: "n strong", "data-sum": true }),
          ];
    return [[h("h4", {}, "the window"), this.plain.element], [h("p", { class: "total" }, ...says)]];
  }

  /** @param {Sum} sum */
  total(sum) {
    const count = sum.terms.length + sum.left;
    return h(
      "p",
      { class: "total" },
      `Σ of ${count} products `,
      number(sum.total - (sum.bias ?? 0)),
      sum.bias !== null && h("span", {}, " + bias ", number(sum.bias, { "data-bias": true })),
      " = ",
      number(sum.total, { class: "n strong", "data-sum": true }),
    );
  }

  /** The formula with the numbers; the strongest products of many. @param {Step} step @param {Sum | null} sum */
  write(step, sum) {
    const wanted = sum !== null && step.attributes.method !== "maximum";
    this.written.hidden = !wanted;
    this.every.hidden = !sum;
    if (!sum || !wanted) return;
    const terms = sum.terms.length > WRITTEN ? strongest(sum.terms).slice(0, WRITTEN) : sum.terms;
    const total = sum.total - (sum.bias ?? 0);
    const moreSum = total - terms.reduce((s, t) => s + t.product, 0);
    const columns = step.attributes.kernel?.[1] ?? 1;
    const room = Math.max(1, Math.floor(this.width / PRODUCT));
    const each = terms === sum.terms && columns <= room ? room - (room % columns) : room;
    const all = sum.terms.length + sum.left;
    const named =
      terms !== sum.terms && h("h4", {}, `the ${terms.length} strongest of ${plural(all, "product")}, written out`);
    replace(
      this.written,
      named,
      figures(terms, { more: all - terms.length, moreSum, bias: sum.bias, total: sum.total }, each),
    );
  }

  /** Every product as a table, once somebody asks for it. */
  list() {
    this.every.querySelector("table")?.remove();
    if (!this.every.open || !this.sum) return;
    const step = this.doc.steps[this.store.choice.step];
    const input = this.doc.steps[step.inputs[0]];
    const rows = this.sum.terms.map((t) =>
      h(
        "tr",
        { class: t.padding ? "padding" : "" },
        h("td", {}, t.padding ? "padding" : this.place(input, t)),
        ...[t.value, t.weight, t.product].map((v) => h("td", { "data-value": String(v) }, long(v))),
      ),
    );
    const rest =
      this.sum.remainder === null
        ? null
        : h(
            "tr",
            {},
            h("td", {}, `${this.sum.left} smaller products, together`),
            h("td"),
            h("td"),
            h("td", { "data-value": String(this.sum.remainder) }, long(this.sum.remainder)),
          );
    this.every.append(
      h(
        "table",
        {},
        h(
          "thead",
          {},
          h("tr", {}, ...["where", "value", "weight", "product"].map((t) => h("th", { scope: "col" }, t))),
        ),
        h("tbody", {}, ...rows, rest),
      ),
    );
  }

  /** @param {Step} input @param {Term} term */
  place(input, term) {
    if (!input.shape.flat) return `map ${term.channel}, row ${term.y}, column ${term.x}`;
    const from = whence(this.doc, input, term.channel);
    return `unit ${term.channel}${from ? `: map ${from.channel}, row ${from.y}, column ${from.x}` : ""}`;
  }
}

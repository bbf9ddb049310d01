// One number: everything it was computed from, as numbers and as a formula.

import { chainView } from "./chain.js";
import { choose, lead } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { FieldView } from "./field.js";
import { figures, symbols } from "../draw/formula.js";
import { long, number, plural } from "../draw/format.js";
import { strongest } from "../sums/terms.js";
import { colourName } from "../draw/picture.js";
import { named } from "../sums/places.js";
import { otherwise } from "./otherwise.js";
import { unsaid } from "../document/names.js";
import { whence } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../draw/dom.js").Child} Child
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../types.js").Term} Term
 * @typedef {import("../sums/terms.js").Sum} Sum
 */

const WRITTEN = 25;
/** Pixels that one product of the written formula takes. */
const PRODUCT = 128;

export class OneNumber {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.field = new FieldView(doc);
    /** The step that it is laid out for. @type {Step | null} */
    this.opened = null;
    /** @type {Sum | null} */
    this.sum = null;
    /** @type {import("../document/kind.js").Working | null} */
    this.working = null;
    this.heading = h("h3", { "data-number": true });
    this.telling = h(
      "button",
      { type: "button", class: "telling", "data-telling": true, onclick: () => lead(store, doc) },
      "the most telling value",
    );
    this.rounded = h(
      "p",
      { class: "says", "data-rounded": true },
      "≈: to stay small, this file holds these numbers in half precision, about three digits of the largest in each ",
      "map. Sums may differ by as much.",
    );
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
      h("div", { class: "number-head" }, this.heading, this.telling),
      this.rounded,
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
    const rounded = doc.rounded(step.index);
    const colour = colourName(doc, step, choice.channel);
    this.rounded.hidden = !rounded;
    this.telling.hidden = !choice.pointed;
    const empty = !(step.shape.channels * step.shape.height * step.shape.width);
    if (empty) replace(this.heading, h("code", {}, step.name), " is empty: it has no value to show");
    else {
      replace(
        this.heading,
        h("code", {}, step.name),
        unsaid(step) && ` · ${unsaid(step)}`,
        ` at ${named(step.shape, choice)}${colour && `, ${colour}`}: ${rounded && known ? "≈ " : ""}`,
        known
          ? number(value, { class: "n strong", "data-total": true })
          : doc.isCutOff(step.index)
            ? "no number"
            : "not in this file",
      );
    }
    this.sum = doc.sum(step, choice);
    if (this.opened !== step) this.open(step);
    if (this.sum) this.show(step, choice, this.sum);
    else this.lay([], [!empty && otherwise(doc, step, choice)]);
    this.write(this.sum);
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
    const { doc } = this;
    this.opened = step;
    this.working = doc.kindOf(step).working?.(doc, step) ?? null;
    const right = doc.kindOf(step).symbols?.(step, doc.buffers.has(`bias/${step.index}`));
    const written = right ? symbols(step, right) : doc.fields.symbols?.[step.index];
    replace(this.formula, written && h("span", { "data-symbols": true }, written));
    this.formula.hidden = !written;
    this.every.open = false;
  }

  /** @param {Step} step @param {Choice} choice @param {Sum} sum */
  show(step, choice, sum) {
    const next = chainView(this.doc, step, choice, (index) =>
      choose(this.store, this.doc, {
        step: index,
        channel: choice.channel,
        y: choice.y,
        x: choice.x,
        pointed: choice.pointed,
      }),
    );
    const shown = this.working?.show(choice, sum, this.width);
    if (shown) this.lay(shown.grids, shown.working, next, shown.width);
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

  /** The formula with the numbers; the strongest products of many. @param {Sum | null} sum */
  write(sum) {
    const wanted = sum !== null && !sum.chosen;
    this.written.hidden = !wanted;
    this.every.hidden = !sum;
    if (!sum || !wanted) return;
    const terms = sum.terms.length > WRITTEN ? strongest(sum.terms).slice(0, WRITTEN) : sum.terms;
    const total = sum.total - (sum.bias ?? 0);
    const moreSum = total - terms.reduce((s, t) => s + t.product, 0);
    const columns = new Set(sum.terms.map((t) => t.x)).size; // a row of the window stays a row
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
    const rows = this.sum.terms.map((t) =>
      h(
        "tr",
        { class: t.padding ? "padding" : "" },
        h("td", {}, t.padding ? "padding" : this.place(step, t)),
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
        { tabindex: 0, "aria-label": "Every product" },
        h(
          "thead",
          {},
          h("tr", {}, ...["where", "value", "weight", "product"].map((t) => h("th", { scope: "col" }, t))),
        ),
        h("tbody", {}, ...rows, rest),
      ),
    );
  }

  /** @param {Step} step @param {Term} term */
  place(step, term) {
    const input = this.doc.steps[step.inputs[term.input ?? 0]];
    if (!input) return "a constant";
    const from = input.shape.flat ? whence(this.doc, input, term.channel) : null;
    const colour = colourName(this.doc, input, term.channel);
    return `${named(input.shape, term)}${colour && `, ${colour}`}${from ? `: ${named(from.step.shape, from)}` : ""}`;
  }
}

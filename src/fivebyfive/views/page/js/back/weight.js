// One weight: its value, its gradient as a sum, and its whole step, as an optimizer would take it first.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number, plural } from "../draw/format.js";
import { named } from "../sums/places.js";
import { bars } from "./bars.js";
import { chosenWeight } from "./filter.js";
import { goingBack } from "./gradients.js";
import { OPTIMIZERS, firstStep } from "./optimizers.js";
import { gradientOfWeight, hasWeights, layoutOf, parameterOf, total, usesOf, weightAt } from "./weights.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice @typedef {import("../types.js").Step} Step
 * @typedef {import("./weights.js").Weight} Weight
 */

const LISTED = 8;

export class OneWeight {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.heading = h("h3", { "data-weight-name": true });
    this.body = h("div");
    this.whole = h("div", { class: "whole-step", tabindex: 0, role: "group", "aria-label": "The weight's whole step" });
    this.optimizer = h(
      "select",
      { "data-optimizer": true, onchange: () => this.change() },
      ...Object.entries(OPTIMIZERS).map(([value, { name }]) => h("option", { value }, name)),
    );
    this.rate = h("input", { type: "number", min: 0, step: "any", "data-rate": true, oninput: () => this.step() });
    this.gradient = 0;
    this.value = 0;
    replace(
      root,
      this.heading,
      this.body,
      h("h4", {}, "Its whole step"),
      h(
        "div",
        { class: "weight-fields" },
        h("label", {}, "optimizer ", this.optimizer),
        h("label", {}, "rate η ", this.rate),
        h("span", {}, "a first step: nothing is remembered yet"),
      ),
      this.whole,
    );
    this.change();
    store.listen((choice) => this.update(choice));
    this.update(store.choice);
  }

  /** Another optimizer begins with its own rate. */
  change() {
    this.rate.value = String(OPTIMIZERS[this.optimizer.value].settings.lr);
    this.step();
  }

  /** @param {Choice} choice */
  update(choice) {
    const { doc } = this;
    const step = doc.steps[choice.step];
    this.root.hidden = !goingBack(doc, choice) || !hasWeights(doc, step);
    if (this.root.hidden) return;
    const weight = chosenWeight(doc, choice);
    const uses = usesOf(doc, step, weight);
    const parameter = parameterOf(doc, step);
    const sum = uses ? total(uses) : NaN;
    const own = gradientOfWeight(doc, step, weight);
    this.value = weightAt(doc, step, weight);
    this.gradient = Number.isNaN(own) ? sum : own;
    replace(
      this.heading,
      "weight ",
      h("code", {}, placeOf(doc, step, weight)),
      " of ",
      h("code", {}, parameter?.name ?? step.name),
      ": ",
      number(this.value, { class: "n strong", "data-weight-value": true }),
      ", gradient ",
      number(this.gradient, { class: "n strong", "data-weight-gradient": true }),
    );
    replace(this.body, ...this.told(step, weight, uses, own, parameter));
    this.step();
  }

  /**
   * @param {Step} step @param {Weight} weight @param {import("./weights.js").Use[] | null} uses @param {number} own
   * @param {ReturnType<typeof parameterOf>} parameter @returns {import("../draw/dom.js").Child[]}
   */
  told(step, weight, uses, own, parameter) {
    if (parameter && !parameter.learns) {
      return [
        h("p", { class: "says" }, `${parameter.name} is frozen, or nothing comes back to it: it learns nothing.`),
      ];
    }
    if (!uses) return [h("p", { class: "left-out" }, "The numbers that it met are not in this file.")];
    const go = (/** @type {import("./weights.js").Use} */ use) => () =>
      choose(this.store, this.doc, { y: use.y, x: use.x, source: weight.source });
    const list = bars(uses, LISTED, (use) => ({
      text: named(step.shape, use),
      go: go(use),
      data: { "data-weight-term": true, "data-y": use.y, "data-x": use.x },
    }));
    const places = uses.length === 1 ? "It was used once" : `It was used at ${plural(uses.length, "place")}`;
    const rest = own - total(uses);
    const others = parameter?.others.length || (this.doc.fields.back?.pictures ?? 1) > 1;
    return [
      h("p", { class: "says" }, `${places}: the gradient there × what it was multiplied by, all added up.`),
      ...list,
      others && h("p", { class: "says" }, "Its other uses and the other pictures add ", number(rest), "."),
    ];
  }

  /** The step of the optimizer that is chosen. */
  step() {
    const { value } = this.optimizer;
    const lr = Number(this.rate.value);
    const { quantities, words } = firstStep(value, this.gradient, this.value, { lr });
    const rows = quantities.map(({ name, symbol, symbols, figures, value: result }) =>
      h(
        "tr",
        { "data-quantity": symbol, "data-value": String(result) },
        h("th", { scope: "row" }, name),
        h("td", {}, symbols),
        h("td", {}, figures),
      ),
    );
    replace(
      this.whole,
      h("table", {}, h("tbody", {}, ...rows)),
      ...words.map((sentence) => h("p", { class: "says", "data-step-words": true }, sentence)),
    );
  }
}

/** Where a weight stands, as the filter's own numbers. @param {Doc} doc @param {Step} step @param {Weight} weight */
function placeOf(doc, step, { channel, source, tap }) {
  const { rows, columns } = layoutOf(doc, step);
  const cell = rows * columns > 1 ? `, y ${Math.floor(tap / columns)}, x ${tap % columns}` : "";
  return `filter ${channel}, input ${source}${cell}`;
}

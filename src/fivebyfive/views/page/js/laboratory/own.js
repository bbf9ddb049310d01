// What the chosen map is made with, to be changed: its filter's weights, its bias, and whether it is there at all.

import { css, ink, spread } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { short } from "../draw/format.js";
import { slices } from "../sums/terms.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../types.js").Step<any>} Step @typedef {import("../network/otherwise.js").Change} Change
 */

/** The largest side of a filter whose cells are shown. */
const LARGEST = 9;
/** Forms whose bias is added. */
const BIASED = new Set(["bias", "convolution", "transposed", "matrix"]);

export class Own {
  /** @param {Doc} doc @param {Store} store @param {import("./whatif.js").WhatIf} whatIf */
  constructor(doc, store, whatIf) {
    this.doc = doc;
    this.store = store;
    this.whatIf = whatIf;
    /** The chosen cell of the filter. */
    this.cell = 0;
    this.cells = h("div", { class: "cells", role: "group", "aria-label": "The filter's weights: choose one" });
    this.caption = h("figcaption");
    this.weight = this.field("weight", (value) => this.set("weights", this.place, value));
    this.slider = h("input", { type: "range", name: "weight-slider", step: "any", "aria-label": "The chosen weight" });
    this.slider.addEventListener("input", () => this.set("weights", this.place, Number(this.slider.value)));
    this.filter = h("figure", { class: "own-filter" }, this.cells, this.caption, this.weight.label, this.slider);
    this.bias = this.field("bias", (value) => this.set("biases", this.store.choice.channel, value));
    this.off = h("input", { type: "checkbox", name: "off", onchange: () => this.switch() });
    this.named = h("span");
    const off = h("label", {}, this.off, this.named);
    this.element = h("div", { class: "own" }, this.filter, h("div", { class: "controls" }, this.bias.label, off));
  }

  /** A number to be typed. @param {string} name @param {(value: number) => void} act */
  field(name, act) {
    const input = h("input", { type: "number", step: "any", name, "aria-label": name });
    input.addEventListener(
      "input",
      () => input.value.trim() && Number.isFinite(input.valueAsNumber) && act(input.valueAsNumber),
    );
    return { input, label: h("label", {}, name, input) };
  }

  /** @returns {Step} */
  get step() {
    return this.doc.steps[this.store.choice.step];
  }

  /** The chosen filter's slice of the chosen input map; null where there is none to show. */
  get slice() {
    const { doc, step } = this;
    const { channel, source } = this.store.choice;
    const [before, now] = [doc.own(), doc].map((held) => held.shapes.get(`weight/${step.index}`)?.join());
    const found = step.attributes.form === "convolution" && before === now ? slices(doc, step, channel) : null;
    const slice = found?.filters[source - found.first];
    return found && slice && Math.max(...step.attributes.kernel) <= LARGEST
      ? { slice, first: (channel * found.filters.length + source - found.first) * slice.length }
      : null;
  }

  /** The number of the chosen cell among all weights. */
  get place() {
    return (this.slice?.first ?? 0) + this.cell;
  }

  /** @param {"weights" | "biases"} what @param {number} number @param {number} value */
  set(what, number, value) {
    const { index } = this.step;
    const change = structuredClone(this.whatIf.of(index));
    const own = this.doc.own().numbers(`${what === "weights" ? "weight" : "bias"}/${index}`);
    if (own?.[number] === Math.fround(value)) delete change[what][number];
    else change[what][number] = Math.fround(value);
    this.whatIf.change(index, change);
  }

  switch() {
    const { index } = this.step;
    const { channel } = this.store.choice;
    const change = structuredClone(this.whatIf.of(index));
    change.off = change.off.filter((other) => other !== channel);
    if (this.off.checked) change.off.push(channel);
    change.off.sort((a, b) => a - b);
    this.whatIf.change(index, change);
  }

  update() {
    const { doc, step } = this;
    const { channel } = this.store.choice;
    const bias = BIASED.has(step.attributes.form) ? doc.numbers(`bias/${step.index}`) : null;
    this.bias.label.hidden = !bias;
    if (bias) write(this.bias.input, bias[channel]);
    this.off.checked = this.whatIf.of(step.index).off.includes(channel);
    this.named.textContent = `${step.shape.flat ? "unit" : "channel"} ${channel} switched off`;
    this.draw();
  }

  /** The filter, each cell to be chosen. */
  draw() {
    const found = this.slice;
    this.filter.hidden = !found;
    if (!found) return;
    const { slice } = found;
    this.cell = Math.min(this.cell, slice.length - 1);
    const range = spread(slice);
    this.cells.style.setProperty("--columns", String(this.step.attributes.kernel[1]));
    const cells = Array.from(slice, (value, i) => this.button(value, i, range));
    replace(this.cells, ...cells);
    const { channel, source } = this.store.choice;
    this.caption.textContent = `filter ${channel}, for input channel ${source}: choose a weight`;
    write(this.weight.input, slice[this.cell]);
    const own = Math.max(0.1, 2 * spread(this.doc.own().numbers(`weight/${this.step.index}`) ?? []));
    this.slider.min = String(-own);
    this.slider.max = String(own);
    if (document.activeElement !== this.slider) this.slider.value = String(slice[this.cell]);
  }

  /** @param {number} value @param {number} i @param {number} range */
  button(value, i, range) {
    const [rows, columns] = [Math.floor(i / this.step.attributes.kernel[1]), i % this.step.attributes.kernel[1]];
    const element = h(
      "button",
      {
        type: "button",
        "data-cell": i,
        "data-value": value,
        "aria-pressed": String(i === this.cell),
        "aria-label": `y ${rows}, x ${columns}: ${short(value)}`,
        onclick: () => this.choose(i),
      },
      short(value),
    );
    element.style.background = css(value, range);
    element.style.color = ink(value, range);
    return element;
  }

  /** @param {number} cell */
  choose(cell) {
    this.cell = cell;
    this.draw();
  }
}

/** A field's number, unless somebody is typing it. @param {HTMLInputElement} input @param {number} value */
function write(input, value) {
  if (document.activeElement !== input) input.value = String(Number(value.toPrecision(4)));
}

// What if? Another kernel size, stride or padding for this step's own input: the size by its formula, the map redrawn.

import { spread } from "../draw/colors.js";
import { sizeAfter } from "../sums/convolve.js";
import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { mapSide } from "../draw/room.js";
import { figure, mapOf, sign } from "../layer/views.js";
import { sizeFormulas, sizeInWords } from "./size.js";
import { unchanged } from "../network/otherwise.js";
import { boxAt, nearest, sameSides } from "../sums/window.js";
import { fields } from "./fields.js";
import { Own } from "./own.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../sums/window.js").Window} Window
 */

const GROWN = " The filter is this step's own, cut or set in zeros to the new size.";

const THROUGH = "What you change goes on through the network, to the answer.";
const ALONE = "Another filter is tried on this map alone: it does not go on to the answer.";

export class Laboratory {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store @param {import("./whatif.js").WhatIf} whatIf */
  constructor(root, doc, store, whatIf) {
    this.root = root;
    this.whatIf = whatIf;
    this.own = new Own(doc, store, whatIf);
    this.doc = doc;
    this.store = store;
    this.at = { y: 0, x: 0 };
    this.input = new MapView({
      label: "Input; arrow keys move the window",
      size: 232,
      name: "lab-input",
      pick: { pick: (y, x) => this.point(y, x), move: (down, right) => this.to(this.at.y + down, this.at.x + right) },
    });
    this.output = new MapView({ label: "Result", size: 232, name: "lab-output" });
    this.says = h("p", { class: "says", role: "status", "data-lab": "size" });
    this.formula = h("div", {
      class: "formula",
      "data-lab": "formula",
      tabindex: 0,
      role: "group",
      "aria-label": "The output's size",
    });
    this.form = h("form", {
      class: "controls",
      onsubmit: (/** @type {Event} */ e) => e.preventDefault(),
      oninput: (/** @type {Event} */ e) => this.changed(e),
    });
    const reset = h("button", { type: "button", "data-lab": "reset", onclick: () => this.back() }, "As in the code");
    this.through = h("p", { class: "says", "data-lab": "through" });
    this.windows = h(
      "div",
      {},
      this.form,
      h(
        "div",
        { class: "flow" },
        figure(this.input.canvas, h("b", {}, "input"), " padding hatched"),
        sign("→"),
        figure(this.output.canvas, h("b", {}, "result")),
      ),
      this.formula,
      this.says,
    );
    replace(root, h("h3", {}, "What if …"), this.windows, this.own.element, this.through, reset);
    this.wasOtherwise = false;
    store.listen((choice, changed) => {
      const lifted = this.wasOtherwise && !doc.under;
      this.wasOtherwise = doc.under !== null;
      if (changed.has("step") || lifted) this.reset();
      else if (["channel", "source", "values", "theme", "scale"].some((name) => changed.has(name))) this.draw();
      return choice;
    });
    /** How wide the form is; asked for at every new picture, the page would have to be laid out for it. */
    this.room = 0;
    new ResizeObserver(() => {
      this.room = this.form.clientWidth;
      if (this.input.size !== mapSide(this.room)) this.draw();
    }).observe(root);
    this.reset();
  }

  get step() {
    return this.doc.steps[this.store.choice.step];
  }

  /** What this step's kind makes with another window; undefined where it has none. */
  get trial() {
    return this.windowed ? this.doc.kindOf(this.step).trial : undefined;
  }

  /** @returns {import("../types.js").Windowed | null} */
  get windowed() {
    const { attributes } = this.step;
    return "kernel" in attributes ? attributes : null;
  }

  /** This step as in the code again. */
  back() {
    this.whatIf.change(this.step.index, unchanged());
    this.reset(/** @type {import("../types.js").Windowed} */ (this.doc.own().steps[this.step.index].attributes));
  }

  /** The form as the step is. */
  reset(windowed = this.windowed) {
    const { trial } = this;
    const can = this.whatIf.can(this.step.index);
    this.windows.hidden = !trial || !windowed || !this.doc.output(this.step.inputs[0]);
    this.root.hidden = this.windows.hidden && !can;
    this.own.element.hidden = this.through.hidden = !can;
    this.through.textContent = THROUGH;
    if (!trial || !windowed || this.windows.hidden) return this.draw();
    this.at = { y: this.store.choice.y, x: this.store.choice.x };
    replace(this.form, ...fields(windowed, trial));
    return this.draw();
  }

  /** What the form asks for, within its limits. */
  read() {
    const data = /** @type {Record<string, any>} */ ({});
    for (const element of this.form.querySelectorAll("input, select")) {
      const { name, value, min, max, type } = /** @type {HTMLInputElement} */ (element);
      data[name] =
        type === "number"
          ? Math.min(Number(max), Math.max(Number(min), Math.round(Number(value)) || Number(min)))
          : value;
    }
    return data;
  }

  /** @param {Event} event */
  changed(event) {
    const side = ["top", "bottom", "left", "right"].includes(/** @type {HTMLInputElement} */ (event.target).name);
    if (side) /** @type {HTMLInputElement} */ (this.form.querySelector("[name=padding]")).value = "explicit";
    this.draw();
    this.pass();
  }

  /** What the form asks for goes on to the answer, where the page can work that out. */
  pass() {
    const { index } = this.step;
    const { filter = "own", padding } = this.read();
    if (!this.whatIf.can(index) || filter !== "own") return;
    const { kernel, stride, padding: sides } = this.window();
    const own = /** @type {import("../types.js").Windowed} */ (this.doc.own().steps[index].attributes);
    const same = [kernel, stride, sidesOf(sides)].join() === [own.kernel, own.stride, sidesOf(own.padding)].join();
    const window = same ? undefined : { kernel, stride, padding: sides, name: padding };
    this.whatIf.change(index, { ...this.whatIf.of(index), window });
  }

  /** @returns {Window} */
  window() {
    const { kernel, stride, padding, top, bottom, left, right } = this.read();
    const { shape } = this.doc.steps[this.step.inputs[0]];
    const own = /** @type {import("../types.js").Windowed} */ (this.windowed);
    const dilation = own.dilation ?? [1, 1];
    let sides = { top, bottom, left, right };
    if (padding === "VALID") sides = { top: 0, bottom: 0, left: 0, right: 0 };
    if (padding === "SAME") sides = sameSides(shape, [kernel, kernel], [stride, stride], dilation);
    return {
      kernel: kernel === own.kernel[0] ? own.kernel : [kernel, kernel],
      stride: stride === own.stride[0] ? own.stride : [stride, stride],
      dilation,
      padding: sides,
      mode: own.padding_mode,
    };
  }

  draw() {
    if (!this.own.element.hidden) this.own.update();
    if (this.windows.hidden) return;
    this.input.size = this.output.size = mapSide((this.room ||= this.form.clientWidth));
    const { doc, step } = this;
    const { channel, source } = this.store.choice;
    const input = doc.steps[step.inputs[0]];
    const w = this.window();
    this.sides(w);
    const shownChannel = this.trial?.filters ? source : channel;
    const result = this.compute(w);
    this.tell(w, input);
    const fitting = result !== null && result.height > 0 && result.width > 0;
    const at = fitting ? { y: inside(this.at.y, result.height), x: inside(this.at.x, result.width) } : this.at;
    const box = boxAt(w, at.y, at.x);
    this.input.draw({
      ...mapOf(doc, input, shownChannel, this.store.choice),
      padding: w.padding,
      window: fitting ? box : null,
      dilation: w.dilation,
    });
    this.output.canvas.hidden = !fitting;
    if (fitting) this.output.draw({ ...result, range: spread(result.values), cell: at });
  }

  /** Show the padding that SAME or VALID comes to. @param {Window} w */
  sides(w) {
    for (const side of /** @type {("top" | "bottom" | "left" | "right")[]} */ (["top", "bottom", "left", "right"])) {
      const element = /** @type {HTMLInputElement} */ (this.form.querySelector(`[name=${side}]`));
      if (Number(element.value) !== w.padding[side] && document.activeElement !== element) {
        element.value = String(w.padding[side]);
      }
    }
  }

  /** @param {Window} w */
  compute(w) {
    const { doc, step, store } = this;
    return this.trial?.make(doc, step, store.choice.channel, w, this.read().filter) ?? null;
  }

  /** The output's size by its formula, and what it comes to. @param {Window} w @param {Step} input */
  tell(w, input) {
    const { padding, filter } = this.read();
    const grown = this.trial?.filters && filter === "own" && w.kernel[0] !== this.windowed?.kernel[0];
    replace(this.formula, ...sizeFormulas(w, input.shape));
    this.through.textContent = filter && filter !== "own" ? ALONE : THROUGH;
    this.says.textContent = sizeInWords(w, input.shape, padding) + (grown ? GROWN : "");
    const { height: rows, width: columns } = sizeAfter(input.shape, w);
    Object.assign(this.says.dataset, { rows, columns });
  }

  /** The window nearest to a cell of the input. @param {number} y @param {number} x */
  point(y, x) {
    const at = nearest(this.window(), y, x);
    this.to(at.y, at.x);
  }

  /** The window of a cell of the result, or of the nearest there is. @param {number} y @param {number} x */
  to(y, x) {
    const w = this.window();
    const { shape } = this.doc.steps[this.step.inputs[0]];
    const { height, width } = sizeAfter(shape, w);
    this.at = {
      y: inside(y, height),
      x: inside(x, width),
    };
    this.draw();
  }
}

/** In the order in which a window names them. @param {import("../types.js").Sides} padding */
const sidesOf = ({ top, bottom, left, right }) => [top, bottom, left, right];

/** @param {number} value @param {number} size */
const inside = (value, size) => Math.max(0, Math.min(size - 1, value));

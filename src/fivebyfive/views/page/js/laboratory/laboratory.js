// What if? Another kernel size, stride or padding for this step's own input: the size by its formula, the map redrawn.

import { biasOf, slices } from "../sums/arithmetic.js";
import { spread } from "../draw/colors.js";
import { convolve, pool } from "../sums/convolve.js";
import { h, math, replace } from "../draw/dom.js";
import { mi, mn, mo, row } from "../draw/formula.js";
import { MapView } from "../draw/mapview.js";
import { mapSide } from "../draw/room.js";
import { figure, sign } from "../layer/views.js";
import { boxAt, fits, nearest, same, span, windowOf } from "../sums/window.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../sums/window.js").Window} Window
 */

const LARGEST = 11;
/** @type {Record<string, {name: string, weigh: (y: number, x: number, k: number) => number}>} */
const FILTERS = {
  mean: { name: "mean of the window", weigh: (_y, _x, k) => 1 / (k * k) },
  vertical: { name: "vertical edges", weigh: (_y, x, k) => Math.sign(x - (k - 1) / 2) / k },
  horizontal: { name: "horizontal edges", weigh: (y, _x, k) => Math.sign(y - (k - 1) / 2) / k },
  middle: {
    name: "the middle cell alone",
    weigh: (y, x, k) => Number(y === Math.floor((k - 1) / 2) && x === Math.floor((k - 1) / 2)),
  },
};

export class Laboratory {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
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
    const reset = h("button", { type: "button", "data-lab": "reset", onclick: () => this.reset() }, "As in the code");
    replace(
      root,
      h("h3", {}, "What if …"),
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
      reset,
    );
    store.listen((choice, changed) => {
      if (changed.has("step")) this.reset();
      else if (["channel", "source", "values", "theme", "scale"].some((name) => changed.has(name))) this.draw();
      return choice;
    });
    new ResizeObserver(() => this.input.size !== mapSide(this.form.clientWidth) && this.draw()).observe(root);
    this.reset();
  }

  get step() {
    return this.doc.steps[this.store.choice.step];
  }

  get pooling() {
    return this.step.kind === "pooling";
  }

  reset() {
    const { step } = this;
    const { method, kernel, stride, padding, padding_name: name } = step.attributes;
    this.root.hidden =
      !["convolution", "maximum", "mean"].includes(method) || !kernel || !this.doc.output(step.inputs[0]);
    if (this.root.hidden) return;
    this.at = { y: this.store.choice.y, x: this.store.choice.x };
    const explicit = !["SAME", "VALID", "same", "valid"].includes(name);
    const field = (/** @type {string} */ label, /** @type {Element} */ input) => h("label", {}, label, input);
    const count = (
      /** @type {string} */ key,
      /** @type {number} */ value,
      /** @type {number} */ min,
      /** @type {number} */ max,
    ) => h("input", { type: "number", name: key, value, min, max, "aria-label": key, required: true });
    const sides = h(
      "span",
      { class: "sides" },
      ...["top", "bottom", "left", "right"].map((side) => field(side, count(side, padding[side], 0, LARGEST))),
    );
    const options = explicit ? ["SAME", "VALID", "explicit"] : ["SAME", "VALID", "explicit"];
    const choice = h(
      "select",
      { name: "padding" },
      ...options.map((text) => h("option", { selected: text === (explicit ? "explicit" : name.toUpperCase()) }, text)),
    );
    const filter = h(
      "select",
      { name: "filter" },
      h("option", { value: "own" }, "this step's own"),
      ...Object.entries(FILTERS).map(([key, f]) => h("option", { value: key }, f.name)),
    );
    replace(
      this.form,
      field("kernel", count("kernel", kernel[0], 1, LARGEST)),
      field("stride", count("stride", stride[0], 1, 8)),
      field("padding", choice),
      sides,
      !this.pooling && field("filter", filter),
    );
    this.draw();
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
  }

  /** @returns {Window} */
  window() {
    const { kernel, stride, padding, top, bottom, left, right } = this.read();
    const { shape } = this.doc.steps[this.step.inputs[0]];
    const dilation = /** @type {[number, number]} */ (this.step.attributes.dilation ?? [1, 1]);
    let sides = { top, bottom, left, right };
    if (padding === "VALID") sides = { top: 0, bottom: 0, left: 0, right: 0 };
    if (padding === "SAME") {
      const [vertical, horizontal] = [
        same(shape.height, kernel, stride, dilation[0]),
        same(shape.width, kernel, stride, dilation[1]),
      ];
      sides = { top: vertical[0], bottom: vertical[1], left: horizontal[0], right: horizontal[1] };
    }
    return { kernel: [kernel, kernel], stride: [stride, stride], dilation, padding: sides };
  }

  draw() {
    if (this.root.hidden) return;
    this.input.size = this.output.size = mapSide(this.form.clientWidth);
    const { doc, step } = this;
    const { channel, source, scale } = this.store.choice;
    const input = doc.steps[step.inputs[0]];
    const w = this.window();
    this.sides(w);
    const shownChannel = this.pooling ? channel : source;
    const map = doc.map(input.index, shownChannel);
    const result = this.compute(w);
    this.tell(w, input);
    const fitting = result !== null && result.height > 0 && result.width > 0;
    const at = fitting ? { y: inside(this.at.y, result.height), x: inside(this.at.x, result.width) } : this.at;
    const box = boxAt(w, at.y, at.x);
    this.input.draw({
      ...map,
      range: doc.range(input.index, shownChannel, scale),
      gray: input.index === 0,
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
    const { doc, step } = this;
    const { channel } = this.store.choice;
    const input = step.inputs[0];
    if (this.pooling) return pool(doc.map(input, channel), w, step.attributes.method === "mean" ? "mean" : "max");
    const own = slices(doc, step, channel);
    if (!own) return null;
    const planes = own.filters.map((_, k) => doc.map(input, own.first + k));
    const { filter } = this.read();
    const filters = own.filters.map((slice) =>
      filter === "own" ? resize(slice, windowOf(step).kernel, w.kernel[0]) : made(filter, w.kernel[0]),
    );
    return convolve(planes, filters, w, filter === "own" ? (biasOf(doc, step, channel) ?? 0) : 0);
  }

  /** The output's size by its formula, and what it comes to. @param {Window} w @param {Step} input */
  tell(w, input) {
    const [k, s] = [span(w.kernel[0], w.dilation[0]), w.stride[0]];
    const side = (
      /** @type {number} */ size,
      /** @type {number} */ before,
      /** @type {number} */ after,
      /** @type {string} */ name,
    ) =>
      math(
        "math",
        row(
          mi(name),
          mo("="),
          mo("⌊"),
          math(
            "mfrac",
            row(mn(String(size)), mo("+"), mn(String(before)), mo("+"), mn(String(after)), mo("−"), mn(String(k))),
            mn(String(s)),
          ),
          mo("⌋"),
          mo("+"),
          mn("1"),
          mo("="),
          mn(String(fits(size, w.kernel[0], s, before, after, w.dilation[0]))),
        ),
      );
    const { height, width } = input.shape;
    replace(
      this.formula,
      side(height, w.padding.top, w.padding.bottom, "height"),
      side(width, w.padding.left, w.padding.right, "width"),
    );
    const rows = fits(height, w.kernel[0], s, w.padding.top, w.padding.bottom, w.dilation[0]);
    const columns = fits(width, w.kernel[1], s, w.padding.left, w.padding.right, w.dilation[1]);
    const { padding } = this.read();
    const why =
      padding === "SAME"
        ? ` SAME: ⌈${height} / ${s}⌉ = ${Math.ceil(height / s)}; ` +
          "the padding is what that takes, the smaller half above and to the left."
        : padding === "VALID"
          ? " VALID: no padding; the window stays inside."
          : "";
    const wrong =
      rows && columns
        ? ""
        : " The window is larger than the padded input: it fits nowhere, and the code would stop with an error.";
    const grown =
      !this.pooling && this.read().filter === "own" && w.kernel[0] !== this.step.attributes.kernel[0]
        ? " The filter is this step's own, cut or set in zeros to the new size."
        : "";
    this.says.textContent = `${height}×${width} → ${rows}×${columns}.${why}${wrong}${grown}`;
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
    this.at = {
      y: inside(y, fits(shape.height, w.kernel[0], w.stride[0], w.padding.top, w.padding.bottom, w.dilation[0])),
      x: inside(x, fits(shape.width, w.kernel[1], w.stride[1], w.padding.left, w.padding.right, w.dilation[1])),
    };
    this.draw();
  }
}

/** @param {number} value @param {number} size */
const inside = (value, size) => Math.max(0, Math.min(size - 1, value));

/**
 * A slice in a frame of another size, middle on middle: cut, or set in zeros.
 * @param {Float32Array} slice @param {[number, number]} kernel @param {number} size
 */
function resize(slice, [rows, columns], size) {
  const result = new Float32Array(size * size);
  const [top, left] = [Math.floor((rows - size) / 2), Math.floor((columns - size) / 2)];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [sy, sx] = [y + top, x + left];
      if (sy >= 0 && sy < rows && sx >= 0 && sx < columns) result[y * size + x] = slice[sy * columns + sx];
    }
  }
  return result;
}

/** @param {string} name @param {number} size */
function made(name, size) {
  return Float32Array.from({ length: size * size }, (_, i) =>
    FILTERS[name].weigh(Math.floor(i / size), i % size, size),
  );
}

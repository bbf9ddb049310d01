// SAME and VALID side by side: the window of the network's own filter moves over what it gets, and makes a map of it.

import { telling } from "../choice/telling.js";
import { spread } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { convolve } from "../sums/convolve.js";
import { boxAt, sameSides, span } from "../sums/window.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("./stop.js").Stop} Stop
 * @typedef {import("../sums/window.js").Window} Window
 * @typedef {{name: string, window: Window, before: MapView, after: MapView, size: HTMLElement,
 *   made: {values: ArrayLike<number>, height: number, width: number}}} Side
 */

/** How wide a map is drawn, in pixels, and what else stands beside two of them. */
const [NARROWEST, WIDEST, BESIDE] = [96, 170, 44];
/** Where the window begins when it moves: most pictures have something there. */
const BEGINNING = 0.3;
/** How long the window takes to go over a map at a stride of 1, in milliseconds. */
const SWEEP = 12000;

export class Paddings {
  /** @param {Doc} doc @param {Stop} stop @param {number} room how wide the card is, in pixels */
  constructor(doc, stop, room) {
    this.width = Math.max(NARROWEST, Math.min(WIDEST, Math.floor((room - BESIDE) / 2)));
    this.doc = doc;
    this.stopped = stop;
    this.frame = 0;
    this.share = 0;
    this.stride = 1;
    /** @type {Side[]} */
    this.sides = [];
    this.toggle = h("button", { type: "button", "data-tour-play": true, onclick: () => this.turn() });
    this.strides = [1, 2].map((stride) =>
      h("button", { type: "button", "data-tour-stride": stride, onclick: () => this.open(stride) }, `stride ${stride}`),
    );
    this.maps = h("div", { class: "tour-sides" });
    this.element = h(
      "figure",
      { class: "tour-padding", "data-tour-figure": "padding" },
      h("div", { class: "tour-strides", role: "group", "aria-label": "Stride" }, ...this.strides, this.toggle),
      this.maps,
    );
    this.open(1);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    this.name();
  }

  /** @param {number} stride */
  open(stride) {
    this.stride = stride;
    this.share = 0;
    this.strides.forEach((button, i) => button.setAttribute("aria-pressed", String(stride === i + 1)));
    this.sides = ["SAME", "VALID"].map((name) => this.side(name));
    replace(
      this.maps,
      ...this.sides.map(({ name, size, before, after }) =>
        h("div", { "data-tour-padding": name }, h("b", {}, name), before.canvas, after.canvas, size),
      ),
    );
    this.show(this.frame ? BEGINNING : 1);
  }

  /** @param {string} name @returns {Side} */
  side(name) {
    const { rows, columns, kernel, dilation } = this.stopped.figure;
    const { stride } = this;
    const padding = name === "SAME" ? this.around() : { top: 0, bottom: 0, left: 0, right: 0 };
    const window = /** @type {Window} */ ({ kernel, stride: [stride, stride], dilation, padding });
    const made = this.made(window);
    const cells = Math.max(rows + padding.top + padding.bottom, columns + padding.left + padding.right);
    const view = (/** @type {string} */ label, /** @type {string} */ map, /** @type {number} */ side) =>
      new MapView({ label: `${label} with ${name}, stride ${stride}`, size: side * this.cell, name: `tour-${map}` });
    return {
      name,
      window,
      made,
      size: h("small", { "data-tour-size": true }, `${made.height}×${made.width}`),
      before: view("What goes in", "before", cells),
      after: view("What comes out", "after", Math.max(made.height, made.width)),
    };
  }

  /** SAME's padding. @returns {import("../types.js").Sides} */
  around() {
    const { rows, columns, kernel, dilation } = this.stopped.figure;
    return sameSides({ height: rows, width: columns }, kernel, [this.stride, this.stride], dilation);
  }

  /** How wide a cell is in all maps, so that a smaller map is smaller. */
  get cell() {
    const { rows, columns, kernel, dilation } = this.stopped.figure;
    const spans = [0, 1].map((axis) => span(kernel[axis], dilation[axis]));
    return this.width / (Math.max(rows, columns) + Math.max(...spans) - 1);
  }

  /** One map with this window: the step's own filter for its telling value. @param {Window} window */
  made(window) {
    const { doc, stopped } = this;
    const step = doc.steps[/** @type {number} */ (stopped.step)];
    const { channel } = telling(doc)[step.index];
    const trial = doc.kindOf(step).trial?.make(doc, step, channel, window, "own");
    return trial ?? convolve([this.input()], [new Float32Array(window.kernel[0] * window.kernel[1])], window, 0);
  }

  /** The map that the window goes over: of several, that of the strongest product. */
  input() {
    const { doc, stopped } = this;
    const { step } = stopped.figure;
    return doc.map(step, telling(doc)[step].channel);
  }

  turn() {
    if (this.frame) this.stop();
    else this.play();
    this.name();
  }

  name() {
    this.toggle.textContent = this.frame ? "pause" : "play";
  }

  play() {
    let last = performance.now();
    const tick = (/** @type {number} */ now) => {
      this.show((this.share + ((now - last) / SWEEP) * this.stride ** 2) % 1);
      last = now;
      this.frame = requestAnimationFrame(tick);
    };
    if (this.share === 1) this.share = BEGINNING;
    this.frame = requestAnimationFrame(tick);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  /** The maps when this share of the numbers is made. @param {number} share */
  show(share) {
    this.share = share;
    const input = this.input();
    const range = this.doc.range(this.stopped.figure.step, telling(this.doc)[this.stopped.figure.step].channel, "map");
    for (const { window, made, before, after } of this.sides) {
      const count = made.height * made.width;
      const cell = Math.min(count - 1, Math.floor(share * count));
      const [y, x] = [Math.floor(cell / made.width), cell % made.width];
      const gray = this.doc.gray(this.stopped.figure.step);
      before.draw({ ...input, range, gray, padding: window.padding, window: boxAt(window, y, x) });
      const most = spread(made.values);
      after.draw({ ...made, range: most, until: cell + 1, cell: { y, x } });
    }
  }
}

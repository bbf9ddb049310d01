// The chosen step of A, of B, and A − B: the same place marked in all three, with its numbers.

import { sideOf } from "../back/side.js";
import { Doc } from "../document/document.js";
import { h, replace } from "../draw/dom.js";
import { among, number, sizes } from "../draw/format.js";
import { MapView } from "../draw/mapview.js";
import { cellOf, figure, numberPicking, shown, sign } from "../layer/views.js";
import { named } from "../sums/places.js";
import { difference, relative } from "./apart.js";
import { part } from "./story.js";

/**
 * @typedef {import("../choice/store.js").Store} Store @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../types.js").Step<any>} Step @typedef {import("./beside.js").Beside} Beside
 */

const [SMALLEST, LARGEST] = [120, 260];
/** Narrower than this, the difference stands below the two. */
const NARROW = 560;
/** Pixels that the signs between the maps take together. */
const SIGNS = 92;
const SCALES = "A and B have one scale; the difference has its own, with zero as blank paper.";
const SIDES = /** @type {const} */ (["a", "b", "difference"]);

/** The same document with other outputs, to be drawn. */
class Lent extends Doc {
  /** @type {(step: number) => Float32Array | null} */
  lent = () => null;
  picture = true;

  /** @param {number} step */
  output(step) {
    return this.lent(step);
  }

  /** @param {number} step */
  gray(step) {
    return this.picture && super.gray(step);
  }
}

/** @param {Doc} doc @param {(step: number) => Float32Array | null} outputs @param {boolean} picture */
function lent(doc, outputs, picture) {
  const made = new Lent(doc, doc.kinds);
  made.lent = outputs;
  made.picture = picture;
  return made;
}

/** The side of a map in a room of this width, in pixels. @param {number} width */
export function sideIn(width) {
  const side = (width - SIGNS) / (width < NARROW ? 2 : 3);
  return Math.max(SMALLEST, Math.min(LARGEST, Math.floor(side / 4) * 4));
}

export class Maps {
  /** @param {Doc} doc @param {Store} store */
  constructor(doc, store) {
    this.doc = doc;
    this.store = store;
    this.element = h("div", { class: "compare-maps" });
    /** @type {Beside | null} */
    this.beside = null;
    /** @type {Map<number, Float32Array>} */
    this.differences = new Map();
    this.side = 0;
    new ResizeObserver(() => this.side !== sideIn(this.element.clientWidth) && this.open()).observe(this.element);
  }

  /** @param {Beside} beside */
  take(beside) {
    this.beside = beside;
    this.differences.clear();
    this.docs = [
      this.doc,
      lent(this.doc, beside.output, true),
      lent(this.doc, (step) => this.differenceOf(step), false),
    ];
    this.open();
  }

  /** @param {number} step */
  differenceOf(step) {
    const [a, b] = [this.doc.output(step), this.beside?.output(step)];
    if (!a || !b) return null;
    const found = this.differences.get(step) ?? difference(a, b);
    this.differences.set(step, found);
    return found;
  }

  get step() {
    return this.doc.steps[this.store.choice.step];
  }

  open() {
    const { doc, store, step, beside } = this;
    if (!beside) return;
    this.side = sideIn(this.element.clientWidth);
    const why = this.without(beside);
    if (why) {
      this.views = null;
      replace(this.element, h("p", { class: "left-out", "data-compare-without": true }, why));
      return;
    }
    const size = sideOf(step, this.side, 1);
    const picking = numberPicking({ doc, store, step, size, room: size });
    this.views = SIDES.map((side) => {
      const view = new MapView({ label: "", size, name: `compare-${side}`, pick: picking });
      const caption = h("figcaption");
      return { side, view, caption, element: h("figure", {}, view.canvas, caption) };
    });
    const [a, b, d] = this.views.map((one) => one.element);
    this.where = h("p", { class: "compare-where" });
    this.scales = h("p", { class: "hint" });
    const flow = h("div", { class: "flow compare-flow" }, a, sign("−"), b, sign("="), d);
    replace(this.element, this.where, flow, this.scales);
    this.update(store.choice);
  }

  /** Why there are no maps to be drawn, or "". @param {Beside} beside */
  without(beside) {
    const { step, doc } = this;
    const pair = beside.pairs[step.index];
    if (!pair) return `${step.name} is in A alone.`;
    if (!pair.apart) return `${step.name} is ${sizes(step.shape)} in A and ${pair.size} in B: nothing to subtract.`;
    if (beside.output(step.index) && doc.output(step.index)) return "";
    const by = part(relative(pair.apart));
    return `To stay small, this file leaves out values of ${step.name}; A and B differ by ${by}.`;
  }

  /** @param {Choice} choice */
  update(choice) {
    const { step, views, docs, beside } = this;
    if (!views || !docs || !beside) return;
    const { channel, y, x } = choice;
    const drawn = docs.map((doc) => shown(doc, step, channel, choice));
    const range = Math.max(drawn[0].range, drawn[1].range); // A and B in one scale, so that the eye may compare
    views.forEach(({ side, view, caption }, i) => {
      const own = side === "difference" ? drawn[i].range : range;
      view.name(`${told(side)} of ${step.name}: ${named(step.shape, choice)}. Arrow keys move.`);
      view.draw({ ...drawn[i], range: own, cell: cellOf(step, channel, y, x) });
      const value = docs[i].value(step.index, channel, y, x);
      replace(
        caption,
        h("b", {}, told(side)),
        " here ",
        number(value, { class: "n strong", "data-compare": side }),
        side !== "difference" && h("span", { class: "compare-name" }, ` ${beside.names[i]}`),
      );
    });
    const { shape } = step;
    const rough = beside.rounded(step.index) || this.doc.rounded(step.index);
    replace(
      /** @type {HTMLElement} */ (this.where),
      h("code", {}, step.name),
      shape.flat ? ` ${among("unit", channel, shape.channels)}` : ` y ${y}, x ${x}, `,
      !shape.flat && among("channel", channel, shape.channels),
    );
    replace(/** @type {HTMLElement} */ (this.scales), SCALES, rough && " The values are right to three digits.");
  }
}

/** @param {typeof SIDES[number]} side */
function told(side) {
  return side === "difference" ? "A − B" : side.toUpperCase();
}

/** The two inputs, small, where they can be drawn. @param {Maps} maps @param {Beside} beside @param {Choice} choice */
export function inputs(maps, beside, choice) {
  const [first] = maps.doc.steps;
  const drawable = [maps.doc.output(0), beside.output(0)].every((output) => output !== null);
  return SIDES.slice(0, 2).map((side, i) => {
    const doc = maps.docs?.[i];
    const caption = [h("b", {}, told(side)), ` ${beside.names[i]}`];
    if (!drawable || !doc || beside.pairs[0] === null) return h("span", {}, ...caption);
    const view = new MapView({ label: `What ${told(side)} is given`, size: 64, name: `compare-input-${side}` });
    view.draw({ ...shown(doc, first, 0, choice), labels: undefined });
    return figure(view.canvas, ...caption);
  });
}

// The gradient's size, step by step: a bar for each on a logarithmic scale. Where bars fall to the left the gradient
// vanishes on its way back; where they rise it explodes.

import { h, replace } from "../draw/dom.js";
import { number, short } from "../draw/format.js";
import { markBar, stepBars } from "../panels/bars.js";
import { goingBack, wayOf } from "./gradients.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./gradients.js").Size} Size
 * @typedef {{low: number, high: number}} Decades powers of ten
 */

/** How many powers of ten a strip shows at least, so that nothing looks dramatic that is not. */
const LEAST = 4;
/** From the loss to the first step: so much smaller, and it vanishes; so much larger, and it explodes. */
const FAR = 100;

/** Each step's size, NaN where it has no gradient. @param {Doc} doc */
export function sizesOf(doc) {
  return (wayOf(doc)?.steps ?? []).map(({ size }) => Number(size?.mean ?? NaN));
}

/** The powers of ten that hold all sizes. @param {number[]} sizes @returns {Decades} */
export function decades(sizes) {
  const powers = sizes.filter((v) => v > 0 && v < Infinity).map(Math.log10);
  if (!powers.length) return { low: -LEAST, high: 0 };
  const high = Math.ceil(Math.max(...powers) + 1e-9) + 0; // and not −0
  return { low: Math.min(Math.floor(Math.min(...powers)), high - LEAST), high };
}

/** How tall a bar is, from 0 to 1. @param {number} size @param {Decades} between */
export function tall(size, { low, high }) {
  if (size === Infinity) return 1;
  return size > 0 ? Math.max(0.03, (Math.log10(size) - low) / (high - low)) : 0;
}

/**
 * What became of the gradient on its way, in words. It is compared as a whole, by the root of the sum of its squares:
 * a large map has a small gradient in each of its many values.
 * @param {Doc} doc
 */
function story(doc) {
  const told = wayOf(doc)?.steps ?? [];
  const there = doc.steps.filter((step) => told[step.index]?.size);
  const [first, last] = [there[0], there[there.length - 1]];
  if (!first || first === last) return [];
  const [from, to] = [last, first].map(({ index }) => length(/** @type {Size} */ (told[index].size)));
  const way = `From ${last.name} back to ${first.name}`;
  if (to === 0) return [`${way} the gradient vanishes: nothing of it arrives.`];
  if (!Number.isFinite(to / from)) return [`${way} the gradient holds numbers that are not finite.`];
  const smaller = to < from;
  const factor = number(smaller ? from / to : to / from, { "data-factor": true });
  const far = smaller
    ? "it vanishes, and the first layers hardly learn"
    : "it explodes, and the first layers would leap";
  const much = Math.max(to / from, from / to) > FAR;
  return [
    `${way} the gradient as a whole becomes `,
    factor,
    ` times ${smaller ? "smaller" : "larger"}`,
    much ? `: ${far}.` : ".",
  ];
}

/** @param {Size} size */
const length = ({ mean, count }) => Number(mean) * Math.sqrt(count);

export class Sizes {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    store.listen((_, changed) => {
      if (["way", "values", "structure"].some((name) => changed.has(name))) this.rebuild();
      else if (changed.has("step")) this.mark();
    });
    this.rebuild();
  }

  rebuild() {
    const { doc, store } = this;
    this.root.hidden = !goingBack(doc, store.choice);
    if (this.root.hidden) return;
    const sizes = sizesOf(doc);
    const between = decades(sizes);
    const bars = sizes.map((size) => {
      const told = Number.isNaN(size) ? "no gradient" : `${short(size)} large on average`;
      return { value: size, tall: tall(size, between), told, said: `gradient ${told}` };
    });
    replace(
      this.root,
      h("h3", { class: "small" }, "How large the gradient is, step by step"),
      stepBars(doc, store, "data-size", [short(10 ** between.high), short(10 ** between.low)], bars),
      h("p", { class: "hint" }, ...story(doc)),
    );
    this.mark();
  }

  mark() {
    markBar(this.root, this.store.choice.step);
  }
}

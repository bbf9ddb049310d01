// Parts of what is said about one number: the number it was before, and what came of it.

import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Place} Place */

/**
 * The value of a step at the same place; a step with one row, column or map lends it to all.
 * @param {Doc} doc @param {number} index @param {Place} place
 */
export function same(doc, index, { channel, y, x }) {
  const { channels, height, width } = doc.steps[index].shape;
  return doc.value(index, channels === 1 ? 0 : channel, height === 1 ? 0 : y, width === 1 ? 0 : x);
}

/** @param {number} value */
export const total = (value) => number(value, { class: "n strong", "data-sum": true });

/** @param {number} value */
export const before = (value) => number(value, { "data-value-in": true });

/** @param {...import("../draw/dom.js").Child} parts */
export function said(...parts) {
  return h("p", { class: "total" }, ...parts);
}

/** A formula that may be wider than the screen. @param {Element} math */
export function scrolling(math) {
  return h("div", { class: "formula", tabindex: 0, role: "group", "aria-label": "The formula with its numbers" }, math);
}

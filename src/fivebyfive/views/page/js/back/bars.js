// Terms of a sum of gradients as bars, the strongest first: gradient × how much it grows = product.

import { h } from "../draw/dom.js";
import { number, plural } from "../draw/format.js";

/**
 * @typedef {{value: number, weight: number, product: number}} Product
 * @typedef {import("../draw/dom.js").Child} Child
 */

/**
 * @template {Product} T
 * @param {T[]} terms @param {number} shown how many at most
 * @param {(term: T) => {text: string, go: (() => void) | null, data: Record<string, any>}} named
 * @param {{left: number, total: number}} [whole] of a sum whose terms are not all here
 * @returns {Child[]}
 */
export function bars(terms, shown, named, whole = { left: 0, total: sumOf(terms) }) {
  const first = strongest(terms, shown);
  const most = Math.max(1e-300, ...first.map((t) => Math.abs(t.product)));
  const rest = terms.length + whole.left - first.length;
  const others = whole.total - sumOf(first);
  return [
    h("ol", { class: "bars" }, ...first.map((term) => bar(term, most, named(term)))),
    rest > 0 &&
      h("p", { class: "says" }, `${plural(rest, "other")} together: `, number(others, { "data-back-others": true })),
  ];
}

/** @param {Product[]} terms */
const sumOf = (terms) => terms.reduce((sum, term) => sum + term.product, 0);

/** @template {Product} T @param {T[]} terms @param {number} most @returns {T[]} */
export function strongest(terms, most) {
  const counting = terms.filter((t) => t.product !== 0);
  const all = counting.length ? counting : terms;
  return [...all].sort((a, b) => Math.abs(b.product) - Math.abs(a.product)).slice(0, most);
}

/** @param {Product} term @param {number} most @param {{text: string, go: (() => void) | null,
 * data: Record<string, any>}} named */
function bar(term, most, { text, go, data }) {
  const fill = h("span", { class: term.product < 0 ? "fill below" : "fill above" });
  fill.style.width = `${(Math.abs(term.product) / most) * 50}%`;
  const label = go ? h("button", { type: "button", onclick: go }, text) : h("span", {}, text);
  const part = (/** @type {"value" | "weight" | "product"} */ name) => number(term[name], { "data-of": name });
  return h(
    "li",
    data,
    label,
    h("span", { class: "track", "aria-hidden": "true" }, fill),
    h("span", { class: "product" }, part("value"), " × ", part("weight"), " = ", part("product")),
  );
}

// What adds up to the number, as a waterfall of rows: each part from where the ones before it ended; then the number.

import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";

/** @typedef {import("./accounts.js").Part} Part */

/** What the sorts are called. @type {Record<string, string>} */
const SORTS = { pixels: "the pixels", bias: "bias", curve: "bend", hole: "hole" };

/**
 * @param {Part[]} parts @param {number} value what they add up to @param {string[]} names of the steps
 * @param {(step: number) => void} go
 */
export function waterfall(parts, value, names, go) {
  const ends = [0];
  for (const part of parts) ends.push(ends[ends.length - 1] + part.amount);
  const [low, high] = [Math.min(...ends, value), Math.max(...ends, value)];
  const share = (/** @type {number} */ v) => (100 * (v - low)) / (high - low || 1);
  const bar = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ kind) => {
    const fill = h("i", { class: kind });
    fill.style.left = `${Math.min(share(from), share(to))}%`;
    fill.style.width = `max(2px, ${Math.abs(share(to) - share(from))}%)`;
    const zero = h("i", { class: "zero" });
    zero.style.left = `${share(0)}%`;
    return h("span", { class: "fall", "aria-hidden": "true" }, zero, fill);
  };
  const rows = parts.map((part, i) =>
    h(
      "li",
      { "data-why-part": part.step ?? part.sort },
      label(part, names, go),
      number(part.amount, { "data-why-amount": true }),
      bar(ends[i], ends[i + 1], part.amount < 0 ? "below" : "above"),
    ),
  );
  const last = h(
    "li",
    { class: "whole" },
    h("b", {}, "all together"),
    number(value, { "data-why-value": true }),
    bar(0, value, "all"),
  );
  return h("ol", { class: "waterfall-rows" }, ...rows, last);
}

/** @param {Part} part @param {string[]} names @param {(step: number) => void} go */
function label({ step, sort }, names, go) {
  const what = SORTS[sort] ?? sort;
  if (step === null) return h("span", {}, what);
  const title = sort === "pixels" ? names[step] : `${names[step]}, ${what}`;
  return h("button", { type: "button", title, onclick: () => go(step) }, title);
}

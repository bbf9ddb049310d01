// The two answers beside each other: each class with its probability in A and in B.

import { h } from "../draw/dom.js";
import { percent } from "../draw/format.js";

/** @typedef {import("../types.js").Answer} Answer @typedef {{label: string, shares: [number, number]}} Row */

const LISTED = 20;
/** Of more classes, the likeliest of each that are shown. */
const LIKELIEST = 5;

/**
 * The classes to be shown with what each way gives them, NaN for a class that it does not know.
 * @param {Answer[]} first @param {Answer[]} second the likeliest first @param {string[]} classes in their order
 * @returns {Row[]}
 */
export function rows(first, second, classes) {
  const all = new Set([...classes, ...[first, second].flat().map((answer) => answer.label)]);
  const few = new Set([first, second].flatMap((each) => each.slice(0, LIKELIEST)).map((answer) => answer.label));
  const given = [first, second].map((each) => new Map(each.map(({ label, probability }) => [label, probability])));
  const share = (/** @type {number} */ side, /** @type {string} */ label) => given[side].get(label) ?? NaN;
  return [...(all.size > LISTED ? few : all)].map((label) => ({ label, shares: [share(0, label), share(1, label)] }));
}

/** @param {Answer[]} first @param {Answer[]} second @param {string[]} classes */
export function bothAnswers(first, second, classes) {
  if (!first.length || !second.length) return null;
  const best = [first[0].label, second[0].label];
  return h(
    "div",
    { class: "compare-answers" },
    h("h3", { class: "small" }, "The answers"),
    h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...["class", "A", "B"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, ...rows(first, second, classes).map((row) => line(row, best))),
    ),
  );
}

/** @param {Row} row @param {string[]} best the answers */
function line({ label, shares }, best) {
  return h(
    "tr",
    { "data-compare-class": label },
    h("th", { scope: "row" }, label),
    ...shares.map((share, side) => cell(share, "ab"[side], best[side] === label)),
  );
}

/** @param {number} share @param {string} side @param {boolean} first whether it is the answer */
function cell(share, side, first) {
  const fill = h("span", { class: "fill" });
  fill.style.width = `${100 * (share || 0)}%`;
  const told = Number.isNaN(share) ? "—" : percent(share);
  return h(
    "td",
    { class: `answer-share side-${side} ${first ? "first" : ""}`, "data-share": side, "data-value": String(share) },
    h("span", { class: "track", "aria-hidden": "true" }, fill),
    h("span", { class: "share" }, told),
  );
}

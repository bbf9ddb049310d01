// One number of a step that is no sum over a window: what its kind tells, or that the page has nothing to tell.

import { h } from "../draw/dom.js";
import { said, total } from "./telling.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../choice/store.js").Choice} Choice
 */

/** Of a network that is not as in the code. */
const STOPPED = "Here is no number: the network, changed like this, stops before this step or at it.";

const OFF = "It is switched off in the laboratory: whatever is worked out for it, 0 goes on.";

/** @param {Doc} doc @param {Step} step @param {Choice} choice */
export function otherwise(doc, step, choice) {
  const here = doc.output(step.index) && step.inputs.every((i) => doc.output(i));
  if (!here) return h("p", { class: "left-out" }, doc.isCutOff(step.index) ? STOPPED : leftOut());
  if (doc.isOff(step.index, choice.channel)) return h("p", { class: "says", "data-off": true }, OFF);
  const told = doc.kindOf(step).tell?.(doc, step, choice);
  if (told) return h("div", { class: "told" }, ...told);
  const value = doc.value(step.index, choice.channel, choice.y, choice.x);
  return h(
    "div",
    { class: "told" },
    said(h("code", {}, step.op), " gave ", total(value)),
    h("p", { class: "says" }, plain(doc, step)),
  );
}

/** @param {Doc} doc @param {Step} step */
function plain(doc, step) {
  const formula = doc.fields.symbols?.[step.index];
  const as = "its inputs and its output are shown as they were.";
  return formula
    ? `This page does not work this operation out itself; ${as}`
    : `There is no formula for this operation; ${as}`;
}

function leftOut() {
  return (
    "The numbers of this step are not in this file, only its thumbnails: it would be too large. " +
    "Open the network with 5x5 serve to see them."
  );
}

// A strip of bars, one for each step, that shows how large something is there: a click goes to the step.

import { choose } from "../choice/choose.js";
import { titled } from "../document/names.js";
import { kindClass } from "../draw/colors.js";
import { h } from "../draw/dom.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {{value: number, tall: number, told: string, said?: string, marked?: string}} Bar
 *   `tall`: from 0 to 1; `told`: in words; `said`: to whom only hears it, where that is more; `marked`: a class
 */

/**
 * @param {Doc} doc @param {Store} store
 * @param {string} hook the attribute that holds a bar's step
 * @param {[string, string]} ends what the top and the foot stand for
 * @param {Bar[]} bars one for each step
 */
export function stepBars(doc, store, hook, ends, bars) {
  const buttons = doc.steps.map((step, i) => {
    const { value, tall, told, said = told, marked = "" } = bars[i];
    const fill = h("i", { class: kindClass(step.kind) });
    fill.style.height = `${100 * tall}%`;
    return h(
      "button",
      {
        type: "button",
        class: marked,
        [hook]: step.name,
        "data-value": String(value),
        "data-index": step.index,
        title: `${titled(step)}: ${told}`,
        "aria-label": `${titled(step)}: ${said}`,
        onclick: () => choose(store, doc, { step: step.index }),
      },
      fill,
    );
  });
  return h(
    "div",
    { class: "sizes-scale" },
    h("div", { class: "sizes-ends", "aria-hidden": "true" }, ...ends.map((end) => h("span", {}, end))),
    h("div", { class: "sizes-bars" }, ...buttons),
  );
}

/** Mark the bar of the chosen step. @param {HTMLElement} root what holds the strip @param {number} step */
export function markBar(root, step) {
  for (const bar of root.querySelectorAll(".sizes-bars button")) {
    const own = Number(/** @type {HTMLElement} */ (bar).dataset.index) === step;
    bar.classList.toggle("chosen", own);
    bar.setAttribute("aria-pressed", String(own));
  }
}

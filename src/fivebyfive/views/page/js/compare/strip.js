// How far apart the two are, step by step: a bar for each, and a mark where the ways part.

import { choose } from "../choice/choose.js";
import { titled } from "../document/names.js";
import { kindClass } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { relative } from "./apart.js";
import { part, parting } from "./story.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./beside.js").Beside} Beside @typedef {import("./beside.js").Pair} Pair
 * @typedef {import("../types.js").Step} Step
 */

/** The largest of these that is finite; 0 where there is none. @param {(Pair | null)[]} pairs */
export function largest(pairs) {
  return pairs.reduce((most, pair) => {
    const far = pair?.apart ? relative(pair.apart) : NaN;
    return far > most && far < Infinity ? far : most;
  }, 0);
}

/** How tall a bar is, from 0 to 1; what differs at all is seen. @param {number} far @param {number} most */
export function tall(far, most) {
  if (far === Infinity) return 1;
  return far > 0 && most > 0 ? Math.max(0.03, far / most) : 0;
}

export class Strip {
  /** @param {Doc} doc @param {Store} store */
  constructor(doc, store) {
    this.doc = doc;
    this.store = store;
    this.element = h("div", { class: "compare-strip" });
  }

  /** @param {Beside} beside */
  draw(beside) {
    const most = largest(beside.pairs);
    const here = parting(beside);
    const bars = this.doc.steps.map((step) => this.bar(step, beside.pairs[step.index], most, here));
    replace(
      this.element,
      h("h3", { class: "small" }, "How far apart, step by step: A − B beside A"),
      h(
        "div",
        { class: "sizes-scale" },
        h("div", { class: "sizes-ends", "aria-hidden": "true" }, h("span", {}, part(most)), h("span", {}, "0 %")),
        h("div", { class: "sizes-bars" }, ...bars),
      ),
      here && h("p", { class: "hint" }, h("b", { class: "part-mark" }, "▼"), ` where the ways part: ${here.step.name}`),
    );
    this.mark();
  }

  /** @param {Step} step @param {Pair | null} pair @param {number} most @param {Pair | null} here */
  bar(step, pair, most, here) {
    const far = pair?.apart ? relative(pair.apart) : NaN;
    const told = !pair ? "not in B" : !pair.apart ? `${pair.size} in B` : `${part(far)} apart`;
    const fill = h("i", { class: kindClass(step.kind) });
    fill.style.height = `${100 * tall(far, most)}%`;
    const parts = pair !== null && pair === here;
    return h(
      "button",
      {
        type: "button",
        class: parts ? "parting" : "",
        "data-apart": step.name,
        "data-value": String(far),
        "data-index": step.index,
        title: `${titled(step)}: ${told}${parts ? "; here the ways part" : ""}`,
        "aria-label": `${titled(step)}: ${told}${parts ? "; here the ways part" : ""}`,
        onclick: () => choose(this.store, this.doc, { step: step.index }),
      },
      fill,
    );
  }

  mark() {
    const { step } = this.store.choice;
    for (const bar of this.element.querySelectorAll("[data-apart]")) {
      const own = Number(/** @type {HTMLElement} */ (bar).dataset.index) === step;
      bar.classList.toggle("chosen", own);
      bar.setAttribute("aria-pressed", String(own));
    }
  }
}

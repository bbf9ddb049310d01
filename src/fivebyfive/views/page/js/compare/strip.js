// How far apart the two are, step by step: a bar for each, and a mark where the ways part.

import { h, replace } from "../draw/dom.js";
import { markBar, stepBars } from "../panels/bars.js";
import { relative } from "./apart.js";
import { part, parting } from "./story.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./beside.js").Beside} Beside @typedef {import("./beside.js").Pair} Pair
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
    const bars = beside.pairs.map((pair) => bar(pair, most, pair !== null && pair === here));
    replace(
      this.element,
      h("h3", { class: "small" }, "How far apart, step by step: A − B beside A"),
      stepBars(this.doc, this.store, "data-apart", [part(most), part(0)], bars),
      here && h("p", { class: "hint" }, h("b", { class: "part-mark" }, "▼"), ` where the ways part: ${here.step.name}`),
    );
    this.mark();
  }

  mark() {
    markBar(this.element, this.store.choice.step);
  }
}

/** @param {Pair | null} pair @param {number} most @param {boolean} parts whether the ways part here */
function bar(pair, most, parts) {
  const far = pair?.apart ? relative(pair.apart) : NaN;
  const told = !pair ? "not in B" : !pair.apart ? `${pair.size} in B` : `${part(far)} apart`;
  return {
    value: far,
    tall: tall(far, most),
    told: parts ? `${told}; here the ways part` : told,
    marked: parts ? "parting" : "",
  };
}

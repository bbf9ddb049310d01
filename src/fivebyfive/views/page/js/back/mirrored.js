// What a convolution passes back to one cell, as grids: the gradients of the windows that held the cell, times the
// filter's cell that each held it with. Seen from the cell, the filter is mirrored.

import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { Grids } from "../number/grids.js";
import { Waterfall } from "../number/waterfall.js";
import { spread } from "../draw/colors.js";
import { added } from "./sum.js";

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("./sum.js").Part} Part @typedef {import("./sum.js").BackTerm} BackTerm
 */

const FORMS = ["convolution", "transposed"];

export class Mirrored {
  /** @param {() => void} again draw again, for another filter */
  constructor(again) {
    this.again = again;
    this.waterfall = new Waterfall("filters");
    this.grids = new Grids(true, { window: "gradients", filter: "filter, mirrored", products: "products" });
    /** The filter that was asked for, and for which pair of steps. */
    this.asked = { key: "", channel: -1 };
  }

  /**
   * Nothing where the later step has no window.
   * @param {Step} step @param {Part} part @param {number} width
   * @returns {import("../draw/dom.js").Child[]}
   */
  show(step, part, width) {
    const later = part.step;
    if (!later || !FORMS.includes(later.attributes.form) || !part.terms.length) return [];
    const filters = byChannel(part.terms);
    const channels = [...filters.keys()];
    const sums = channels.map((k) => added(/** @type {BackTerm[]} */ (filters.get(k))));
    const key = `${step.index} ${later.index}`;
    const strongest = channels[sums.reduce((best, s, i) => (Math.abs(s) > Math.abs(sums[best]) ? i : best), 0)];
    const asked = this.asked.key === key && filters.has(this.asked.channel);
    const channel = asked ? this.asked.channel : strongest;
    const terms = /** @type {BackTerm[]} */ (filters.get(channel));
    const at = channels.indexOf(channel);
    if (channels.length > 1) this.waterfall.draw(sums, null, at, width);
    const columns = terms.filter((t) => t.y === terms[0].y).length;
    this.grids.show(terms, columns, { value: spread(terms.map((t) => t.value)) });
    return [
      channels.length > 1 && this.waterfall.canvas,
      channels.length > 1 && this.chooser(key, channels, at),
      this.grids.element,
      h("p", { class: "total" }, `filter ${channel} passes back `, number(sums[at], { "data-back-filter": channel })),
    ];
  }

  /** Which filter's grids are shown. @param {string} key @param {number[]} channels @param {number} at */
  chooser(key, channels, at) {
    const go = (/** @type {number} */ i) => () => {
      this.asked = { key, channel: channels[i] };
      this.again();
    };
    const button = (/** @type {string} */ text, /** @type {string} */ name, /** @type {number} */ to) =>
      h(
        "button",
        {
          type: "button",
          "data-back-go": name,
          "aria-label": `Filter ${name}`,
          disabled: to < 0 || to >= channels.length,
          onclick: go(to),
        },
        text,
      );
    return h(
      "div",
      { class: "back-fields" },
      button("‹", "before", at - 1),
      h("span", {}, `filter ${channels[at]} of ${channels[0]}–${channels[channels.length - 1]}`),
      button("›", "after", at + 1),
    );
  }
}

/** @param {BackTerm[]} terms @returns {Map<number, BackTerm[]>} */
function byChannel(terms) {
  const found = new Map();
  for (const term of terms) {
    const list = found.get(term.channel) ?? [];
    list.push(term);
    found.set(term.channel, list);
  }
  return found;
}

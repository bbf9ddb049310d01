// Window × filter = products: three grids of numbers, large enough to read.

import { css, ink, spread } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { long, short } from "../draw/format.js";

/** @typedef {import("../types.js").Term} Term */

/** A grid that keeps its cells and changes their numbers: fast enough to follow a pointer. */
class Grid {
  /** @param {string} name @param {string} caption */
  constructor(name, caption) {
    this.body = h("tbody");
    this.table = h("table", { class: "numbers", "data-grid": name }, h("caption", {}, caption), this.body);
    this.shape = "";
    /** @type {HTMLElement[]} */
    this.cells = [];
  }

  /**
   * @param {number[]} values @param {boolean[]} padding @param {number} columns @param {number} range
   * @param {number} winner
   */
  show(values, padding, columns, range, winner) {
    this.resize(values.length, columns);
    values.forEach((value, i) => {
      const cell = this.cells[i];
      cell.textContent = short(value);
      cell.title = padding[i] ? "padding" : long(value);
      cell.dataset.value = String(value);
      cell.className = `${padding[i] ? "padding" : ""}${i === winner ? " winner" : ""}`;
      cell.style.background = padding[i] ? "" : css(value, range);
      cell.style.color = padding[i] ? "" : ink(value, range);
    });
  }

  /** @param {number} count @param {number} columns */
  resize(count, columns) {
    if (this.shape === `${count} ${columns}`) return;
    this.shape = `${count} ${columns}`;
    this.cells = Array.from({ length: count }, () => h("td"));
    const rows = [];
    for (let i = 0; i < count; i += columns) rows.push(h("tr", {}, ...this.cells.slice(i, i + columns)));
    replace(this.body, ...rows);
    this.table.classList.toggle("many", columns > 7);
    this.table.classList.toggle("several", columns > 5);
  }
}

export class Grids {
  /**
   * @param {boolean} weighted window × filter = products; otherwise the window alone
   * @param {{window: string, filter: string, products: string}} [captions]
   */
  constructor(weighted, captions = { window: "window", filter: "filter", products: "products" }) {
    this.window = new Grid("window", captions.window);
    this.filter = new Grid("filter", captions.filter);
    this.products = new Grid("products", captions.products);
    const sign = (/** @type {string} */ text) => h("span", { class: "operator", "aria-hidden": "true" }, text);
    this.element = h(
      "div",
      { class: "grids", tabindex: 0, role: "group", "aria-label": weighted ? "Window times filter" : "The window" },
      this.window.table,
      ...(weighted ? [sign("×"), this.filter.table, sign("="), this.products.table] : []),
    );
    this.weighted = weighted;
  }

  /**
   * @param {Term[]} terms @param {number} columns
   * @param {{value: number, winner?: number}} options the range of the window's colours
   */
  show(terms, columns, { value, winner = -1 }) {
    const padding = terms.map((t) => t.padding);
    const none = terms.map(() => false);
    this.window.show(
      terms.map((t) => t.value),
      padding,
      columns,
      value,
      winner,
    );
    if (!this.weighted) return;
    const weights = terms.map((t) => t.weight);
    const products = terms.map((t) => t.product);
    this.filter.show(weights, none, columns, spread(weights), -1);
    this.products.show(products, padding, columns, spread(products), -1);
  }
}

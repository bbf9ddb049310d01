// The small figure of a stop, where it has one.

import { css, ink } from "../draw/colors.js";
import { h } from "../draw/dom.js";
import { Paddings } from "./padding.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./stop.js").Stop} Stop
 * @typedef {{element: Element, stop: () => void}} Figure `stop`: an animation ends
 * @typedef {{step: number, map: number, stroke: string, answers: number[]}} Answering
 */

/** How strokes are drawn in a line of text. @type {Record<string, string>} */
const STROKES = { upright: "│", lying: "─", falling: "╲", rising: "╱" };

/** @param {Doc} doc @param {Stop} stop @param {number} room in pixels @returns {Figure | null} */
export function figureOf(doc, stop, room) {
  if (stop.shows === "padding") return new Paddings(doc, stop, room);
  const still = stop.shows === "filters" ? strokes(doc, stop) : stop.figure.numbers ? numbers(stop) : null;
  return still && { element: still, stop: () => {} };
}

/** [5, 5, 32, 64], and below each number what it is. @param {Stop} stop */
function numbers({ figure }) {
  const cells = figure.numbers.map((/** @type {number} */ n, /** @type {number} */ i) =>
    h("li", {}, h("b", { class: "n" }, String(n)), h("small", {}, figure.names[i])),
  );
  return h(
    "figure",
    { class: "tour-numbers", "data-tour-figure": "numbers" },
    h("figcaption", {}, `${figure.name} = `),
    h("ol", {}, ...cells),
  );
}

/** What some maps answer to each stroke: a row for each map. @param {Doc} doc @param {Stop} stop */
function strokes(doc, { figure }) {
  /** @type {Answering[]} */
  const maps = figure.maps ?? [];
  if (!maps.length) return null;
  const head = figure.strokes.map((/** @type {string} */ name) =>
    h("th", { scope: "col", title: name, "aria-label": name }, STROKES[name] ?? name),
  );
  const rows = maps.map(({ step, map, answers }) => {
    const most = Math.max(...answers.map(Math.abs));
    const cells = answers.map((value, i) => cell(value, most, figure.strokes[i]));
    return h("tr", {}, h("th", { scope: "row" }, `${doc.steps[step].name}, channel ${map}`), ...cells);
  });
  return h(
    "figure",
    { class: "tour-strokes", "data-tour-figure": "strokes", tabindex: 0, "aria-label": "Answers to drawn strokes" },
    h("figcaption", {}, "The highest number each map gets when it is shown a stroke:"),
    h("table", {}, h("thead", {}, h("tr", {}, h("td"), ...head)), h("tbody", {}, ...rows)),
  );
}

/** @param {number} value @param {number} most @param {string} stroke */
function cell(value, most, stroke) {
  const shown = h("td", { title: stroke, "data-value": String(value) }, value.toFixed(1));
  shown.style.background = css(value, most);
  shown.style.color = ink(value, most);
  return shown;
}

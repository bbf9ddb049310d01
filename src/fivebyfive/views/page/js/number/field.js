// The receptive field: the part of the input picture that the chosen number depends on.

import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { image } from "../draw/picture.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../types.js").Box} Box
 */

/**
 * The field of one value on the picture; null where it is not known.
 * @param {Doc} doc @param {number} step @param {import("../types.js").Place} at @returns {Box | null}
 */
export function fieldOf(doc, step, at) {
  const [top, bottom, left, right] = ["top", "bottom", "left", "right"].map((name) => end(doc, `${name}/${step}`, at));
  if (top === null || bottom === null || left === null || right === null) return null;
  if (bottom < top || right < left) return { y: 0, x: 0, height: 0, width: 0 };
  return { y: top, x: left, height: bottom - top + 1, width: right - left + 1 };
}

/**
 * A row or column; the buffer has size 1 where it does not vary.
 * @param {Doc} doc @param {string} name @param {import("../types.js").Place} at
 */
function end(doc, name, { channel, y, x }) {
  const [numbers, shape] = [doc.buffers.get(name), doc.shapes.get(name)];
  if (!numbers || !shape) return null;
  const [c, i, j] = [channel, y, x].map((place, d) => (shape[d] === 1 ? 0 : place));
  return numbers[(c * shape[1] + i) * shape[2] + j];
}

export class FieldView {
  /** @param {Doc} doc */
  constructor(doc) {
    this.doc = doc;
    this.view = new MapView({ label: "The input picture", size: 190, name: "field" });
    this.caption = h("figcaption");
    this.element = h("figure", { class: "field" }, this.view.canvas, this.caption);
  }

  /** @param {Choice} choice */
  update(choice) {
    const given = image(this.doc);
    this.element.hidden = !given;
    if (!given) return;
    const { height, width } = given;
    const box = fieldOf(this.doc, choice.step, choice);
    this.view.draw({ values: [], height, width, range: 1, image: given, window: box?.height ? box : null });
    replace(this.caption, h("b", {}, "receptive field "), words(box, height, width));
    Object.assign(this.element.dataset, box ?? { y: "", x: "", height: "", width: "" });
  }
}

/** @param {Box | null} box @param {number} height @param {number} width of the picture */
function words(box, height, width) {
  if (!box) return "not known here";
  if (!box.height) return "nothing: no pixel has to do with this value";
  if (box.height === height && box.width === width) return "the whole picture";
  return `${box.height}×${box.width} pixels: ${stretches(box)}`;
}

/** Which rows and columns. @param {Box} box */
function stretches({ y, x, height, width }) {
  return `${stretch("y", y, height)}, ${stretch("x", x, width)}`;
}

/** y 3–7, or y 3 alone. @param {string} name @param {number} first @param {number} count */
function stretch(name, first, count) {
  return count === 1 ? `${name} ${first}` : `${name} ${first}–${first + count - 1}`;
}

// The receptive field: the part of the input picture that the chosen number depends on.

import { picture } from "../draw/canvas.js";
import { h, replace } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { whence } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../types.js").Box} Box
 */

/**
 * The field of one output value on the picture, which may reach beyond its edge; null where it is not known.
 * @param {import("../types.js").Step} step @param {number} y @param {number} x @returns {Box | null}
 */
function fieldAt(step, y, x) {
  if (!step.field) return null;
  const { jump, start, size } = step.field;
  return {
    y: Math.floor(start[0] + y * jump[0]),
    x: Math.floor(start[1] + x * jump[1]),
    height: size[0],
    width: size[1],
  };
}

export class FieldView {
  /** @param {Doc} doc */
  constructor(doc) {
    this.doc = doc;
    this.view = new MapView({ label: "The input picture", size: 190, name: "field" });
    this.caption = h("figcaption");
    this.element = h("figure", { class: "field" }, this.view.canvas, this.caption);
    this.version = -1;
  }

  /**
   * A number of a list sees what it saw before the list was made.
   * @param {import("../types.js").Step} step @param {Choice} choice @param {number} width of the picture
   */
  box(step, choice, width) {
    const from = step.shape.flat ? whence(this.doc, step, choice.channel) : null;
    if (from) return fieldAt(from.step, from.y, from.x);
    if (step.index === 0 && step.shape.flat) {
      return { y: Math.floor(choice.channel / width), x: choice.channel % width, height: 1, width: 1 };
    }
    return fieldAt(step, choice.y, choice.x);
  }

  /** @param {Choice} choice */
  update(choice) {
    const bytes = this.doc.buffers.get("image");
    const [height, width, channels] = this.doc.shapes.get("image") ?? [0, 0, 0];
    this.element.hidden = !bytes;
    if (!bytes) return;
    if (this.version !== this.doc.version) this.image = picture(bytes, height, width, channels);
    this.version = this.doc.version;
    const step = this.doc.steps[choice.step];
    const box = this.box(step, choice, width);
    const cut = box && clip(box, height, width);
    this.view.draw({ values: [], height, width, range: 1, image: this.image, window: cut });
    const whole = cut && cut.height === height && cut.width === width;
    replace(
      this.caption,
      h("b", {}, "receptive field "),
      !cut ? "not known here" : whole ? "the whole picture" : `${cut.height}×${cut.width} pixels: ${stretches(cut)}`,
    );
    Object.assign(this.element.dataset, cut ?? { y: "", x: "", height: "", width: "" });
  }
}

/** Which rows and columns. @param {Box} box */
function stretches({ y, x, height, width }) {
  return `${stretch(y, height, "row")}, ${stretch(x, width, "column")}`;
}

/** 3–7, or 3 alone. @param {number} first @param {number} count @param {string} name */
function stretch(first, count, name) {
  return count === 1 ? `${name} ${first}` : `${name}s ${first}–${first + count - 1}`;
}

/** @param {Box} box @param {number} height @param {number} width @returns {Box} */
function clip(box, height, width) {
  const [y, x] = [Math.max(0, box.y), Math.max(0, box.x)];
  return {
    y,
    x,
    height: Math.max(0, Math.min(height, box.y + box.height) - y),
    width: Math.max(0, Math.min(width, box.x + box.width) - x),
  };
}

// What was given: the picture as it was, how it was prepared, and what else a reader must know.

import { picture, place, prepare } from "../draw/canvas.js";
import { byId, h, replace } from "../draw/dom.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../types.js").Shape} Shape
 * @typedef {[number, number, number, number]} Box left, top, width, height
 */
/** @typedef {{width: number, height: number, boxes: Box[], chosen: number, notes: string[]}} Photo */

/** The longer side of a picture that shows a stage: of the whole photo, and of the digit that is explained. */
const [WHOLE, STAGE] = [200, 66];
/** The first stage that is of the digit alone. */
const FIRST_OF_DIGIT = "cut out";
/** The height that the picture gets at most, and how much it may be enlarged. */
const [TALLEST, LARGER] = [170, 4];

/** @param {Doc} doc */
export function given(doc) {
  const photo = /** @type {Photo | null} */ (doc.fields.photo ?? null);
  const stages = /** @type {string[]} */ (doc.fields.stages ?? []);
  const image = !photo && byId("source").hidden && doc.structure.image;
  byId("preparation").hidden = !photo && !stages.length && !image;
  replace(byId("photo"), ...(photo ? shown(doc, photo) : image ? taken(doc, image) : []));
  byId("prepared").hidden = !stages.length;
  replace(
    byId("stages"),
    ...stages.map((text, i) => {
      const whole = i < stages.indexOf(FIRST_OF_DIGIT);
      const side = whole ? WHOLE : STAGE;
      return h("li", { class: whole ? "whole" : null }, drawn(doc, `stage/${i}`, text, side), h("span", {}, text));
    }),
  );
  const others = [...(doc.fields.notes ?? []), ...(doc.fields.left_out ?? [])];
  replace(byId("notes"), ...others.map((note) => h("p", {}, note)));
  const warnings = /** @type {string[]} */ (doc.fields.warnings ?? []);
  byId("warnings").hidden = !warnings.length;
  replace(byId("warnings"), ...warnings.map((warning) => h("p", {}, warning)));
}

/** The picture, its digits marked, and what was done to it. @param {Doc} doc @param {Photo} photo */
function shown(doc, photo) {
  const { width, height, boxes, chosen } = photo;
  const kept = doc.shapes.get("photo") ?? [1, 1];
  const frame = h(
    "div",
    { class: "frame" },
    drawn(doc, "photo", "The picture as it was given", Math.max(kept[0], kept[1])),
  );
  frame.style.width = `min(100%, ${Math.min((TALLEST * width) / height, kept[1] * LARGER)}px)`;
  frame.style.aspectRatio = `${width} / ${height}`;
  for (const [i, [x, y, w, t]] of boxes.entries()) {
    const mark = h("i", {
      class: i === chosen ? "chosen" : null,
      "data-box": i,
      title: i === chosen ? "the digit that is explained" : "another digit",
    });
    Object.assign(mark.style, {
      left: share(x, width),
      top: share(y, height),
      width: share(w, width),
      height: share(t, height),
    });
    frame.append(mark);
  }
  const caption = `The picture as it was given, ${width}×${height} pixels.`;
  return [frame, h("figcaption", {}, caption), ...photo.notes.map((note) => h("p", { class: "hint" }, note))];
}

/** The picture as the network got it, where that is all that was given. @param {Doc} doc @param {Shape} shape */
function taken(doc, { height, width }) {
  const canvas = drawn(
    doc,
    "image",
    "The picture as the network got it",
    Math.min(TALLEST, LARGER * Math.max(height, width)),
  );
  return [canvas, h("figcaption", {}, `The picture as the network got it, ${width}×${height} pixels.`)];
}

/** @param {number} part @param {number} whole */
function share(part, whole) {
  return `${(100 * part) / whole}%`;
}

/**
 * A picture of the document on a canvas.
 * @param {Doc} doc @param {string} name @param {string} label
 * @param {number} longest of its sides, in pixels of the screen
 */
function drawn(doc, name, label, longest) {
  const [height, width, channels = 1] = doc.shapes.get(name) ?? [1, 1];
  const scale = longest / Math.max(height, width);
  const canvas = h("canvas", { role: "img", "aria-label": label });
  const context = prepare(canvas, width * scale, height * scale);
  place(
    context,
    picture(/** @type {any} */ (doc.buffers.get(name)), height, width, channels),
    0,
    0,
    width * scale,
    height * scale,
  );
  return canvas;
}

// Pictures to choose from, as thumbnails: one of each digit, and hard ones.

import { h, replace } from "../draw/dom.js";
import { ofGallery, ofMnist } from "./source.js";
import { onCanvas } from "./strokes.js";

/** @typedef {import("./source.js").Gallery} Gallery @typedef {import("./source.js").Entry} Entry */

/**
 * @param {HTMLElement} root @param {Gallery} pictures @param {(question: import("./source.js").Question) => void} ask
 */
export function gallery(root, { pictures, shape, about }, ask) {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const shown = (/** @type {Entry} */ entry, /** @type {number} */ i) => {
    const values = pictures.subarray(i * size, (i + 1) * size);
    const picture = onCanvas({ height, width, channels, values });
    return h(
      "button",
      {
        type: "button",
        class: entry.hard ? "thumb hard" : "thumb",
        "data-gallery": i,
        title: titled(entry),
        "aria-label": titled(entry),
        onclick: () => ask(entry.mnist === null ? ofGallery(i) : ofMnist(entry.mnist)),
      },
      picture,
    );
  };
  const all = about.map(shown);
  const hard = all.filter((_, i) => about[i].hard);
  const usual = all.filter((_, i) => !about[i].hard);
  root.hidden = about.length < 2;
  replace(root, h("div", { class: "thumbs" }, ...usual));
  if (hard.length) root.append(h("span", { class: "hint" }, "hard ones"), h("div", { class: "thumbs" }, ...hard));
}

/** @param {Entry} entry */
function titled({ label, hard, mnist }) {
  if (mnist === null) return label || "the picture that was given";
  return `${hard ? "a hard" : "a"} ${label}, picture ${mnist} of MNIST's test images`;
}

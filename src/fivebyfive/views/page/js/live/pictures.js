// Pictures from elsewhere: picked, dropped, pasted, or one of MNIST's.

import { byId, h, replace } from "../draw/dom.js";
import { gallery } from "./gallery.js";
import { ofFile, ofMnist } from "./source.js";

/** @typedef {import("./source.js").Question} Question @typedef {import("./source.js").Source} Source */

const LAST = 9999;

/**
 * @param {HTMLElement} root @param {Source} source @param {(question: Question) => void} ask
 * @param {import("./pad.js").Pad} pad whose drawing is kept
 */
export function pictures(root, source, ask, pad) {
  const send = (/** @type {Blob} */ file) => ask(ofFile(file));
  const input = h("input", {
    type: "file",
    accept: "image/*",
    "data-picture": true,
    "aria-label": "Choose a picture",
    onchange: () => input.files?.[0] && send(input.files[0]),
  });
  replace(
    root,
    ...(source.mnist ? ofTest(ask) : []),
    h("label", { class: "file-button" }, "picture …", input),
    h("button", { type: "button", onclick: () => pad.recall() }, "my drawing"),
    h("p", { class: "hint" }, "or drop or paste one anywhere"),
  );
  // A gallery that does not come is not missed: everything else is there.
  source.gallery().then(
    (found) => found && gallery(byId("gallery"), found, ask),
    () => undefined,
  );
  listen(send);
}

/** MNIST's whole test set, by number. @param {(question: Question) => void} ask */
function ofTest(ask) {
  const number = h("input", {
    type: "number",
    min: 0,
    max: LAST,
    value: 0,
    "data-mnist": true,
    "aria-label": `Picture of MNIST's test set, 0 to ${LAST}`,
  });
  const show = (/** @type {number} */ n) => {
    number.value = String(Math.max(0, Math.min(LAST, Math.round(n) || 0)));
    ask(ofMnist(Number(number.value)));
  };
  number.addEventListener("change", () => show(Number(number.value)));
  const any = h("button", { type: "button", onclick: () => show(Math.random() * LAST) }, "any");
  return [h("label", {}, "MNIST # ", number), any];
}

/** @param {(file: Blob) => void} send */
function listen(send) {
  const first = (/** @type {DataTransfer | null} */ data) => [...(data?.files ?? [])][0];
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.documentElement.dataset.dropping = "true";
  });
  for (const name of ["dragleave", "drop"]) {
    addEventListener(name, () => delete document.documentElement.dataset.dropping);
  }
  addEventListener("drop", (event) => {
    event.preventDefault();
    const file = first(event.dataTransfer);
    if (file) send(file);
  });
  addEventListener("paste", (event) => {
    const file = first(event.clipboardData);
    if (file) send(file);
  });
}

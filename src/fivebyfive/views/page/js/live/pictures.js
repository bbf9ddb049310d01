// Pictures from elsewhere: picked, dropped, pasted, or one of MNIST's.

import { h, replace } from "../draw/dom.js";

const LAST = 9999;

/**
 * @param {HTMLElement} root @param {{ask: (question: import("./live.js").Question) => void}} asker
 * @param {import("./pad.js").Pad} pad whose drawing is kept
 */
export function pictures(root, asker, pad) {
  const send = (/** @type {Blob} */ file) =>
    asker.ask({ url: "api/explain", body: file, type: file.type || "image/*" });
  const input = h("input", {
    type: "file",
    accept: "image/*",
    "data-picture": true,
    "aria-label": "Choose a picture",
    onchange: () => input.files?.[0] && send(input.files[0]),
  });
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
    asker.ask({ url: `api/mnist/${number.value}`, body: null, type: "" });
  };
  number.addEventListener("change", () => show(Number(number.value)));
  const any = h("button", { type: "button", onclick: () => show(Math.random() * LAST) }, "any");
  const again = h(
    "button",
    { type: "button", onclick: () => (pad.strokes.length ? pad.change(pad.strokes) : pad.canvas.focus()) },
    "my drawing",
  );
  replace(
    root,
    h("label", {}, "MNIST # ", number),
    any,
    h("label", { class: "file-button" }, "picture …", input),
    again,
    h("p", { class: "hint" }, "or drop or paste one anywhere"),
  );
  listen(send);
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

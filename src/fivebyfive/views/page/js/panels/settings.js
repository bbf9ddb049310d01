// How the big picture is drawn: scale, size, folding; light or dark; and the legend.

import { asGradients, goingBack } from "../back/gradients.js";
import { isDark, kindClass, palette, refreshTheme } from "../draw/colors.js";
import { prepare } from "../draw/canvas.js";
import { h, replace } from "../draw/dom.js";
import { foldAtFirst, groupsOf } from "../overview/groups.js";
import { short } from "../draw/format.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

const SCALES = { map: "each map", step: "each step", all: "the whole network" };
const SIZES = { fit: "fit", small: "small", large: "large" };

/** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
export function settings(root, doc, store) {
  const pick = (
    /** @type {string} */ label,
    /** @type {Record<string, string>} */ options,
    /** @type {"scale" | "size"} */ name,
  ) =>
    h(
      "label",
      {},
      `${label} `,
      h(
        "select",
        { "data-setting": name, onchange: (/** @type {any} */ e) => store.set({ [name]: e.target.value }) },
        ...Object.entries(options).map(([value, text]) =>
          h("option", { value, selected: store.choice[name] === value }, text),
        ),
      ),
    );
  const groups = groupsOf(doc.steps);
  const folding =
    groups.length > 0 &&
    h(
      "span",
      { class: "folding" },
      h(
        "button",
        { type: "button", "data-fold": "all", onclick: () => store.set({ folded: foldAtFirst(doc.steps, groups) }) },
        "fold",
      ),
      h("button", { type: "button", "data-fold": "none", onclick: () => store.set({ folded: new Set() }) }, "open all"),
    );
  replace(root, pick("colours per", SCALES, "scale"), pick("size", SIZES, "size"), folding);
}

/**
 * Which colour is which kind, and which is which number.
 * @param {HTMLElement} root @param {Doc} doc @param {Store} store
 */
export function legend(root, doc, store) {
  const bar = h("canvas", { class: "scale", role: "img" });
  const ends = [h("span"), h("span")];
  const whose = h("span");
  const means = h("p", { class: "gradient-legend" });
  const kinds = h("ul", { class: "kinds-legend" });
  replace(
    root,
    kinds,
    h("div", { class: "scale-legend" }, whose, h("span", { class: "scale-ends" }, ends[0], bar, ends[1])),
    means,
  );
  const paint = () => {
    const context = prepare(bar, 120, 10);
    palette().lut.forEach((color, i) => {
      context.fillStyle = `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;
      context.fillRect((i / 257) * 120, 0, 120 / 257 + 1, 10);
    });
    const present = new Set(doc.steps.map((s) => s.kind));
    replace(kinds, ...[...present].map((kind) => h("li", {}, h("i", { class: kindClass(kind) }), kind)));
  };
  const draw = () => {
    const { step, channel, scale } = store.choice;
    const back = goingBack(doc, store.choice);
    const range = (back ? asGradients(doc) : doc).range(step, channel, scale);
    means.hidden = !back;
    means.textContent = "Gradients: blue, raising this value raises the loss; orange, raising it lowers the loss.";
    const { name, shape } = doc.steps[step];
    whose.textContent =
      scale === "all" ? SCALES.all : scale === "step" || shape.flat ? name : `${name}, channel ${channel}`;
    ends[0].textContent = short(-range);
    ends[1].textContent = short(range);
    bar.setAttribute("aria-label", `Colours from ${short(-range)}, orange, through 0, paper, to ${short(range)}, blue`);
  };
  store.listen((_, changed) => {
    if (changed.has("theme") || changed.has("structure")) paint();
    draw();
  });
  paint();
  draw();
}

/** @param {HTMLElement} root @param {{tell: (changed: Set<string>) => void}} store */
export function themeButton(root, store) {
  root.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  function redraw() {
    refreshTheme();
    store.tell(new Set(["theme"]));
  }
}

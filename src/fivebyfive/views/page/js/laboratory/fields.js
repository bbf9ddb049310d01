// The form of the laboratory: a window's numbers, as a step has them.

import { h } from "../draw/dom.js";

const LARGEST = 11;
const NAMED = ["SAME", "VALID"];

/** @param {string} label @param {Element} input */
const field = (label, input) => h("label", {}, label, input);

/** @param {string} name @param {number} value @param {number} min @param {number} max */
const count = (name, value, min, max) =>
  h("input", { type: "number", name, value, min, max, "aria-label": name, required: true });

/**
 * @param {import("../types.js").Windowed} windowed @param {import("../document/kind.js").Trial} trial
 * @returns {import("../draw/dom.js").Child[]}
 */
export function fields({ kernel, stride, padding, padding_name: name }, trial) {
  const own = NAMED.find((text) => text === name?.toUpperCase()) ?? "explicit";
  const sides = /** @type {(keyof typeof padding)[]} */ (["top", "bottom", "left", "right"]);
  const named = [...NAMED, "explicit"].map((text) => h("option", { selected: text === own }, text));
  const filters = Object.entries(trial.filters ?? {}).map(([key, f]) => h("option", { value: key }, f.name));
  const ours = h("option", { value: "own" }, "this step's own");
  return [
    field("kernel", count("kernel", kernel[0], 1, LARGEST)),
    field("stride", count("stride", stride[0], 1, 8)),
    field("padding", h("select", { name: "padding" }, ...named)),
    h("span", { class: "sides" }, ...sides.map((side) => field(side, count(side, padding[side], 0, LARGEST)))),
    trial.filters && field("filter", h("select", { name: "filter" }, ours, ...filters)),
  ];
}

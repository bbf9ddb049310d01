// What is changed of a step, in words.

import { plural, short } from "../draw/format.js";

/**
 * @param {import("../types.js").Step} step @param {import("../network/otherwise.js").Change} change
 * @returns {string} one sentence
 */
export function inWords(step, { window, weights, biases, off }) {
  const parts = [];
  const map = step.shape.flat ? "unit" : "map";
  if (window) {
    const { top, bottom, left, right } = window.padding;
    const sides = window.name === "explicit" ? [top, bottom, left, right].join(", ") : window.name;
    parts.push(`window ${window.kernel.join("×")}, stride ${window.stride[0]}, padding ${sides}`);
  }
  const count = Object.keys(weights).length;
  if (count) parts.push(`${plural(count, "weight")} changed`);
  for (const [channel, bias] of Object.entries(biases)) parts.push(`the bias of ${map} ${channel} is ${short(bias)}`);
  if (off.length) parts.push(`${off.length > 1 ? `${map}s` : map} ${off.join(", ")} switched off`);
  return `${step.name}: ${parts.join("; ")}.`;
}

// What is changed of a step, in words.

import { plural, short } from "../draw/format.js";

/** @param {import("../types.js").Sides} padding */
const sides = ({ top, bottom, left, right }) => [top, bottom, left, right].join(", ");

/**
 * @param {import("../types.js").Step<any>} step as in the code @param {import("../network/otherwise.js").Change} change
 * @returns {string} one sentence
 */
export function inWords(step, { window, weights, biases, off }) {
  const parts = [];
  const channel = step.shape.flat ? "unit" : "channel";
  const own = step.attributes;
  if (window && window.kernel.join() !== own.kernel.join()) {
    parts.push(`a window of ${window.kernel.join("×")} instead of ${own.kernel.join("×")}`);
  }
  if (window && window.stride.join() !== own.stride.join()) {
    parts.push(`stride ${window.stride[0]} instead of ${own.stride[0]}`);
  }
  const named = window && window.name.toUpperCase() === own.padding_name?.toUpperCase();
  if (window && !named && sides(window.padding) !== sides(own.padding)) {
    parts.push(`padding ${sides(window.padding)} (top, bottom, left, right)`);
  }
  const count = Object.keys(weights).length;
  if (count) parts.push(`${plural(count, "weight")} changed`);
  for (const [k, bias] of Object.entries(biases)) parts.push(`the bias of ${channel} ${k} is ${short(bias)}`);
  if (off.length) parts.push(`${channel}${off.length > 1 ? "s" : ""} ${off.join(", ")} switched off`);
  return `${step.name}: ${parts.join("; ")}.`;
}

// Which maps a convolution's groups read and write, and the formula's part that two kinds share.

import { inputShape, range } from "../../document/relations.js";
import { at, mo, plusBias, sigma } from "../../draw/formula.js";

/**
 * A group of maps from a group of maps.
 * @type {import("../../document/relations.js").Relation<import("../../types.js").Convolution>}
 */
export const GROUPS = {
  read(doc, step, position, channel) {
    const { groups = 1 } = step.attributes;
    const size = inputShape(doc, step, position).channels / groups;
    const group = Math.floor(channel / (step.shape.channels / groups));
    return range(group * size, (group + 1) * size);
  },
  written(doc, step, position, channel) {
    const { groups = 1 } = step.attributes;
    const size = step.shape.channels / groups;
    const group = Math.floor(channel / (inputShape(doc, step, position).channels / groups));
    return range(group * size, (group + 1) * size);
  },
};

/** @param {Element} input the input's cell that a filter's cell is multiplied by @param {boolean} bias */
export function productSum(input, bias) {
  return [sigma("di,dj,q"), input, mo("·"), at("W", "di", "dj", "q", "k"), ...plusBias(bias)];
}

// How large a map of the way back is.

import { across } from "../layer/views.js";

/** Pixels that a list with a word beside each number takes from left to right. */
const LABELLED = 170;

/**
 * The side of a map; a short list has a word beside each number, and needs room for that.
 * @param {import("../types.js").Step<any>} step @param {number} size @param {number} share of it
 */
export function sideOf({ shape }, size, share) {
  return shape.flat && across(shape.channels) === 1 ? Math.max(size * share, LABELLED) : Math.round(size * share);
}

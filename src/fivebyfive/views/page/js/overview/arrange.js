// How large the blocks of the big picture are, so that it fits.

import { layout } from "./layout.js";

/** @typedef {import("../types.js").Step} Step */

const CLOSEST = 48;
const TIGHTEST = 34;
const WIDTHS = { small: 104, large: 190 };

/**
 * Where everything stands: the largest blocks with which all fit from one side to the other, or of a given size.
 * @param {Step[]} steps @param {import("./groups.js").Item[]} list @param {import("./groups.js").Group[]} groups
 * @param {import("../choice/store.js").Choice["size"]} size @param {number} room in pixels
 */
export function arrange(steps, list, groups, size, room) {
  const wide = { gap: 30, narrowest: 74, height: size === "large" ? 380 : 300 };
  if (size !== "fit") return layout(steps, list, { ...wide, width: WIDTHS[size] }, groups);
  const close = { gap: 12, narrowest: 54, height: 300 };
  for (let width = 240; width > CLOSEST; width -= 12) {
    const plan = layout(steps, list, { ...(width > 100 ? wide : close), width }, groups);
    if (plan.width <= room) return plan;
  }
  for (let width = 60; width >= TIGHTEST; width -= 2) {
    const plan = layout(steps, list, { gap: 10, narrowest: TIGHTEST, height: 300, width, staggered: true }, groups);
    if (plan.width <= room) return plan;
  }
  return layout(steps, list, { ...wide, width: WIDTHS.small }, groups);
}

// How large the maps of the big picture are, and how many of each step there are, so that all of it can be seen.

import { graphOf } from "./graph.js";
import { layout } from "./layout.js";
import { GAP, SMALLEST } from "./tiles.js";

/** @typedef {import("./layout.js").Plan} Plan @typedef {import("./tiles.js").Look} Look */

const PITCHES = [104, 96, 88, 80, 72, 66, 60, 56, 52, 48, SMALLEST + GAP];
/** [across, down], those that show more first. */
const SHAPES = [
  [
    [1, 6],
    [2, 4],
    [2, 3],
    [3, 2],
  ],
  [
    [1, 4],
    [2, 2],
  ],
  [
    [1, 3],
    [1, 2],
  ],
];
/** Rather many maps than large ones, and of these the largest. @type {Look[]} */
const LOOKS = SHAPES.flatMap((shapes) =>
  PITCHES.flatMap((pitch) => shapes.map(([across, down]) => ({ pitch, across, down }))),
);
/** More blocks than these fit no screen; fewer may be somewhat taller than was asked for. */
const MANY = 60;
const TALLER = 1.3;
const MOST = 24;
const FIXED = { small: { pitch: SMALLEST + GAP, across: 2, down: 3 }, large: { pitch: 88, across: 3, down: 3 } };
const ANYWAY = { pitch: SMALLEST + GAP, across: 1, down: 3 };

/** Narrower than this, it may be as tall as the screen; else it leaves room for what is below it. */
const PHONE = 620;
const SHARE = { phone: 0.95, desk: 0.5 };
const TALL = { least: 260, most: 700 };

/** How tall the big picture should be at most. @param {number} width its own @param {number} screen how tall that is */
export function heightFor(width, screen) {
  if (width < PHONE) return SHARE.phone * screen;
  return Math.max(TALL.least, Math.min(TALL.most, SHARE.desk * screen));
}

/**
 * Where everything stands: with the largest maps with which all of it fits the room, or maps of a given size.
 * @param {import("../types.js").Step[]} steps @param {import("./groups.js").Item[]} list
 * @param {import("./groups.js").Group[]} groups
 * @param {{size: import("../choice/store.js").Choice["size"], width: number, height: number}} room in pixels
 * @param {import("./layout.js").Measured[]} measured of each item
 * @returns {Plan}
 */
export function arrange(steps, list, groups, { size, width, height }, measured) {
  const graph = graphOf(steps, list);
  const plan = (/** @type {Look} */ look) => layout(graph, look, measured, width, groups);
  if (size !== "fit") return plan(FIXED[size]);
  for (const most of list.length > MANY ? [] : [height, height * TALLER]) {
    const fits = (/** @type {Plan} */ p) => p.height <= most && p.width <= width;
    for (const look of LOOKS) if (fits(plan(look))) return grown(look, plan, fits);
  }
  return plan(ANYWAY);
}

/**
 * As many more maps as there is room for, in the same number of rows.
 * @param {Look} look @param {(look: Look) => Plan} plan @param {(plan: Plan) => boolean} fits
 */
function grown(look, plan, fits) {
  let best = plan(look);
  for (let more = true; more;) {
    more = false;
    for (const next of [
      { ...look, down: look.down + 1 },
      { ...look, across: look.across + 1 },
    ]) {
      if (next.across * next.down > MOST) continue;
      const tried = plan(next);
      if (!fits(tried) || tried.lanes.length > best.lanes.length) continue;
      [look, best, more] = [next, tried, true];
      break;
    }
  }
  return best;
}

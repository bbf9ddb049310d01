// A mouse, a finger or the arrow keys on the maps of a block.

import { pointIn } from "../draw/canvas.js";

/**
 * @typedef {import("./layout.js").Block} Block
 * @typedef {{hover: (channel: number | null) => void, choose: (channel: number) => void, here: () => number}} Does
 *   `here`: the chosen channel, if it is one of this block's
 */

/** Which map is there, or null. @param {Block} block @param {number} x @param {number} y in the block's pixels */
export function channelAt({ across, cell, channels }, x, y) {
  const column = Math.floor(x / cell.width);
  if (column < 0 || column >= across || y < 0) return null;
  return channels[Math.floor(y / cell.height) * across + column] ?? null;
}

/**
 * The map that a key leads to, or null: among those that are shown.
 * @param {Block} block @param {string} key @param {number} from a channel
 */
export function channelBeside({ across, channels }, key, from) {
  const moves = /** @type {Record<string, number>} */ ({
    Enter: 0,
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -across,
    ArrowDown: across,
  });
  if (!(key in moves)) return null;
  const place = Math.max(0, channels.indexOf(from));
  return channels[place + moves[key]] ?? channels[place];
}

/** @param {HTMLCanvasElement} marks @param {() => Block} block as it is now @param {Does} does */
export function pointing(marks, block, { hover, choose, here }) {
  const at = (/** @type {MouseEvent} */ event) => {
    const { x, y } = pointIn(marks, event);
    return channelAt(block(), x, y);
  };
  marks.addEventListener("pointermove", (event) => hover(at(event)));
  marks.addEventListener("pointerleave", () => hover(null));
  marks.addEventListener("click", (event) => choose(Math.max(0, at(event) ?? 0)));
  marks.addEventListener("keydown", (event) => {
    const next = channelBeside(block(), event.key, here());
    if (next === null) return;
    event.preventDefault();
    choose(Math.max(0, next));
    hover(Math.max(0, next));
  });
}

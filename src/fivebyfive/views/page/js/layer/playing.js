// How a map is played: in ten seconds, from the first place where something happens.

import { boxAt, windowOf } from "../sums/window.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {{values: ArrayLike<number>, height: number, width: number}} Plane
 */

/** Seconds that a map takes, at the speed that is set at first. */
export const SECONDS = 10;

/** What a map holds where there is nothing: its most frequent value. @param {Plane} plane */
export function blankOf({ values }) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  let [blank, most] = [NaN, 0];
  for (let i = 0; i < values.length; i++) {
    const count = (counts.get(values[i]) ?? 0) + 1;
    counts.set(values[i], count);
    if (count > most) [blank, most] = [values[i], count];
  }
  return blank;
}

/** The first cell that is not blank; the first of all where every one is. @param {Plane} plane */
export function firstCell(plane) {
  const blank = blankOf(plane);
  return Math.max(
    0,
    Array.from(plane.values).findIndex((value) => !Object.is(value, blank)),
  );
}

/**
 * The first window that is not all blank; the first of all where every one is.
 * @param {Plane} input @param {import("../sums/window.js").Window} w
 * @param {{height: number, width: number}} output
 */
export function firstWindow(input, w, { height, width }) {
  const blank = blankOf(input);
  for (let cell = 0; cell < height * width; cell++) {
    const box = boxAt(w, Math.floor(cell / width), cell % width);
    for (let y = Math.max(0, box.y); y < Math.min(input.height, box.y + box.height); y++) {
      for (let x = Math.max(0, box.x); x < Math.min(input.width, box.x + box.width); x++) {
        if (!Object.is(input.values[y * input.width + x], blank)) return cell;
      }
    }
  }
  return 0;
}

/**
 * The cell of a step's output from which it is played: what it reads is looked at where it has windows.
 * @param {Doc} doc as it is shown: the way back has gradients in place of outputs
 * @param {import("../types.js").Step} step @param {{channel: number, source: number}} choice @param {boolean} windows
 */
export function beginning(doc, step, { channel, source }, windows) {
  const { attributes, inputs, shape } = step;
  const windowed = windows && "kernel" in attributes && attributes.form !== "transposed";
  if (windowed) return firstWindow(doc.map(inputs[0], source), windowOf(attributes), shape);
  return firstCell(doc.map(step.index, channel));
}

/** Cells a second, one at least: a map of few cells ends sooner. @param {number} cells @param {number} speed */
export function pace(cells, speed) {
  return Math.max(1, cells / SECONDS) * speed;
}

/**
 * How many cells to go on now; where motion is unwelcome, in few steps instead of many.
 * @param {number} due cells that are due by now, with a fraction @param {number} each a second
 * @param {boolean} calm
 */
export function going(due, each, calm) {
  return calm && due < each ? 0 : Math.floor(due);
}

// A short list as rows: its class, a bar from zero, its number; the likeliest stands out.

import { ink2d } from "../draw/colors.js";
import { percent, short } from "../draw/format.js";

const FONT = "12px system-ui, sans-serif";
const BOLD = "600 12px system-ui, sans-serif";
const NUMBER = 56;
const BAR = { least: 34, width: 44 };
const LONGEST = 84;
const SPACE = 6;
/** From here on, numbers are written with a power of ten. */
const LARGE = 1e5;

/**
 * How wide a row is, for these names.
 * @param {string[]} names @param {(text: string, font: string) => number} measure
 */
export function rowWidth(names, measure) {
  return nameWidth(names, (text) => measure(text, BOLD)) + BAR.width + NUMBER + 2 * SPACE;
}

/** @param {string[]} names @param {(text: string) => number} measure */
function nameWidth(names, measure) {
  return Math.ceil(Math.min(LONGEST, Math.max(8, ...names.map(measure))));
}

/**
 * @typedef {{name: string, value: number, share: boolean, first: boolean, none: boolean}} Row `share`: a probability;
 *   `first`: the likeliest; `none`: there is no number
 */

/**
 * @param {CanvasRenderingContext2D} context @param {import("./layout.js").Block} block @param {Row[]} rows
 */
export function drawRows(context, block, rows) {
  const { width, height } = block.cell;
  context.textBaseline = "middle";
  context.font = BOLD;
  const left =
    nameWidth(
      rows.map((r) => r.name),
      (text) => context.measureText(text).width,
    ) + SPACE;
  const most = Math.max(...rows.map((r) => (Number.isFinite(r.value) ? Math.abs(r.value) : 0)), 1e-30);
  const below = rows.some((r) => r.value < 0) ? 1 : 0;
  const above = rows.some((r) => r.value > 0) || !below ? 1 : 0;
  const room = Math.max(BAR.least, width - left - NUMBER - SPACE);
  const zero = left + (room * below) / (below + above);
  const unit = room / (below + above) / (rows[0]?.share ? 1 : most);
  rows.forEach(({ name, value, share, first, none }, i) => {
    const y = i * height;
    context.font = first ? BOLD : FONT;
    context.textAlign = "right";
    context.fillStyle = ink2d(first ? "accent" : "ink");
    context.fillText(fitted(context, name, left - SPACE), left - SPACE, y + height / 2);
    context.fillStyle = ink2d("sunken");
    context.fillRect(left, y + 3, room, height - 6);
    const length = Number.isFinite(value) ? value * unit : 0;
    context.fillStyle = ink2d(first ? "accent" : share ? "muted" : value < 0 ? "below" : "above");
    context.fillRect(zero + Math.min(0, length), y + 3, Math.abs(length), height - 6);
    context.fillStyle = ink2d(first ? "accent" : "muted");
    context.fillText(none ? "–" : share ? percent(value) : brief(value), width, y + height / 2);
  });
}

/** A number that is never long. @param {number} value */
function brief(value) {
  const large = Number.isFinite(value) && Math.abs(value) >= LARGE;
  return large ? value.toExponential(1).replace("e+", "e").replace("-", "\u2212") : short(value);
}

/** A text that is shortened where it is too wide. @param {CanvasRenderingContext2D} context @param {string} text
 * @param {number} width */
function fitted(context, text, width) {
  if (context.measureText(text).width <= width + 1) return text;
  let length = text.length - 1;
  while (length > 1 && context.measureText(`${text.slice(0, length)}…`).width > width) length -= 1;
  return `${text.slice(0, length)}…`;
}

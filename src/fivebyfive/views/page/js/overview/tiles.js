// How a step's numbers are laid out in its block: as tiles, strips, a mosaic of a list, or rows with bars.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {{pitch: number, across: number, down: number}} Look how large a map is with its gap, and how many of them
 *   stand side by side, and below each other
 * @typedef {"tiles" | "strips" | "mosaic" | "bars"} Form
 * @typedef {{form: Form, across: number, cell: {width: number, height: number}, gap: number, shown: number,
 *   width: number, height: number}} Cells `shown`: how many there is room for; `cell`: with its gap
 */

/** A map is never smaller than this, in pixels. */
export const SMALLEST = 40;
export const GAP = 4;
/** A list of so many units or fewer has a row for each. */
export const FEW = 16;
/** So many rows of a longer list that has names: of the classes. */
export const NAMED = 10;
/** The largest block of one map. */
const LONE = 112;
/** Of a map that is much longer than wide. */
const THINNEST = 12;
const ROW = { least: 15, most: 19 };
const STRIP = { least: 5, most: 10 };
const POINT = { least: 1, most: 8 };

/**
 * @param {Step} step @param {Look} look
 * @param {number} bars how wide a row with its bar is, 0 where the step has no names
 * @param {boolean} colour whether its maps are the colours of a picture, which is shown before them
 * @returns {Cells}
 */
export function cellsOf(step, look, bars, colour) {
  const { channels, height, width, flat } = step.shape;
  const count = Math.max(1, channels); // an empty step has a place too
  const tall = look.pitch * look.down;
  if (flat && (bars || count <= FEW)) return rows(count, bars, tall);
  if (flat) return mosaic(count, step.kind === "input", look);
  if ((height === 1) !== (width === 1)) return strips(count, look);
  if (count === 1) return lone(step, Math.min(2 * look.pitch, tall, LONE));
  const wanted = count + (colour ? 1 : 0);
  const across = Math.min(look.across, wanted, colour ? 2 : wanted);
  const down = Math.min(colour ? wanted : look.down, Math.ceil(wanted / across));
  const cell = fitting(step, look.pitch);
  return { ...sized("tiles", across, down, cell, GAP), shown: Math.min(wanted, across * down) };
}

/** The cell of a map in a square, no larger than the map needs. @param {Step} step @param {number} side */
function fitting({ shape: { height, width } }, side) {
  const scale = (side - GAP) / Math.max(height, width, 1);
  return { width: Math.max(THINNEST, width * scale) + GAP, height: Math.max(THINNEST, height * scale) + GAP };
}

/** @param {Step} step @param {number} side */
function lone(step, side) {
  return { ...sized("tiles", 1, 1, fitting(step, side), GAP), shown: 1 };
}

/** @param {number} count @param {number} bars @param {number} tall */
function rows(count, bars, tall) {
  const shown = count > FEW ? NAMED : count;
  const height = Math.max(ROW.least, Math.min(ROW.most, Math.floor(tall / shown)));
  return { ...sized("bars", 1, shown, { width: bars || 96, height }, 0), shown };
}

/** Maps of one row of numbers, below each other. @param {number} count @param {Look} look */
function strips(count, look) {
  const tall = look.pitch * look.down;
  const height = Math.max(STRIP.least, Math.min(STRIP.most, Math.floor(tall / count)));
  const shown = Math.min(count, Math.floor(tall / height));
  return { ...sized("strips", 1, shown, { width: 2 * look.pitch, height }, 1), shown };
}

/**
 * A long list, row by row: a list of pixels is square, and shows its picture.
 * @param {number} count @param {boolean} square @param {Look} look
 */
function mosaic(count, square, look) {
  const tall = look.pitch * look.down;
  const wide = look.pitch * Math.min(2, look.across + 0.5);
  if (square) {
    const across = Math.ceil(Math.sqrt(count));
    const side = Math.max(POINT.least, Math.min(POINT.most, Math.min(2 * look.pitch, tall, LONE) / across));
    return { ...sized("mosaic", across, Math.ceil(count / across), { width: side, height: side }, 0), shown: count };
  }
  let side = POINT.most;
  while (side > POINT.least && Math.floor(wide / side) * Math.floor(tall / side) < count) side -= 0.25;
  const across = Math.min(
    Math.floor(wide / side),
    Math.max(Math.ceil(Math.sqrt(count)), Math.ceil((count * side) / tall)),
  );
  const shown = Math.min(count, across * Math.floor(tall / side));
  return { ...sized("mosaic", across, Math.ceil(shown / across), { width: side, height: side }, 0), shown };
}

/**
 * @param {Form} form @param {number} across @param {number} down
 * @param {{width: number, height: number}} cell @param {number} gap
 */
function sized(form, across, down, cell, gap) {
  return { form, across, cell, gap, width: across * cell.width, height: down * cell.height };
}

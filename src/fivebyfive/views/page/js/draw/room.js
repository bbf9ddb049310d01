// How large the maps of a layer may be, so that its input, its working and its output stand side by side.

const BETWEEN = 490;
const SMALLEST = 180;
const LARGEST = 380;
/** Narrower than this, everything stands below each other, and a map may be as wide as there is. */
const STACKED = 700;

/** The side of a large map in a room of this width, both in pixels. @param {number} width */
export function mapSide(width) {
  const wanted = width < STACKED ? width - 4 : (width - BETWEEN) / 2;
  return Math.max(SMALLEST, Math.min(LARGEST, Math.floor(wanted / 4) * 4));
}

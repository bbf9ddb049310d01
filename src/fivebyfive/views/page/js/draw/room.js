// How large the maps of a layer may be, so that its input and its output stand side by side.

/** What stands between them needs so much; in a smaller room it stands below them, and this is left free. */
const [BETWEEN, BESIDE] = [490, 110];
const [SMALLEST, LARGEST, LARGEST_BESIDE] = [180, 380, 320];
/** Narrower than this, what stands between the maps goes below them. */
const WIDE = 850;
/** Narrower than this, everything stands below each other, and a map may be as wide as there is. */
const STACKED = 470;

/** The side of a large map in a room of this width, both in pixels. @param {number} width */
export function mapSide(width) {
  const whole = (/** @type {number} */ side) => Math.max(SMALLEST, Math.floor(side / 4) * 4);
  if (width < STACKED) return Math.min(LARGEST, whole(width - 4));
  if (width < WIDE) return Math.min(LARGEST_BESIDE, whole((width - BESIDE) / 2));
  return Math.min(LARGEST, whole((width - BETWEEN) / 2));
}

/** How many times as large the page is made for a projector (see panels/large.js). */
export const LARGE = 1.5;

/** How many pixels of the screen one of the page takes now, the browser's own zoom aside. */
export function enlarged() {
  return document.documentElement?.dataset.large === undefined ? 1 : LARGE;
}

/** How tall the window is, in the page's pixels. */
export const windowHeight = () => window.innerHeight / enlarged();

// A picture from a file, for a network that reads digits: one as MNIST has them already, or plainly one drawing. Where
// it is neither the page says so; finding digits in any photo takes what 5x5 predict has.

import { fitted } from "./fit.js";
import { most } from "./grid.js";

/** @typedef {import("./grid.js").Grid} Grid @typedef {import("./fit.js").Picture} Picture */

export const NO_DRAWING =
  "this is not plainly one digit in ink on even paper, which is all that this page can take from a file; " +
  "5x5 predict and 5x5 serve find digits in any photo";

/** Of MNIST's outermost pixels, at least this share is black. */
const BLACK_EDGE = 0.9;
/** Of a drawing's outermost pixels, at least this share has the paper's colour. */
const EVEN = 0.95;
/** How far from the paper's grey ink is at least, and how much of that a pixel may be away and still be paper. */
const [CONTRAST, NEAR] = [60, 0.3];
/** Shares of the picture that ink may cover, and of the ink that may be neither ink nor paper. */
const [LEAST, MOST, BETWEEN] = [0.003, 0.4, 1];

/** Whether it is a digit as MNIST has them: grey, light on black (preparation.py). @param {Picture} picture */
export function isPrepared(picture) {
  const { height, width, channels, values } = picture;
  for (let i = 0; i < values.length; i += channels) {
    for (let c = 1; c < Math.min(3, channels); c++) if (values[i + c] !== values[i]) return false;
  }
  const grey = (/** @type {number} */ y, /** @type {number} */ x) => values[(y * width + x) * channels];
  const corners = [grey(0, 0), grey(0, width - 1), grey(height - 1, 0), grey(height - 1, width - 1)];
  const black = edge(picture).filter((value) => value === 0).length;
  return (
    corners.every((value) => value === 0) && black >= BLACK_EDGE * (2 * (height + width) - 4) && ink(values, channels)
  );
}

/**
 * The ink of a picture that is plainly one drawing: 0 … 255.
 * @param {Picture} picture @returns {Grid} @throws {Error} it is none
 */
export function inkOf(picture) {
  const grey = fitted(picture, { ...picture, channels: 1 });
  const around = edge(grey).sort((a, b) => a - b);
  const paper = around[around.length >> 1];
  const far = Float32Array.from(grey.values, (value) => Math.abs(value - paper));
  const least = most(far) / 2;
  const inked = far.filter((value) => value > least).length;
  const between = far.filter((value) => value > 2 * NEAR * least && value <= least).length;
  const even = around.filter((value) => Math.abs(value - paper) <= 2 * NEAR * least).length;
  const share = inked / far.length;
  const plain = 2 * least >= CONTRAST && even >= EVEN * around.length && between <= BETWEEN * inked;
  if (!plain || share < LEAST || share > MOST) throw new Error(NO_DRAWING);
  return { height: grey.height, width: grey.width, values: Uint8Array.from(far, (value) => (127.5 * value) / least) };
}

/** The first channel of the outermost pixels. @param {Picture} picture */
function edge({ height, width, channels, values }) {
  const found = [];
  for (let y = 0; y < height; y++) {
    const by = y === 0 || y === height - 1 ? 1 : Math.max(1, width - 1);
    for (let x = 0; x < width; x += by) found.push(values[(y * width + x) * channels]);
  }
  return found;
}

/** @param {ArrayLike<number>} values @param {number} channels */
function ink(values, channels) {
  for (let i = 0; i < values.length; i += channels) if (values[i]) return true;
  return false;
}

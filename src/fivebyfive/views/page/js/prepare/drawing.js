// A drawing on the pad → the 28×28 pixels that MNIST would have of it, as pictures/finding.py makes them.

import { blurred } from "./blur.js";
import { distances } from "./distance.js";
import { boxOf, cut, inBytes, most, padded } from "./grid.js";
import { byArea, linear } from "./resize.js";
import { toEven } from "./rounding.js";
import { isSeveral } from "./several.js";

/**
 * @typedef {import("./grid.js").Grid} Grid
 * @typedef {{name: string, pixels: Grid}} Stage
 * @typedef {{pixels: Grid, stages: Stage[], several: boolean}} Digit
 * @typedef {{mask: Grid, inside: Grid, width: number}} Strokes
 */

const [DIGIT, BOX] = [28, 20];
/** The longer side of a digit while its strokes are evened out. */
const FINE = 8 * BOX;
/** Strokes of MNIST's digits are this wide, in pixels of the box. */
const THICKNESS = [2, 3.4];
/** Strokes are at most this wide beside the digit's longer side: what is wider is a blot. */
const WIDEST = 0.4;
const INK = 128;

export const BLANK = "the pad is blank; draw a digit on it";
export const BLOT = "a blot is no digit yet; draw on";

/** @param {Grid} drawing 0 is blank, 255 is ink @returns {Digit} @throws {Error} the pad is blank, or holds a blot */
export function prepared(drawing) {
  const box = boxOf(drawing, INK);
  if (!box) throw new Error(BLANK);
  const shown = cut(drawing, box);
  const mask = { ...shown, values: shown.values.map((value) => Number(value >= INK)) };
  const strokes = enlarged(mask);
  if (strokes.width >= WIDEST * FINE) throw new Error(BLOT);
  const even = evened(strokes);
  const small = inBox(even);
  const pixels = centred(small);
  const stages = [
    { name: "cut out", pixels: shown },
    { name: "strokes", pixels: inBytes(even, toEven) },
    { name: "20×20", pixels: small },
    { name: "28×28, centred by mass", pixels },
  ];
  return { pixels, stages, several: isSeveral(mask) };
}

/** @param {Grid} mask @returns {Strokes} its strokes with a smooth outline, and how wide they are */
function enlarged(mask) {
  const scale = FINE / Math.max(mask.height, mask.width);
  const [height, width] = scaled(mask, scale);
  const resize = scale < 1 ? byArea : linear;
  const sigma = Math.min(4, Math.max(1.2, 0.6 * scale));
  const fine = blurred(padded(resize(mask, height, width), FINE / 8), sigma);
  const least = 0.5 * most(fine.values);
  const inked = { ...fine, values: new Uint8Array(fine.values.length) };
  for (let i = 0; i < inked.values.length; i++) inked.values[i] = Number(fine.values[i] > least);
  const inside = distances(inked);
  let [sum, count] = [0, 0];
  for (let i = 0; i < inked.values.length; i++) {
    sum += inside.values[i];
    count += inked.values[i];
  }
  return { mask: inked, inside, width: (4 * sum) / count };
}

/**
 * Strokes made thicker or thinner towards what is usual, edges one pixel soft.
 * @param {Strokes} strokes @returns {Grid}
 */
function evened({ mask, inside, width }) {
  const outside = distances({ ...mask, values: mask.values.map((inked) => 1 - inked) }).values;
  const unit = FINE / BOX;
  const wanted = Math.min(Math.max(width, THICKNESS[0] * unit), THICKNESS[1] * unit);
  const more = (wanted - width) / 2 + 0.5;
  const even = new Float32Array(outside.length);
  for (let i = 0; i < even.length; i++) even[i] = Math.min(1, Math.max(0, inside.values[i] - outside[i] + more));
  return { ...inside, values: even };
}

/** Cut to the ink and brought into the box, by area. @param {Grid} even @returns {Grid} */
function inBox(even) {
  const shown = cut(even, /** @type {import("./grid.js").Box} */ (boxOf(even, Math.min(0.5, most(even.values)))));
  const [height, width] = scaled(shown, BOX / Math.max(shown.height, shown.width));
  return inBytes(byArea(shown, height, width), toEven);
}

/** Laid so that its centre of mass is in the middle, by whole pixels. @param {Grid} small @returns {Grid} */
function centred({ height, width, values }) {
  let [mass, rows, columns] = [0, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      mass += values[i];
      rows += y * values[i];
      columns += x * values[i];
    }
  }
  const top = Math.min(Math.max(toEven(DIGIT / 2 - rows / mass), 0), DIGIT - height);
  const left = Math.min(Math.max(toEven(DIGIT / 2 - columns / mass), 0), DIGIT - width);
  const pixels = new Uint8Array(DIGIT * DIGIT);
  for (let y = 0; y < height; y++) {
    pixels.set(values.subarray(y * width, (y + 1) * width), (top + y) * DIGIT + left);
  }
  return { height: DIGIT, width: DIGIT, values: pixels };
}

/** @param {Grid} grid @param {number} scale */
function scaled({ height, width }, scale) {
  return [Math.max(1, toEven(height * scale)), Math.max(1, toEven(width * scale))];
}

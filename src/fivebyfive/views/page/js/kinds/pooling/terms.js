// The cells that a pooling looks at.

import { cell } from "../../sums/terms.js";
import { boxAt, windowOf } from "../../sums/window.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc
 * @typedef {import("../../types.js").Step<import("../../types.js").Pooling>} Step
 */

/**
 * The values under the window, padding included, or null where they are not there.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {number} y @param {number} x
 */
export function pooled(doc, step, channel, y, x) {
  const input = doc.steps[step.inputs[0]];
  if (!doc.output(input.index)) return null;
  const { rows, columns } = cellsUnder(step, input.shape, y, x);
  return rows.flatMap((iy) => columns.map((ix) => cell(doc, input, channel, iy, ix)));
}

/** @param {Step} step @param {{height: number, width: number}} input @param {number} y @param {number} x */
export function cellsUnder({ shape, attributes }, input, y, x) {
  if (attributes.adaptive) {
    return { rows: part(y, input.height, shape.height), columns: part(x, input.width, shape.width) };
  }
  const w = windowOf(attributes);
  const at = boxAt(w, y, x);
  return {
    rows: Array.from({ length: w.kernel[0] }, (_, k) => at.y + k * w.dilation[0]),
    columns: Array.from({ length: w.kernel[1] }, (_, k) => at.x + k * w.dilation[1]),
  };
}

/** Part `i` of `parts` that are about as large. @param {number} i @param {number} size @param {number} parts */
function part(i, size, parts) {
  const first = Math.floor((i * size) / parts);
  return Array.from({ length: Math.ceil(((i + 1) * size) / parts) - first }, (_, k) => first + k);
}

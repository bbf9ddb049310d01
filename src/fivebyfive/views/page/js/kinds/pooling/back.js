// A pooling's way back: the windows that hold a cell pass it what their sums weigh it with.

import { weighing, which } from "../../back/windows.js";
import { cellsUnder } from "./terms.js";

/**
 * @param {import("../../document/document.js").Doc} doc
 * @param {import("../../types.js").Step<import("../../types.js").Pooling>} step
 * @param {number} _ of its inputs: it has one @param {import("../../types.js").Place} place in the input
 */
export function poolingBack(doc, step, _, place) {
  const { height, width } = step.shape;
  const input = doc.steps[step.inputs[0]].shape;
  const rows = which(height, (y) => cellsUnder(step, input, y, 0).rows.includes(place.y));
  const columns = which(width, (x) => cellsUnder(step, input, 0, x).columns.includes(place.x));
  return weighing(doc, step, place, rows, columns);
}

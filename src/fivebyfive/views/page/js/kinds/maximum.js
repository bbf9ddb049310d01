// A pooling that keeps the largest value under each window.

import { EACH } from "../document/relations.js";
import { at, overWindow, windowPlaces } from "../draw/formula.js";
import { pool, wins } from "../sums/convolve.js";
import { sum } from "../sums/terms.js";
import { windowOf } from "../sums/window.js";
import { poolingStage } from "./pooling/stage.js";
import { cellsUnder, pooled } from "./pooling/terms.js";
import { poolingWorking } from "./pooling/working.js";

/**
 * One map of the output.
 * @param {import("../types.js").Step<import("../types.js").Pooling>} step
 * @param {import("../sums/convolve.js").Plane} plane the same map of the input
 */
function pooledMap(step, plane) {
  if (!step.attributes.adaptive) return pool(plane, windowOf(step.attributes), "max").values;
  const { height, width } = step.shape;
  return Float32Array.from({ length: height * width }, (_, i) => {
    const { rows, columns } = cellsUnder(step, plane, Math.floor(i / width), i % width);
    const values = rows.flatMap((y) => columns.map((x) => plane.values[y * plane.width + x]));
    return values.reduce((best, value) => (wins(value, best) ? value : best), -Infinity);
  });
}

/** @type {import("../document/kind.js").Kind<import("../types.js").Pooling>} */
export const kind = {
  relation: EACH,
  stage: poolingStage,
  working: poolingWorking,
  symbols: (step) => [
    overWindow("max"),
    step.attributes.adaptive ? at("I", "n", "i′", "j′", "k") : at("I", "n", ...windowPlaces(step), "k"),
  ],
  sum(doc, step, channel, y, x) {
    const terms = pooled(doc, step, channel, y, x);
    if (!terms) return null;
    const inside = terms.filter((term) => !term.padding);
    const winner = inside.reduce((best, term) => (wins(term.value, best.value) ? term : best), inside[0]);
    const weigh = (/** @type {import("../types.js").Term} */ term) =>
      term === winner ? { ...term, weight: 1, product: term.value } : { ...term, weight: 0, product: 0 };
    return { ...sum(terms.map(weigh), null), chosen: true };
  },
  derive(doc, step, [x]) {
    const { height, width } = doc.steps[step.inputs[0]].shape;
    const size = step.shape.height * step.shape.width;
    const result = new Float32Array(step.shape.channels * size);
    for (let c = 0; c < step.shape.channels; c++) {
      const plane = { values: x.subarray(c * height * width, (c + 1) * height * width), height, width };
      result.set(pooledMap(step, plane).subarray(0, size), c * size);
    }
    return result;
  },
  trial: {
    filters: null,
    make: (doc, step, channel, window) => pool(doc.map(step.inputs[0], channel), window, "max"),
  },
};

// A pooling that keeps the largest value under each window.

import { EACH } from "../document/relations.js";
import { at, overWindow, windowPlaces } from "../draw/formula.js";
import { pool, wins } from "../sums/convolve.js";
import { sum } from "../sums/terms.js";
import { poolingBack } from "./pooling/back.js";
import { poolingStage } from "./pooling/stage.js";
import { cellsUnder, pooled } from "./pooling/terms.js";
import { poolingWorking } from "./pooling/working.js";

/**
 * One map of the output. The windows are the step's own, so that one that hangs over the edge (ceil_mode) is there too.
 * @param {import("../types.js").Step<import("../types.js").Pooling>} step
 * @param {import("../sums/convolve.js").Plane} plane the same map of the input
 */
function pooledMap(step, plane) {
  const { height, width } = step.shape;
  const inside = (/** @type {number[]} */ cells, /** @type {number} */ size) => cells.filter((i) => i >= 0 && i < size);
  const rows = count(height).map((y) => inside(cellsUnder(step, plane, y, 0).rows, plane.height));
  const columns = count(width).map((x) => inside(cellsUnder(step, plane, 0, x).columns, plane.width));
  return rows.flatMap((ys) => columns.map((xs) => largest(plane, ys, xs)));
}

/** @param {import("../sums/convolve.js").Plane} plane @param {number[]} ys @param {number[]} xs */
function largest(plane, ys, xs) {
  let best = -Infinity;
  for (const y of ys) {
    for (const x of xs) {
      const value = plane.values[y * plane.width + x];
      if (wins(value, best)) best = value;
    }
  }
  return best;
}

/** 0, 1, 2, … @param {number} n */
const count = (n) => Array.from({ length: n }, (_, i) => i);

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
      result.set(pooledMap(step, plane), c * size);
    }
    return result;
  },
  back: poolingBack,
  trial: {
    filters: null,
    make: (doc, step, channel, window) => pool(doc.map(step.inputs[0], channel), window, "max"),
  },
};

// An interpolation: each value is a mean of the nearest rows and columns of its own map.

import { weighing, which } from "../back/windows.js";
import { EACH } from "../document/relations.js";
import { interpolated } from "../network/interpolation.js";
import { sum } from "../sums/terms.js";
import { termsStage } from "./operands/stage.js";

/**
 * The rows or columns that one of the output's is made of, and their weights.
 * @param {import("../document/document.js").Doc} doc @param {number} step @param {"row" | "column"} name
 * @param {number} i
 */
function taps(doc, step, name, i) {
  const [indices, weights] = [doc.buffers.get(`${name}s/${step}`), doc.numbers(`${name}-weights/${step}`)];
  const count = doc.shapes.get(`${name}s/${step}`)?.[1] ?? 0;
  if (!indices || !weights) return [];
  const all = Array.from({ length: count }, (_, k) => ({
    at: indices[i * count + k],
    weight: weights[i * count + k],
  }));
  return all.filter(({ weight }) => weight !== 0).sort((a, b) => a.at - b.at);
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: EACH,
  stage: termsStage({ values: "pixels", weights: "weights", sign: "Σ" }),
  sum(doc, step, channel, y, x) {
    const [input] = step.inputs;
    if (!doc.output(input)) return null;
    const columns = taps(doc, step.index, "column", x);
    const terms = taps(doc, step.index, "row", y).flatMap((row) =>
      columns.map((column) => {
        const place = { channel, y: row.at, x: column.at };
        const value = doc.value(input, channel, row.at, column.at);
        const weight = row.weight * column.weight;
        return { ...place, value, weight, product: value * weight, padding: false, input: 0 };
      }),
    );
    return sum(terms, null);
  },
  derive(doc, step, [x]) {
    const along = (/** @type {"row" | "column"} */ name, /** @type {number} */ size) =>
      Array.from({ length: size }, (_, i) => taps(doc, step.index, name, i));
    const { height, width } = step.shape;
    return interpolated(x, doc.steps[step.inputs[0]].shape, along("row", height), along("column", width));
  },
  back(doc, step, _, place) {
    const { height, width } = step.shape;
    const holds = (/** @type {"row" | "column"} */ name, /** @type {number} */ own) => (/** @type {number} */ i) =>
      taps(doc, step.index, name, i).some(({ at }) => at === own);
    return weighing(doc, step, place, which(height, holds("row", place.y)), which(width, holds("column", place.x)));
  },
};

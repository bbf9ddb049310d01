// A cumulation: each value becomes the sum of itself and of all before it on its line.

import { read } from "../back/readers.js";
import { EACH } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { plural } from "../draw/format.js";
import { operandOf } from "../network/tables.js";
import { read as readOf, weighed } from "../sums/operands.js";
import { countOf, lookup, numberOf } from "../sums/places.js";
import { sum } from "../sums/terms.js";
import { total } from "../number/telling.js";
import { termsStage } from "./operands/stage.js";

/**
 * How many values of its line a value adds up.
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<any>} step
 * @param {import("../types.js").Place} at
 */
function counted(doc, step, at) {
  const first = lookup(doc, `base-0/${step.index}`, step.shape)?.(at) ?? 0;
  const far = doc.buffers.get(`along-0/${step.index}`) ?? [0];
  return Array.from(far).indexOf(numberOf(doc.steps[step.inputs[0]].shape, at) - first) + 1;
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: EACH,
  stage: termsStage({ values: "values", weights: "", sign: "Σ" }),
  sum(doc, step, channel, y, x) {
    const at = { channel, y, x };
    const line = readOf(doc, step, 0, at);
    const terms = line?.slice(0, counted(doc, step, at)).map((value) => weighed(value, 1));
    return terms ? sum(terms, null) : null;
  },
  derive(doc, step, inputs) {
    const line = operandOf(doc, step, 0, inputs);
    if (!line) return null;
    const nth = new Map(Array.from(line.along, (/** @type {number} */ far, k) => [far, k]));
    const result = new Float32Array(countOf(step.shape));
    for (let i = 0; i < result.length; i++) {
      const first = line.base ? line.base[i] : i;
      const last = nth.get(i - first) ?? -1;
      let sum = 0;
      for (let k = 0; k <= last; k++) sum += line.values[first + line.along[k]];
      result[i] = sum;
    }
    return result;
  },
  back(doc, step, position, place) {
    return read(doc, step, position, place, (_, reader) => Number(reader.nth < counted(doc, step, reader)));
  },
  working: () => ({
    show: (_choice, { terms, total: whole }) => ({
      grids: [],
      working: [h("p", { class: "total" }, `the sum of the first ${plural(terms.length, "value")}: `, total(whole))],
    }),
  }),
};

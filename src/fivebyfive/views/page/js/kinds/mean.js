// A pooling that takes the mean of the values under each window.

import { EACH } from "../document/relations.js";
import { at, frac, mi, mn, overWindow, windowPlaces } from "../draw/formula.js";
import { mean } from "../network/pooling.js";
import { pool } from "../sums/convolve.js";
import { sum } from "../sums/terms.js";
import { poolingBack } from "./pooling/back.js";
import { poolingStage } from "./pooling/stage.js";
import { pooled } from "./pooling/terms.js";
import { poolingWorking } from "./pooling/working.js";

/** @typedef {import("../types.js").Pooling} Pooling @typedef {import("../types.js").Term} Term */

/**
 * How many cells a mean divides by: those inside, and padding where the code says so.
 * @param {import("../types.js").Shape} input @param {Pooling} attributes @param {Term[]} terms
 */
function counted(input, attributes, terms) {
  if (attributes.adaptive || !attributes.count_include_pad) return terms.filter((term) => !term.padding).length;
  const { bottom, right } = attributes.padding;
  return terms.filter((term) => term.y < input.height + bottom && term.x < input.width + right).length;
}

/** @type {import("../document/kind.js").Kind<Pooling>} */
export const kind = {
  relation: EACH,
  stage: poolingStage,
  working: poolingWorking,
  symbols: (step) => [
    frac(mn("1"), mi("m")),
    overWindow("∑"),
    step.attributes.adaptive ? at("I", "n", "i′", "j′", "k") : at("I", "n", ...windowPlaces(step), "k"),
  ],
  sum(doc, step, channel, y, x) {
    const { attributes } = step;
    const terms = pooled(doc, step, channel, y, x);
    if (!terms) return null;
    const given = attributes.adaptive ? null : attributes.divisor;
    const weight = 1 / (given ?? counted(doc.steps[step.inputs[0]].shape, attributes, terms));
    const weigh = (/** @type {Term} */ term) =>
      term.padding ? { ...term, weight: 0, product: 0 } : { ...term, weight, product: term.value * weight };
    return sum(terms.map(weigh), null);
  },
  derive: (doc, step, [x]) => mean(step, x, doc.steps[step.inputs[0]].shape),
  back: poolingBack,
  trial: {
    filters: null,
    make: (doc, step, channel, window) => pool(doc.map(step.inputs[0], channel), window, "mean"),
  },
};

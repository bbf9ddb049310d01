// A pooling that keeps the largest value under each window.

import { EACH } from "../document/relations.js";
import { at, overWindow, windowPlaces } from "../draw/formula.js";
import { maximum } from "../network/pooling.js";
import { pool, wins } from "../sums/convolve.js";
import { sum } from "../sums/terms.js";
import { poolingBack } from "./pooling/back.js";
import { poolingStage } from "./pooling/stage.js";
import { pooled } from "./pooling/terms.js";
import { poolingWorking } from "./pooling/working.js";

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
  derive: (doc, step, [x]) => maximum(step, x, doc.steps[step.inputs[0]].shape),
  back: poolingBack,
  trial: {
    filters: null,
    make: (doc, step, channel, window) => pool(doc.map(step.inputs[0], channel), window, "max"),
  },
};

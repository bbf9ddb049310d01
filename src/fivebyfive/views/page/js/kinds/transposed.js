// A transposed convolution: each input value spreads its filter over the output; here, what falls on one place.

import { filtered, spreading } from "../back/windows.js";
import { at } from "../draw/formula.js";
import { filtersOf } from "../network/convolution.js";
import { transposedConvolution } from "../network/transposed.js";
import { biasOf, cell, slices, sum } from "../sums/terms.js";
import { windowOf } from "../sums/window.js";
import { GROUPS, productSum } from "./convolution/terms.js";

/** @type {import("../document/kind.js").Kind<import("../types.js").Convolution>} */
export const kind = {
  relation: GROUPS,
  symbols: (_, bias) => productSum(at("I", "n", "i′", "j′", "q"), bias),
  sum(doc, step, channel, y, x) {
    const own = slices(doc, step, channel);
    const input = doc.steps[step.inputs[0]];
    if (!own || !doc.output(input.index)) return null;
    const w = windowOf(step.attributes);
    /** @type {import("../types.js").Term[]} */
    const terms = [];
    own.filters.forEach((filter, k) => {
      for (let i = 0; i < filter.length; i++) {
        const iy = (y + w.padding.top - Math.floor(i / w.kernel[1]) * w.dilation[0]) / w.stride[0];
        const ix = (x + w.padding.left - (i % w.kernel[1]) * w.dilation[1]) / w.stride[1];
        if (!Number.isInteger(iy) || !Number.isInteger(ix)) continue;
        const term = cell(doc, input, own.first + k, iy, ix, filter[i]);
        if (!term.padding) terms.push(term);
      }
    });
    return sum(terms, biasOf(doc, step, channel));
  },
  derive(doc, step, [x]) {
    const filters = filtersOf(doc, step);
    return filters && transposedConvolution(x, doc.steps[step.inputs[0]].shape, step.shape, filters);
  },
  back(doc, step, position, place) {
    const w = windowOf(step.attributes);
    const rows = spreading(w, 0, place.y, step.shape.height);
    const columns = spreading(w, 1, place.x, step.shape.width);
    return position ? null : filtered(doc, step, place, rows, columns);
  },
};

// A convolution: window × filter over all input maps, added up.

import { filtered, holding } from "../back/windows.js";
import { at, windowPlaces } from "../draw/formula.js";
import { convolve } from "../sums/convolve.js";
import { biasOf, cell, slices, sum } from "../sums/terms.js";
import { convolution, filtersOf } from "../network/convolution.js";
import { boxAt, windowOf } from "../sums/window.js";
import { FILTERS, made, resize } from "./convolution/filters.js";
import { convolutionStage } from "./convolution/stage.js";
import { GROUPS, productSum } from "./convolution/terms.js";
import { convolutionWorking } from "./convolution/working.js";

/** @type {import("../document/kind.js").Kind<import("../types.js").Convolution>} */
export const kind = {
  relation: GROUPS,
  stage: convolutionStage,
  working: convolutionWorking,
  symbols: (step, bias) => productSum(at("I", "n", ...windowPlaces(step), "q"), bias),
  sum(doc, step, channel, y, x) {
    const own = slices(doc, step, channel);
    const input = doc.steps[step.inputs[0]];
    if (!own || !doc.output(input.index)) return null;
    const w = windowOf(step.attributes);
    const box = boxAt(w, y, x);
    /** @type {import("../types.js").Term[]} */
    const terms = [];
    own.filters.forEach((filter, k) => {
      for (let i = 0; i < filter.length; i++) {
        const iy = box.y + Math.floor(i / w.kernel[1]) * w.dilation[0];
        const ix = box.x + (i % w.kernel[1]) * w.dilation[1];
        terms.push(cell(doc, input, own.first + k, iy, ix, filter[i], w.mode));
      }
    });
    return sum(terms, biasOf(doc, step, channel));
  },
  derive(doc, step, [x]) {
    const filters = filtersOf(doc, step);
    return filters && convolution(x, doc.steps[step.inputs[0]].shape, step.shape, filters);
  },
  back(doc, step, position, place) {
    const { height, width } = doc.steps[step.inputs[0]].shape;
    const w = windowOf(step.attributes);
    const rows = holding(w, 0, place.y, height, step.shape.height);
    const columns = holding(w, 1, place.x, width, step.shape.width);
    return position ? null : filtered(doc, step, place, rows, columns);
  },
  trial: {
    filters: FILTERS,
    make(doc, step, channel, window, filter) {
      const own = slices(doc, step, channel);
      if (!own) return null;
      const planes = own.filters.map((_, k) => doc.map(step.inputs[0], own.first + k));
      const [size] = window.kernel;
      const { kernel } = step.attributes;
      const asIs = kernel.join() === window.kernel.join();
      const filters = own.filters.map((slice) =>
        filter !== "own" ? made(filter, size) : asIs ? slice : resize(slice, kernel, size),
      );
      return convolve(planes, filters, window, filter === "own" ? (biasOf(doc, step, channel) ?? 0) : 0);
    },
  },
};

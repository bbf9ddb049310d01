// A reduction: many values become one, their mean, sum, largest, spread or length.

import { operand, read } from "../back/readers.js";
import { ALL } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { plural } from "../draw/format.js";
import { across } from "../layer/views.js";
import { Grids } from "../number/grids.js";
import { said, total } from "../number/telling.js";
import { operandOf } from "../network/tables.js";
import { read as readOf, weighed } from "../sums/operands.js";
import { countOf } from "../sums/places.js";
import { sum } from "../sums/terms.js";
import { STATISTICS, largest, statisticOf } from "./reduction/statistics.js";
import { SLOPES } from "./reduction/slopes.js";
import { termsStage } from "./operands/stage.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Place} Place
 */

const LISTED = 64;

/** @type {Record<string, string>} */
const NAMES = { mean: "the mean", sum: "the sum", max: "the largest", min: "the smallest" };

/** The values that become one. @param {Doc} doc @param {Step} step @param {Place} at */
const values = (doc, step, at) => readOf(doc, step, 0, at);

/** The same as terms, for a picture. @param {Doc} doc @param {Step} step @param {Place} at */
const terms = (doc, step, at) => values(doc, step, at)?.map((one) => weighed(one, 1)) ?? [];

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: ALL,
  stage: (context) => {
    const name = context.step.attributes.reduced;
    const sign = name === "sum" ? "Σ" : name;
    return termsStage({ values: "values", weights: "", sign, terms })(context);
  },
  sum(doc, step, channel, y, x) {
    const found = values(doc, step, { channel, y, x });
    const { reduced } = step.attributes;
    if (!found || !(reduced in NAMES)) return null;
    if (reduced === "mean" || reduced === "sum") {
      const weight = reduced === "mean" ? 1 / found.length : 1;
      return sum(
        found.map((one) => weighed(one, weight)),
        null,
      );
    }
    const sign = reduced === "max" ? 1 : -1;
    const winner = largest(found.map(({ value }) => sign * value));
    const weighted = found.map((one, i) => weighed(one, Number(i === winner)));
    return { ...sum(weighted, null), total: found[winner].value, chosen: true };
  },
  derive(doc, step, inputs) {
    const [from, make] = [operandOf(doc, step, 0, inputs), statisticOf(step.attributes.reduced)];
    if (!from || !make) return null;
    const result = new Float32Array(countOf(step.shape));
    const taken = new Array(from.along.length);
    for (let i = 0; i < result.length; i++) {
      const first = from.base ? from.base[i] : i;
      for (let k = 0; k < taken.length; k++) taken[k] = from.values[first + from.along[k]];
      result[i] = make(taken, step.attributes);
    }
    return result;
  },
  back(doc, step, position, place) {
    const slopes = SLOPES[step.attributes.reduced];
    const values = operand(doc, step, 0);
    if (!slopes || !values) return null;
    const count = (doc.buffers.get(`along-0/${step.index}`) ?? [0]).length;
    return read(doc, step, position, place, (_, at) => {
      const all = Array.from({ length: count }, (_v, nth) => values(at, nth));
      return slopes(all, at.nth, step.attributes);
    });
  },
  working(doc, step) {
    const grids = new Grids(false);
    return {
      show(_choice, { terms: all, total: whole, chosen }) {
        const winner = chosen ? all.findIndex((t) => t.weight === 1) : -1;
        const few = all.length <= LISTED;
        if (few) grids.show(all, across(all.length), { value: doc.range(step.inputs[0], 0, "step"), winner });
        const name = `${NAMES[step.attributes.reduced]} of ${plural(all.length, "value")}: `;
        return { grids: few ? [grids.element] : [], working: [h("p", { class: "total" }, name, total(whole))] };
      },
    };
  },
  tell(doc, step, choice) {
    const found = values(doc, step, choice);
    const statistic = STATISTICS[step.attributes.reduced];
    if (!found || !statistic) return null;
    const numbers = found.map((one) => one.value);
    const result = statistic.of(numbers, step.attributes);
    return [said(`${statistic.name} of ${plural(numbers.length, "value")}: `, total(result))];
  },
};

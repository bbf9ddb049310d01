// A softmax: each number's power of e as a share of the sum of all that it belongs together with; its logarithm; or
// the same of the numbers with the other sign (softmin).

import { shareOf } from "../back/share.js";
import { h, math } from "../draw/dom.js";
import { number, plural } from "../draw/format.js";
import { at, frac, mi, mn, mo, row, sigma, sup } from "../draw/formula.js";
import { shares } from "../network/together.js";
import { said, scrolling, total } from "../number/telling.js";
import { TOGETHER, together } from "../sums/together.js";
import { softmaxStage } from "./softmax/stage.js";

/**
 * e to the value, over the sum of all, as MathML.
 * @param {ArrayLike<number>} numbers @param {number} k @param {number} [listed] up to how many are written out
 */
function fraction(numbers, k, listed = 5) {
  const power = (/** @type {number} */ z) => sup(mi("e"), mn(z));
  const all = Array.from(numbers);
  const first = all.slice(0, listed).flatMap((z, i) => (i > 0 ? [mo("+"), power(z)] : [power(z)]));
  const rest = all.length > listed ? [mo("+"), mo("…"), mo("+"), power(all[all.length - 1])] : [];
  return frac(power(all[k]), row(...first, ...rest));
}

/** How a number becomes a probability. @param {ArrayLike<number>} numbers @param {number} k @param {number} [listed] */
export function softmax(numbers, k, listed) {
  const { share } = shareOf(numbers, k);
  const written = math("math", row(fraction(numbers, k, listed), mo("="), mn(share)));
  return [scrolling(written), said("share ", total(share))];
}

/** @type {import("../document/kind.js").Kind<import("../types.js").Softmax>} */
export const kind = {
  relation: TOGETHER,
  stage: softmaxStage,
  symbols(step) {
    const z = (/** @type {string} */ letter) => row(step.op === "softmin" && mo("−"), at("z", letter));
    const share = frac(sup(mi("e"), z("k")), row(sigma("j"), sup(mi("e"), z("j"))));
    return step.op === "log_softmax" ? [mi("ln"), share] : [share];
  },
  tell(doc, step, choice) {
    const { values, own } = together(doc, step.inputs[0], step.attributes.over, choice);
    const numbers = step.op === "softmin" ? values.map((z) => -z) : values;
    const among = h("p", { class: "says" }, `among ${plural(values.length, "number")} that belong together`);
    if (step.op !== "log_softmax") return [...softmax(numbers, own), among];
    const { most, sum, share } = shareOf(numbers, own);
    const logarithm = numbers[own] - most - Math.log(sum);
    return [
      scrolling(math("math", row(mi("ln"), fraction(numbers, own), mo("="), mn(logarithm)))),
      said("the logarithm of the share ", number(share), ": ", total(logarithm)),
      among,
    ];
  },
  derive: (_doc, { op, shape, attributes }, [x]) =>
    shares(x, shape, attributes.over, { sign: op === "softmin" ? -1 : 1, logarithm: op === "log_softmax" }),
  back(doc, step, _, place) {
    const { values, own, places } = together(doc, step.index, step.attributes.over, place);
    if (!doc.output(step.index)) return null;
    const sign = step.op === "softmin" ? -1 : 1;
    const logarithm = step.op === "log_softmax";
    return places.map((at, j) => {
      const alone = Number(j === own);
      const weight = logarithm ? alone - Math.exp(values[own]) : sign * values[j] * (alone - values[own]);
      return { ...at, weight };
    });
  },
};

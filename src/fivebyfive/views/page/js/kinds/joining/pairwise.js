// What a sum and a product of several inputs share: the same place of each, joined one after the other.

import { h } from "../../draw/dom.js";
import { equation } from "../../draw/formula.js";
import { before, said, same, total } from "../../number/telling.js";
import { countOf, numberOf, placeOf } from "../../sums/places.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc
 * @typedef {import("../../types.js").Step<any>} Step
 * @typedef {(a: number, b: number) => number} Join
 */

/**
 * @param {Doc} doc @param {Step} step @param {import("../../choice/store.js").Choice} choice @param {string} sign
 * @param {Join} join
 */
export function told(doc, step, choice, sign, join) {
  const values = step.inputs.map((index) => same(doc, index, choice));
  const result = values.reduce(join);
  const parts = values.flatMap((value, i) => [...(i ? [sign] : []), value]);
  const words = step.inputs.flatMap((index, i) => [
    i > 0 && ` ${sign} `,
    before(values[i]),
    h("small", {}, ` ${doc.steps[index].name}`),
  ]);
  return [equation(...parts, "=", result), said(...words, " = ", total(result))];
}

/** The whole output. @param {Doc} doc @param {Step} step @param {Float32Array[]} inputs @param {Join} join */
export function joined(doc, step, inputs, join) {
  const { channels, height, width } = step.shape;
  const result = new Float32Array(channels * height * width);
  if (inputs.length === 2 && inputs.every((x) => x.length === result.length)) {
    const [a, b] = inputs;
    for (let i = 0; i < result.length; i++) result[i] = join(a[i], b[i]);
    return result;
  }
  const readers = inputs.map((x, k) => reader(x, doc.steps[step.inputs[k]].shape, step.shape));
  for (let i = 0; i < result.length; i++) {
    let value = readers[0](i);
    for (let k = 1; k < readers.length; k++) value = join(value, readers[k](i));
    result[i] = value;
  }
  return result;
}

/**
 * An input's value for the output's number i; an input with one row, column or map lends it to all.
 * @param {Float32Array} x @param {import("../../types.js").Shape} from @param {import("../../types.js").Shape} to
 * @returns {(i: number) => number}
 */
function reader(x, from, { channels, height, width }) {
  if (x.length === channels * height * width) return (i) => x[i];
  return (i) => {
    const channel = from.channels === 1 ? 0 : Math.floor(i / (height * width));
    const y = from.height === 1 ? 0 : Math.floor(i / width) % height;
    return x[(channel * from.height + y) * from.width + (from.width === 1 ? 0 : i % width)];
  };
}

/**
 * The places of the output that read a value of an input: its own, or all those that it is lent to.
 * @param {Doc} doc @param {Step} step @param {number} position @param {import("../../types.js").Place} place
 */
export function lent(doc, step, position, place) {
  const [from, to] = [doc.steps[step.inputs[position]].shape, step.shape];
  if (countOf(from) === countOf(to)) return [placeOf(to, numberOf(from, place))];
  const along = (/** @type {"channels" | "height" | "width"} */ side, /** @type {number} */ own) =>
    from[side] === 1 ? Array.from({ length: to[side] }, (_, i) => i) : [own];
  return along("channels", place.channel).flatMap((channel) =>
    along("height", place.y).flatMap((y) => along("width", place.x).map((x) => ({ channel, y, x }))),
  );
}

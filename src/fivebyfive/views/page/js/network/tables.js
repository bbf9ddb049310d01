// Where every value of a step reads, as one number for each (see sums/places.js), and whole operands by such numbers.

import { countOf } from "../sums/places.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Shape} Shape
 * @typedef {{values: Float32Array, base: Int32Array | null, along: ArrayLike<number>}} Operand `base`: of each value
 *   of the output the first place that it reads, its own place without one; `along`: the distances to the others
 */

/** Tables that stayed what they were, written out. @type {WeakMap<object, Int32Array>} */
const WRITTEN = new WeakMap();

/**
 * A table written out: the place that each value of the output reads, less than 0 for nowhere; null without a table.
 * @param {Doc} doc @param {string} name @param {Shape} shape of the step's output @returns {Int32Array | null}
 */
export function tableOf(doc, name, shape) {
  const table = doc.buffers.get(name);
  if (!table) return null;
  if (doc.shapes.get(name)?.length === 3) return /** @type {Int32Array} */ (table);
  const known = WRITTEN.get(table) ?? written(table, shape);
  WRITTEN.set(table, known);
  return known;
}

/** Three lists, added up. @param {ArrayLike<number>} table @param {Shape} shape */
function written(table, shape) {
  const { channels, height, width } = shape;
  const result = new Int32Array(countOf(shape));
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const first = table[c] + table[channels + y];
      for (let x = 0; x < width; x++) result[i++] = first + table[channels + height + x];
    }
  }
  return result;
}

/**
 * An operand as a whole; null where its numbers are not here.
 * @param {Doc} doc @param {Step} step @param {number} k which operand @param {Float32Array[]} inputs of the step
 * @returns {Operand | null}
 */
export function operandOf(doc, step, k, inputs) {
  const { input, buffer } = step.attributes.operands[k];
  const values = input === undefined ? doc.numbers(`${buffer}/${step.index}`) : inputs[input];
  return values && readFrom(doc, step, k, values);
}

/**
 * Numbers as an operand.
 * @param {Doc} doc @param {Step} step @param {number} k which operand @param {Float32Array} values @returns {Operand}
 */
export function readFrom(doc, step, k, values) {
  const along = doc.buffers.get(`along-${k}/${step.index}`) ?? [0];
  return { values, base: tableOf(doc, `base-${k}/${step.index}`, step.shape), along };
}

/**
 * Two operands joined place by place.
 * @param {Operand} a @param {Operand} b @param {number} count of the output
 * @param {(a: number, b: number) => number} join
 */
export function placeByPlace(a, b, count, join) {
  const result = new Float32Array(count);
  for (let i = 0; i < count; i++) result[i] = join(valueAt(a, i), valueAt(b, i));
  return result;
}

/** The one value of an operand for a value of the output. @param {Operand} operand @param {number} i */
export function valueAt({ values, base }, i) {
  return values[base ? base[i] : i];
}

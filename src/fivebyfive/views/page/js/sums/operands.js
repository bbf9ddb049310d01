// What a value is made of, operand by operand: where each finds its numbers, and at which places (see operands.py).

import { lookup, numberOf, placeOf, somewhere } from "./places.js";

/**
 * @typedef {import("../types.js").Place} Place @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {{value: number, place: Place | null, position: number}} Found a value, where it stands in the input of
 *   this position; a constant has no place, and the position −1
 */

/**
 * The numbers that an operand is read from, and which input's they are; null where they are not here.
 * @param {Doc} doc @param {Step} step @param {number} k which operand
 */
function numbersOf(doc, step, k) {
  const { input, buffer } = step.attributes.operands[k];
  const values = input === undefined ? doc.numbers(`${buffer}/${step.index}`) : doc.output(step.inputs[input]);
  const shape = input === undefined ? null : doc.steps[step.inputs[input]].shape;
  return values && { values, shape, position: input ?? -1 };
}

/**
 * The values of operand `k` that go into the value at a place, in order; null where they are not here.
 * @param {Doc} doc @param {Step} step @param {number} k @param {Place} at @returns {Found[] | null}
 */
export function read(doc, step, k, at) {
  const numbers = numbersOf(doc, step, k);
  if (!numbers) return null;
  const { values, shape, position } = numbers;
  const base = lookup(doc, `base-${k}/${step.index}`, step.shape)?.(at) ?? numberOf(step.shape, at);
  const along = doc.buffers.get(`along-${k}/${step.index}`) ?? [0];
  return Array.from(along, (/** @type {number} */ far) => {
    const place = base + far;
    if (!somewhere(base)) return { value: 0, place: null, position };
    return { value: values[place], place: shape && placeOf(shape, place), position };
  });
}

/**
 * The same as plain numbers, for the many that a picture needs.
 * @param {Doc} doc @param {Step} step @param {number} k @param {Place} at @returns {Float64Array | null}
 */
export function numbersAt(doc, step, k, at) {
  const numbers = numbersOf(doc, step, k);
  const base = lookup(doc, `base-${k}/${step.index}`, step.shape)?.(at) ?? numberOf(step.shape, at);
  const along = doc.buffers.get(`along-${k}/${step.index}`) ?? [0];
  return numbers && Float64Array.from(along, (/** @type {number} */ far) => numbers.values[base + far]);
}

/**
 * How to find the one value of operand `k` that goes into the value at a place; null where they are not here.
 * @param {Doc} doc @param {Step} step @param {number} k @returns {((at: Place) => number) | null}
 */
export function reader(doc, step, k) {
  const numbers = numbersOf(doc, step, k);
  const base = lookup(doc, `base-${k}/${step.index}`, step.shape);
  return numbers && ((at) => numbers.values[base?.(at) ?? numberOf(step.shape, at)]);
}

/** What an operand is called. @param {Doc} doc @param {Step} step @param {number} k */
export function nameOf(doc, step, k) {
  const { input, buffer } = step.attributes.operands[k];
  if (input !== undefined) return doc.steps[step.inputs[input]].name;
  return buffer === "weight" ? "its weights" : "a constant";
}

/**
 * A value, weighed, as one term of a sum.
 * @param {Found} found @param {number} weight @param {Found | null} [by] where the weight stands
 * @returns {import("../types.js").Term}
 */
export function weighed({ value, place, position }, weight, by = null) {
  const at = place ?? { channel: 0, y: 0, x: 0 };
  return { ...at, value, weight, product: value * weight, padding: false, input: position, by: by ?? undefined };
}

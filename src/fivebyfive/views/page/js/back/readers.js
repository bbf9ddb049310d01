// Operands (see sums/operands.js), seen from the other side: which values of the output read a value of an operand.

import { countOf, lookup, numberOf, placeOf, somewhere } from "../sums/places.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Place} Place @typedef {import("./sum.js").Grows} Grows
 * @typedef {Place & {nth: number}} Reader a place of the output, and as which of the operand's values it reads there
 */

/**
 * The places of the output that read value `number` of operand `k`.
 * @param {Doc} doc @param {Step} step @param {number} k @param {number} number @returns {Reader[]}
 */
export function readersOf(doc, step, k, number) {
  const base = lookup(doc, `base-${k}/${step.index}`, step.shape);
  const along = doc.buffers.get(`along-${k}/${step.index}`) ?? [0];
  const nths = new Map(Array.from(along, (/** @type {number} */ far, i) => [far, i]));
  const found = [];
  for (let i = 0; i < countOf(step.shape); i++) {
    const at = placeOf(step.shape, i);
    const first = base ? base(at) : i;
    const nth = somewhere(first) ? nths.get(number - first) : undefined;
    if (nth !== undefined) found.push({ ...at, nth });
  }
  return found;
}

/**
 * How to find value `nth` of operand `k` for a place of the output; null where the numbers are not here.
 * @param {Doc} doc @param {Step} step @param {number} k @returns {((at: Place, nth?: number) => number) | null}
 */
export function operand(doc, step, k) {
  const { input, buffer } = step.attributes.operands[k];
  const values = input === undefined ? doc.numbers(`${buffer}/${step.index}`) : doc.output(step.inputs[input]);
  const base = lookup(doc, `base-${k}/${step.index}`, step.shape);
  const along = doc.buffers.get(`along-${k}/${step.index}`) ?? [0];
  return values && ((at, nth = 0) => values[(base?.(at) ?? numberOf(step.shape, at)) + along[nth]]);
}

/**
 * What grows with a value of the input at `position`: for each operand that is this input, what `weigh` gives for each
 * of its readers; null where `weigh` cannot tell.
 * @param {Doc} doc @param {Step} step @param {number} position @param {Place} place in that input
 * @param {(k: number, reader: Reader) => number | null} weigh @returns {Grows[] | null}
 */
export function read(doc, step, position, place, weigh) {
  const number = numberOf(doc.steps[step.inputs[position]].shape, place);
  /** @type {Grows[]} */
  const found = [];
  for (const [k, one] of step.attributes.operands.entries()) {
    if (one.input !== position) continue;
    for (const reader of readersOf(doc, step, k, number)) {
      const weight = weigh(k, reader);
      if (weight === null) return null;
      found.push({ channel: reader.channel, y: reader.y, x: reader.x, weight });
    }
  }
  return found;
}

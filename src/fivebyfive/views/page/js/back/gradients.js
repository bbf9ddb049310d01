// The gradients of a document: how much the loss grows with each value, in the places of the values themselves.

import { Doc } from "../document/document.js";

/**
 * @typedef {import("../choice/store.js").Choice} Choice @typedef {import("../types.js").Place} Place
 * @typedef {{mean: number | string, most: number | string, zeros: number, count: number}} Size of a gradient: the root
 *   of its mean square, its largest number, how many are 0; a number that is not finite is a word
 * @typedef {{consumers: number[], words: string[], size: Size | null}} Told of a step; consumers from the number of
 *   steps on are the loss's own
 * @typedef {{loss: number | string, label: {index: number, name: string} | null, chosen?: string,
 *   softmax: {step: number, pictures: number} | null, losses: {name: string, op: string}[], steps: Told[],
 *   weights: Record<string, {name: string, learns: boolean, others: string[]}>, pictures: number,
 *   same?: Record<number, number>, rounded?: number[]}} Way `same`: of steps whose gradient is that of a later step,
 *   that step; `rounded`: the steps of whose way back a file holds something in half precision
 */

/** The way back as the document has it, or null. @param {Doc} doc @returns {Way | null} */
export function wayOf(doc) {
  return doc.fields.back ?? null;
}

/** Whether the page shows the way back now: it is asked for, and its numbers are there. @param {Doc} doc
 * @param {Choice} choice */
export function goingBack(doc, choice) {
  return choice.way === "back" && wayOf(doc) !== null;
}

/**
 * The gradient of a step, which may be a later step's too; null where it is not here.
 * @param {Doc} doc @param {number} step @returns {Float32Array | null}
 */
export function gradientOf(doc, step) {
  return doc.numbers(`gradient/${wayOf(doc)?.same?.[step] ?? step}`);
}

/** One number of a gradient; NaN where it is not here. @param {Doc} doc @param {number} step @param {Place} at */
export function gradientAt(doc, step, { channel, y, x }) {
  const { height, width } = doc.steps[step].shape;
  return gradientOf(doc, step)?.[(channel * height + y) * width + x] ?? NaN;
}

/** The same document with gradients in place of outputs, to be drawn. */
class Gradients extends Doc {
  /** @param {number} step @returns {Float32Array | null} */
  output(step) {
    return gradientOf(this, step);
  }

  /** @param {number} step @param {number} channel */
  map(step, channel) {
    if (this.output(step)) return super.map(step, channel);
    const { height, width } = this.steps[step].shape;
    return { values: new Float32Array(height * width), height, width, whole: false };
  }

  /** @param {number} step */
  measure(step) {
    return this.output(step) ? super.measure(step) : new Float32Array(this.steps[step].shape.channels);
  }

  /** A gradient is no picture. */
  gray() {
    return false;
  }
}

/**
 * Whether the way back of one step through another is right to three digits only, for a file.
 * @param {Doc} doc @param {number[]} steps
 */
export function roughBack(doc, ...steps) {
  const rounded = wayOf(doc)?.rounded ?? [];
  return steps.some((index) => rounded.includes(index) || doc.rounded(index));
}

/** @type {WeakMap<Doc, {version: number, made: Gradients}>} */
const MADE = new WeakMap();

/** @param {Doc} doc @returns {Doc} */
export function asGradients(doc) {
  let held = MADE.get(doc);
  if (!held || held.version !== doc.version) {
    held = { version: doc.version, made: new Gradients(doc, doc.kinds) };
    MADE.set(doc, held);
  }
  return held.made;
}

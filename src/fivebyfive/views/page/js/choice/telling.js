// The most telling value of every step: from the answer back, always along the strongest product. The same as
// explain/telling.py, from the document's buffers.

import { ALL, EACH, relationOf } from "../document/relations.js";
import { numberOf, placeOf } from "../sums/places.js";

/**
 * @typedef {import("../types.js").Place} Place @typedef {import("../types.js").Step} Step
 * @typedef {import("../document/document.js").Doc} Doc
 */

/** @type {WeakMap<Doc, {version: number, places: Place[]}>} */
const KEPT = new WeakMap();

/**
 * A place in each step: never that of a 0 while there is another value. A step that several later ones take is entered
 * from the nearest of them; one that the answer is not computed from has the value that is farthest from 0.
 * @param {Doc} doc @returns {Place[]}
 */
export function telling(doc) {
  const kept = KEPT.get(doc);
  if (kept?.version === doc.version) return kept.places;
  const places = found(doc);
  KEPT.set(doc, { version: doc.version, places });
  return places;
}

/** @param {Doc} doc */
function found(doc) {
  /** @type {Map<number, Place>} */
  const reached = new Map(ends(doc).map((step) => [step.index, answer(doc, step)]));
  for (const step of [...doc.steps].reverse()) {
    const at = reached.get(step.index);
    if (!at) continue;
    strongest(doc, step, at).forEach((place, position) => {
      const input = step.inputs[position];
      if (place && valueAt(doc, input, place) !== 0) reached.set(input, place);
    });
  }
  return doc.steps.map((step) => reached.get(step.index) ?? farthest(doc, step));
}

/** @param {Doc} doc */
function ends(doc) {
  const outputs = doc.steps.filter((step) => step.kind === "output");
  return outputs.length ? outputs : doc.steps.slice(-1);
}

/**
 * The winning class, where the output is a list of classes; else the largest value.
 * @param {Doc} doc @param {Step} step
 */
function answer(doc, step) {
  const [first] = doc.answers;
  const { classes } = doc.structure;
  if (!first || !step.shape.flat || step.shape.channels !== classes.length) return largest(doc, step);
  const winner = { channel: Math.max(classes.indexOf(first.label), 0), y: 0, x: 0 };
  return valueAt(doc, step.index, winner) === 0 ? farthest(doc, step) : winner;
}

/** @param {Doc} doc @param {Step} step */
function largest(doc, step) {
  const output = doc.output(step.index);
  const best = output ? most(output, (value) => value) : -1;
  return output?.[best] ? placeOf(step.shape, best) : farthest(doc, step);
}

/**
 * Where the value is farthest from 0, the first of several; without values the middle of the liveliest map.
 * @param {Doc} doc @param {Step} step @param {number | null} [map] the one to look at @returns {Place}
 */
export function farthest(doc, step, map = null) {
  const output = doc.output(step.index);
  const { channels, height, width } = step.shape;
  if (output) {
    const first = (map ?? 0) * height * width;
    const looked = map === null ? output : output.subarray(first, first + height * width);
    return placeOf(step.shape, first + Math.max(most(looked, Math.abs), 0));
  }
  const spreads = doc.spreadOf(step.index);
  const liveliest = channels ? Math.max(most(spreads, Number), 0) : 0;
  return { channel: map ?? liveliest, y: Math.floor(height / 2), x: Math.floor(width / 2) };
}

/**
 * Which one has most, the first of several; −1 where none has a number.
 * @template T @param {ArrayLike<T>} all @param {(one: T) => number} measure
 */
function most(all, measure) {
  let [best, at] = [-Infinity, -1];
  for (let i = 0; i < all.length; i++) {
    const size = measure(all[i]);
    if (size > best || (at < 0 && size === best)) [best, at] = [size, i];
  }
  return at;
}

/** A value; NaN where it is not known. @param {Doc} doc @param {number} index @param {Place} at */
function valueAt(doc, index, at) {
  return doc.output(index)?.[numberOf(doc.steps[index].shape, at)] ?? NaN;
}

/**
 * Of each input the place of the strongest term behind a value; null where none is known.
 * @param {Doc} doc @param {Step} step @param {Place} at @returns {(Place | null)[]}
 */
export function strongest(doc, step, at) {
  const kind = doc.kindOf(step);
  const terms = doc.sum(step, at)?.terms ?? [];
  const direction = valueAt(doc, step.index, at) < 0 ? -1 : 1;
  return step.inputs.map((_, position) => {
    if (terms.length) {
      return strongestTerm(
        terms.filter((t) => !t.padding && (t.input ?? 0) === position),
        direction,
      );
    }
    if (kind.sum) return null;
    return kind.origin ? kind.origin(doc, step, at, position) : samePlace(doc, step, at, position);
  });
}

/**
 * The product that adds most to the value, whichever way that goes; where none does, the largest.
 * @param {import("../types.js").Term[]} terms @param {number} direction @returns {Place | null}
 */
function strongestTerm(terms, direction) {
  const products = terms.map(({ product }) => (Number.isFinite(product) ? product : 0));
  const along = most(products, (product) => direction * product);
  const best = direction * products[along] > 0 ? along : most(products, Math.abs);
  return products[best] ? { channel: terms[best].channel, y: terms[best].y, x: terms[best].x } : null;
}

/**
 * Where a step works value by value: the same place, of an input's only row, column or map that one. So it is taken to
 * be where the page does not know the step, and its input is as large.
 * @param {Doc} doc @param {Step} step @param {Place} at @param {number} position @returns {Place | null}
 */
function samePlace(doc, step, at, position) {
  const { shape } = doc.steps[step.inputs[position]];
  const relation = step.attributes.form === "" && shape.channels === step.shape.channels ? EACH : relationOf(doc, step);
  const span = relation === ALL ? null : relation.read(doc, step, position, at.channel);
  const fits = (/** @type {"height" | "width"} */ side) => shape[side] === 1 || shape[side] === step.shape[side];
  if (!span || !fits("height") || !fits("width")) return null;
  const own = span.from <= at.channel && at.channel < span.to;
  const channel = own && at.channel < shape.channels ? at.channel : span.from;
  return { channel, y: shape.height === 1 ? 0 : at.y, x: shape.width === 1 ? 0 : at.x };
}

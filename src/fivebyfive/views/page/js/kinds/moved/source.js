// Where each value of a step that only moves values came from: one of its inputs, a constant, or nowhere.

import { tableOf } from "../../network/tables.js";
import { countOf, lookup, placeOf, somewhere } from "../../sums/places.js";

/**
 * @typedef {import("../../types.js").Step<any>} Step @typedef {import("../../types.js").Place} Place
 * @typedef {import("../../document/document.js").Doc} Doc
 * @typedef {{position: number, number: number}} Source `position` of the input, or the number of inputs for the
 *   constants; `number` of the value there
 * @typedef {import("../../document/relations.js").Span} Span
 */

/**
 * Where a place among those of all inputs is.
 * @param {Doc} doc @param {Step} step @param {number} number @returns {Source}
 */
function apart(doc, step, number) {
  let position = 0;
  while (position < step.inputs.length && number >= countOf(doc.steps[step.inputs[position]].shape)) {
    number -= countOf(doc.steps[step.inputs[position]].shape);
    position += 1;
  }
  return { position, number };
}

/** Null where nothing moved to. @param {Doc} doc @param {Step} step @param {Place} at @returns {Source | null} */
export function sourceOf(doc, step, at) {
  const number = lookup(doc, `from/${step.index}`, step.shape)?.(at) ?? -1;
  return somewhere(number) ? apart(doc, step, number) : null;
}

/**
 * Where a value of an input went first; null where it went nowhere.
 * @param {Doc} doc @param {Step} step @param {number} position @param {number} number @returns {Place | null}
 */
export function destination(doc, step, position, number) {
  return destinations(doc, step, position, number, 1)?.[0] ?? null;
}

/**
 * Everywhere that a value of an input went to.
 * @param {Doc} doc @param {Step} step @param {number} position @param {number} number
 * @param {number} [most] places that are looked for @returns {Place[] | null}
 */
export function destinations(doc, step, position, number, most = Infinity) {
  const found = lookup(doc, `from/${step.index}`, step.shape);
  const before = step.inputs.slice(0, position).reduce((sum, index) => sum + countOf(doc.steps[index].shape), 0);
  if (!found) return null;
  const all = [];
  for (let i = 0; i < countOf(step.shape) && all.length < most; i++) {
    const at = placeOf(step.shape, i);
    if (found(at) === before + number) all.push(at);
  }
  return all;
}

/** The whole output. @param {Doc} doc @param {Step} step @param {Float32Array[]} inputs */
export function moved(doc, step, inputs) {
  const from = tableOf(doc, `from/${step.index}`, step.shape);
  if (!from) return null;
  const filled = doc.numbers(`filled/${step.index}`)?.[0] ?? 0;
  const constants = doc.numbers(`constant/${step.index}`);
  const all = inputs.length === 1 && !constants ? inputs[0] : together(constants ? [...inputs, constants] : inputs);
  const result = new Float32Array(from.length);
  for (let i = 0; i < from.length; i++) result[i] = from[i] >= 0 ? all[from[i]] : filled;
  return result;
}

/** One behind the other. @param {Float32Array[]} parts */
export function together(parts) {
  const all = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

/** @type {WeakMap<Doc, Map<string, (Set<number>)[][]>>} */
const KNOWN = new WeakMap();

/**
 * Of each input's each channel, the output's channels that its values move to.
 * @param {Doc} doc @param {Step} step @returns {Set<number>[][]}
 */
function spread(doc, step) {
  const known = KNOWN.get(doc) ?? new Map();
  KNOWN.set(doc, known);
  const key = `${step.index} ${doc.version}`;
  if (!known.has(key)) known.set(key, measured(doc, step));
  return known.get(key);
}

/** @param {Doc} doc @param {Step} step */
function measured(doc, step) {
  const result = step.inputs.map((index) => Array.from({ length: doc.steps[index].shape.channels }, () => new Set()));
  for (let i = 0; i < countOf(step.shape); i++) {
    const at = placeOf(step.shape, i);
    const source = sourceOf(doc, step, at);
    if (!source || source.position === step.inputs.length) continue;
    const { shape } = doc.steps[step.inputs[source.position]];
    result[source.position][placeOf(shape, source.number).channel].add(at.channel);
  }
  return result;
}

/** Channels as a span that holds them all. @param {number[]} channels @returns {Span | null} */
function spanOf(channels) {
  if (!channels.length) return null;
  const sorted = [...channels].sort((a, b) => a - b);
  const by = sorted.length > 1 ? sorted[1] - sorted[0] : 1;
  const even = sorted.every((c, i) => c === sorted[0] + i * by);
  return { from: sorted[0], to: sorted[sorted.length - 1] + 1, by: even ? by : 1 };
}

/** @type {import("../../document/relations.js").Relation<any>} */
export const MOVED = {
  read: (doc, step, position, channel) =>
    spanOf(spread(doc, step)[position].flatMap((written, own) => (written.has(channel) ? [own] : []))),
  written: (doc, step, position, channel) => spanOf([...spread(doc, step)[position][channel]]),
};

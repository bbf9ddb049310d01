// What stands beside the page's own picture: another trace that a file holds (against.py), or what the page showed when
// the reader kept it. A is the page's own, B the other.

import { apart, relative } from "./apart.js";
import { sizes } from "../draw/format.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step
 * @typedef {import("./apart.js").Apart} Apart
 * @typedef {{step: Step, name: string, size: string, apart: Apart | null, came: number | null, alike: boolean}} Pair
 *   a step of A and what B has there; `came`: how far apart what goes into both is at most, null where that is not
 *   known; `alike`: both are the same picture, whatever their shapes
 * @typedef {{names: [string, string], pairs: (Pair | null)[], only: string[], count: number,
 *   answers: import("../types.js").Answer[], output: (step: number) => Float32Array | null,
 *   rounded: (step: number) => boolean}} Beside `pairs`: for each step of A; `only`: the steps of B alone; `count`:
 *   how many steps B has; `output`: B's, beside a step of A
 * @typedef {{names: [string, string], steps: Step[], output: (step: number) => Float32Array | null,
 *   answers: import("../types.js").Answer[]}} Kept `output`: of its own steps
 */

/** A number as JSON has it; one that is not finite is a word. @param {number | string} told */
function numeral(told) {
  if (typeof told === "number") return told;
  return told === "inf" ? Infinity : told === "-inf" ? -Infinity : NaN;
}

/** The other trace that a file holds; null where it holds none. @param {Doc} doc @returns {Beside | null} */
export function written(doc) {
  const told = doc.fields.against;
  if (!told) return null;
  const pairs = doc.steps.map((step) => {
    const found = told.steps[step.index];
    if (!found) return null;
    const { name, size, came, alike, apart: far } = found;
    const numbers = far && {
      size: numeral(far.size),
      difference: numeral(far.difference),
      largest: numeral(far.largest),
      at: far.at,
    };
    return { step, name, size, apart: numbers, came: came === null ? null : numeral(came), alike };
  });
  return {
    names: told.names,
    pairs,
    only: told.only,
    count: told.count,
    answers: told.answers,
    output: (step) => doc.numbers(`against-output/${step}`),
    rounded: (step) => told.rounded.includes(step),
  };
}

/** All that the page shows now, to be compared with later. @param {Doc} doc @returns {Kept} */
export function keep(doc) {
  const outputs = doc.steps.map(({ index }) => doc.output(index)?.slice() ?? null);
  const names = /** @type {[string, string]} */ (["this picture", "the one kept"]);
  return { names, steps: doc.steps, output: (step) => outputs[step] ?? null, answers: doc.answers };
}

/** The network as in the code, under what the reader changed of it. @param {Doc} doc @returns {Kept} */
export function asInTheCode(doc) {
  const own = doc.own();
  return {
    names: ["with the change", "as in the code"],
    steps: own.steps,
    output: (step) => own.output(step),
    answers: own.answers,
  };
}

/**
 * What was kept beside what the page shows now; the network may have taken another way since.
 * @param {Doc} doc @param {Kept} kept @returns {Beside}
 */
export function besideKept(doc, kept) {
  const partners = doc.steps.map((step) => partnerOf(step, kept.steps));
  const taken = new Set(partners);
  /** @type {(Pair | null)[]} */
  const pairs = [];
  for (const step of doc.steps) {
    const other = partners[step.index];
    const same = other !== null && sizes(other.shape) === sizes(step.shape);
    const found = same ? apart(doc.output(step.index), kept.output(other.index), step.shape) : null;
    const came = other && cameIn(step, other, pairs, partners);
    pairs.push(other && { step, name: other.name, size: sizes(other.shape), apart: found, came, alike: false });
  }
  return {
    names: kept.names,
    pairs,
    only: kept.steps.filter((step) => !taken.has(step)).map((step) => step.name),
    count: kept.steps.length,
    answers: kept.answers,
    output: (step) => kept.output(partners[step]?.index ?? -1),
    rounded: () => false,
  };
}

/** The step of the same name and operation, which nearly always has the same place. @param {Step} step
 * @param {Step[]} others */
function partnerOf(step, others) {
  const alike = (/** @type {Step | undefined} */ other) => other?.name === step.name && other.op === step.op;
  return alike(others[step.index]) ? others[step.index] : (others.find(alike) ?? null);
}

/**
 * How far apart what goes into both is at most.
 * @param {Step} step @param {Step} other @param {(Pair | null)[]} pairs @param {(Step | null)[]} partners
 */
function cameIn(step, other, pairs, partners) {
  if (step.inputs.length !== other.inputs.length) return null;
  let most = 0;
  for (const [i, input] of step.inputs.entries()) {
    const found = pairs[input]?.apart;
    const far = found ? relative(found) : NaN;
    if (partners[input]?.index !== other.inputs[i] || Number.isNaN(far)) return null;
    most = Math.max(most, far);
  }
  return most;
}

// The way back of one number: every later value that hangs on it, the gradient there, how much that value grows with
// this one, and their product. All products add up to the gradient here: the chain rule.

import { shareOf } from "./share.js";
import { remembering } from "./remember.js";
import { gradientAt, gradientOf, roughBack, wayOf } from "./gradients.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step
 * @typedef {import("../types.js").Place} Place
 * @typedef {Place & {weight: number}} Grows a later value, and how much it grows with the one that is asked about
 * @typedef {{some: Grows[], left: number}} Some of them, the strongest, and how many are left
 * @typedef {Grows[] | Some | null} Grown null where it is not known
 * @typedef {Grows & {value: number, product: number, padding: boolean}} BackTerm `value`: the gradient there
 * @typedef {{step: Step | null, name: string, terms: BackTerm[], total: number, left: number, unknown: string}}
 *   Part of the sum that one later step passes back; null is the loss; `left`: terms that count in the total alone;
 *   `unknown`: why its terms are not here, or ""
 * @typedef {{parts: Part[], total: number, gradient: number, known: boolean, agrees: boolean,
 *   rough: boolean}} Back `known`: all parts are; `agrees`: they add up to the gradient; `rough`: to three digits
 */

/** How far the sum may be from autograd's number, as a part of all its terms' sizes. */
const ROUNDING = 1e-3;
/** The same where a file holds half precision. */
const ROUNDED = 0.05;

/** @type {ReturnType<typeof remembering<Back>>} */
const remembered = remembering();

/** @param {Doc} doc @param {Step} step @param {Place} at @returns {Back} */
export function passedBack(doc, step, at) {
  return remembered(doc, `${step.index} ${at.channel} ${at.y} ${at.x}`, () => madeOf(doc, step, at));
}

/** @param {Doc} doc @param {Step} step @param {Place} at @returns {Back} */
function madeOf(doc, step, at) {
  const way = wayOf(doc);
  const gradient = gradientAt(doc, step.index, at);
  const parts = (way?.steps[step.index].consumers ?? []).flatMap((index) => partOf(doc, step, index, at) ?? []);
  const cut = parts.filter((part) => part.left);
  const known = parts.every((part) => !part.unknown) && cut.length < 2;
  for (const part of known ? cut : []) part.total += gradient - sumOf(parts);
  const total = sumOf(parts);
  const size = parts.flatMap((part) => part.terms).reduce((sum, term) => sum + Math.abs(term.product), 0);
  const rough = roughBack(doc, step.index, ...parts.flatMap((part) => part.step?.index ?? []));
  const rounding = rough ? ROUNDED : ROUNDING;
  const agrees = known && !(Math.abs(total - gradient) > rounding * Math.max(size, Math.abs(gradient)) + 1e-30);
  return { parts, total, gradient, known, agrees, rough };
}

/** @param {Part[]} parts */
const sumOf = (parts) => parts.reduce((sum, part) => sum + part.total, 0);

/**
 * What one later step passes back; null where nothing comes back from there.
 * @param {Doc} doc @param {Step} step @param {number} index of the later step @param {Place} at @returns {Part | null}
 */
function partOf(doc, step, index, at) {
  const later = doc.steps[index];
  if (!later) return ofLoss(doc, step, index - doc.steps.length, at);
  const { size } = /** @type {import("./gradients.js").Way} */ (wayOf(doc)).steps[index];
  if (!size) return null;
  const part = { step: later, name: later.name, terms: [], total: 0, left: 0 };
  if (!gradientOf(doc, index)) return { ...part, unknown: "its gradient is not in this file" };
  const grows = growing(doc, later, step.index, at);
  if (!grows) return { ...part, unknown: whyNot(doc, later) };
  const terms = grows.some.map((one) => weighed(one, gradientAt(doc, index, one)));
  return { ...part, terms, total: added(terms), left: grows.left, unknown: "" };
}

/** Why the page cannot tell. @param {Doc} doc @param {Step} later */
function whyNot(doc, later) {
  return doc.kindOf(later).back
    ? "what this step calculated with is not in this file"
    : "this page does not work out how this operation passes a gradient back";
}

/**
 * Which values of a step grow with a value of one that it took, and how much; null where the page cannot tell.
 * @param {Doc} doc @param {Step} later @param {number} from the index of the step before @param {Place} at
 * @returns {Some | null}
 */
export function growing(doc, later, from, at) {
  const { back } = doc.kindOf(later);
  if (!back) return null;
  /** @type {Grows[]} */
  const some = [];
  let left = 0;
  for (const [position, input] of later.inputs.entries()) {
    if (input !== from) continue;
    const found = back(doc, later, position, at);
    if (!found) return null;
    some.push(...(Array.isArray(found) ? found : found.some));
    left += Array.isArray(found) ? 0 : found.left;
  }
  return { some, left };
}

/**
 * The loss is one number, whose gradient is 1; of the cross-entropy, each answer counts with its share less what it
 * should be.
 * @param {Doc} doc @param {Step} step @param {number} which of the loss's own steps @param {Place} at @returns {Part}
 */
function ofLoss(doc, step, which, at) {
  const way = /** @type {import("./gradients.js").Way} */ (wayOf(doc));
  const name = way.losses[which]?.name ?? "loss";
  const numbers = doc.output(step.index);
  if (way.softmax?.step !== step.index || !numbers || !way.label) {
    return { step: null, name, terms: [], total: 0, left: 0, unknown: "this page does not work out the loss itself" };
  }
  const right = Number(at.channel === way.label.index);
  const weight = (shareOf(numbers, at.channel).share - right) / way.softmax.pictures;
  const term = weighed({ channel: 0, y: 0, x: 0, weight }, 1);
  return { step: null, name, terms: [term], total: term.product, left: 0, unknown: "" };
}

/** @param {Grows} grows @param {number} value @returns {BackTerm} */
function weighed(grows, value) {
  return { ...grows, value, product: value * grows.weight, padding: false };
}

/** @param {BackTerm[]} terms */
export const added = (terms) => terms.reduce((sum, term) => sum + term.product, 0);

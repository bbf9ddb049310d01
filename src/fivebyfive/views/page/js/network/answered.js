// The answer of changed last numbers, by the same rules as the answer that the document has.

import { doubt, probabilities, ranking } from "./decide.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {{probabilities: Float32Array, ranking: number[], doubt: string}} Answered
 */

/** Logarithms of probabilities are logits too. */
const KINDS = ["logits", "probabilities", "yes-or-no"];

/**
 * Which step is the answer, and what it gives (outputs.py): as the document says, or else as its probabilities show.
 * @param {Doc} doc with a picture's numbers @returns {{step: number, kind: string} | null}
 */
export function answering(doc) {
  const rules = doc.fields.standalone;
  if (rules) return rules.answer === null ? null : { step: rules.answer, kind: rules.outputs };
  const given = doc.numbers("probabilities");
  const step = doc.steps.length - 1;
  const last = doc.output(step);
  if (!given || last?.length !== given.length) return null;
  const near = (/** @type {number[] | null} */ found) => found?.every((p, i) => Math.abs(p - given[i]) < 1e-5);
  const kind = KINDS.find((name) => near(probabilities(last, name)));
  return kind === undefined ? null : { step, kind };
}

/**
 * The answer that numbers give; null where one of them is none.
 * @param {ArrayLike<number>} numbers @param {string} kind @param {string[]} classes @returns {Answered | null}
 */
export function answered(numbers, kind, classes) {
  const shares = probabilities(numbers, kind);
  if (!shares) return null;
  const order = ranking(shares, classes);
  return {
    probabilities: Float32Array.from(shares),
    ranking: order,
    doubt: doubt(classes[order[0]] ?? String(order[0]), shares[order[0]], classes),
  };
}

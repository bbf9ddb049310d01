// Steps whose units have names: the classes, from the last layer to the answer; and what softmax makes of the last.

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step */

/**
 * The step that the answer is read from: the first that the network returns, or else the last.
 * @param {Step[]} steps
 */
export function returned(steps) {
  return steps.find((step) => step.kind === "output") ?? steps[steps.length - 1];
}

/**
 * The steps whose units are the classes: the answer, and back from it what has one number for each class.
 * @param {Step[]} steps @param {string[]} classes @returns {Set<number>}
 */
export function namedSteps(steps, classes) {
  /** @type {Set<number>} */
  const named = new Set();
  let step = returned(steps);
  while (step && classes.length > 1 && step.shape.flat && step.shape.channels === classes.length) {
    named.add(step.index);
    if (step.inputs.length !== 1) break;
    step = steps[step.inputs[0]];
  }
  return named;
}

/**
 * The probabilities, where softmax made them of the network's last numbers: these are logits, and no probabilities yet.
 * @param {Doc} doc @returns {Float32Array | null}
 */
export function softmaxed(doc) {
  const last = returned(doc.steps);
  const probabilities = doc.numbers("probabilities");
  const logits = doc.output(last.index);
  if (last.kind !== "output" || !last.shape.flat || !probabilities || !logits) return null;
  if (logits.length !== probabilities.length) return null;
  return probabilities.some((p, i) => Math.abs(p - logits[i]) > 1e-6) ? probabilities : null;
}

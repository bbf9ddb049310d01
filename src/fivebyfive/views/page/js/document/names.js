// What a step is called where its name alone does not tell what it does: "features.0 · conv2d".

/** @typedef {{name: string, op: string}} Named */

/**
 * The operation of a step whose name ends in a number, as the layers of an `nn.Sequential` do; else "".
 * @param {Named} step
 */
export function unsaid({ name, op }) {
  const last = name.split("#")[0].split(".").pop() ?? "";
  return /^\d+$/.test(last) ? op.replace(/^_+|_+$/g, "") : "";
}

/** @param {Named} step */
export function titled(step) {
  const op = unsaid(step);
  return op ? `${step.name} · ${op}` : step.name;
}

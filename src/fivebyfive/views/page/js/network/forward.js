// The whole network, on the page: every step from the picture and the parameters, as the trace has it.

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {Map<number, Float32Array>} Outputs of each step by its index, laid as in the document
 */

/** The steps that hang on the picture; all others are what they are. @param {Doc} doc @returns {Set<number>} */
export function hanging(doc) {
  const found = new Set();
  for (const { index, inputs } of doc.steps) if (!index || inputs.some((input) => found.has(input))) found.add(index);
  return found;
}

/**
 * The outputs of all steps, worked out from the picture, the first step's output, and the parameters.
 * @param {Doc} doc with all that running.py sends; its outputs are read only where they do not hang on the picture
 * @param {Float32Array} picture laid as `output/0` @returns {Outputs}
 * @throws {Error} a step cannot be worked out here; running.py says which before
 */
export function forward(doc, picture) {
  const hangs = hanging(doc);
  /** @type {Outputs} */
  const outputs = new Map([[0, picture]]);
  for (const step of doc.steps.slice(1)) {
    const inputs = step.inputs.map((input) => /** @type {Float32Array} */ (outputs.get(input)));
    const made = hangs.has(step.index) ? doc.kindOf(step).derive?.(doc, step, inputs) : doc.output(step.index);
    if (!made) throw new Error(`${step.name} (${step.op}) cannot be worked out on the page`);
    outputs.set(step.index, made);
  }
  return outputs;
}

/**
 * What these outputs bring a document: to be taken (`doc.take`), or sent.
 * @param {Doc} doc @param {Outputs} outputs @returns {import("../document/envelope.js").Envelope}
 */
export function brought(doc, outputs) {
  const buffers = new Map();
  const shapes = new Map();
  const hangs = hanging(doc);
  for (const [index, numbers] of outputs) {
    const { channels, height, width, flat } = doc.steps[index].shape;
    buffers.set(`output/${index}`, numbers);
    shapes.set(`output/${index}`, flat ? [channels] : [channels, height, width]);
    if (!index || !hangs.has(index)) continue;
    const step = doc.steps[index];
    const inputs = step.inputs.map((input) => /** @type {Float32Array} */ (outputs.get(input)));
    for (const { name, numbers: more, shape } of doc.kindOf(step).besides?.(doc, step, inputs) ?? []) {
      buffers.set(`${name}/${index}`, more);
      shapes.set(`${name}/${index}`, shape);
    }
  }
  return { fields: {}, buffers, shapes };
}

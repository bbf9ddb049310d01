// What if: the network with another window, another weight, another bias, or a map switched off. Everything behind the
// change is worked out anew, of other sizes where the change makes them so.

import { Doc } from "../document/document.js";
import { countOf } from "../sums/places.js";
import { resize } from "../kinds/convolution/filters.js";
import { fitting, sameSize } from "./sizes.js";

/**
 * @typedef {import("../types.js").Step<any>} Step @typedef {import("../types.js").Numbers} Numbers
 * @typedef {{kernel: import("../types.js").Pair, stride: import("../types.js").Pair,
 *   padding: import("../types.js").Sides, name: string}} NewWindow `name`: SAME and VALID hold for whatever comes in
 * @typedef {{window?: NewWindow, weights: Record<number, number>, biases: Record<number, number>,
 *   off: number[]}} Change of one step: weights and biases by their number in `weight/I` and `bias/I`, and the maps
 *   that are switched off
 * @typedef {Map<number, Change>} Changes by the step's index
 * @typedef {{steps: Step[], buffers: Map<string, Numbers>, shapes: Map<string, number[]>, gone: string[],
 *   stopped: {step: Step, why: string} | null}} Over what lies over the document; `gone`: what is not there then;
 *   `stopped`: the first step that cannot take what comes
 */

/** A step as nobody has changed it. @returns {Change} */
export const unchanged = () => ({ weights: {}, biases: {}, off: [] });

/** Whether a change changes anything. @param {Change} change */
export function isChanged({ window, weights, biases, off }) {
  return Boolean(window) || Object.keys(weights).length + Object.keys(biases).length + off.length > 0;
}

/** Multiply-adds that a page works out while somebody waits, in about a second. */
const MOST = 5e8;

/**
 * Whether the page can work out everything that hangs on a step, soon enough.
 * @param {Doc} doc @param {number} step
 */
export function canChange(doc, step) {
  const behind = new Set([step]);
  for (const { index, inputs } of doc.steps) if (inputs.some((input) => behind.has(input))) behind.add(index);
  const work = [...behind].reduce((sum, index) => sum + (doc.steps[index].macs ?? 0), 0);
  if (work > MOST) return false;
  return [...behind].every((index) => {
    const { computable, inputs, attributes } = doc.steps[index];
    return computable && inputs.every((input) => doc.output(input)) && held(doc, index, attributes.form);
  });
}

/** What a form cannot do without. @type {Record<string, string[]>} */
const NEEDED = {
  convolution: ["weight"],
  transposed: ["weight"],
  matrix: ["weight"],
  multi_head: ["query-weight"],
  recurrent: ["made"],
};

/** @param {Doc} doc @param {number} index @param {string} form */
function held(doc, index, form) {
  return (NEEDED[form] ?? []).every((name) => doc.buffers.has(`${name}/${index}`));
}

/**
 * The document with these changes.
 * @param {Doc} doc as in the code @param {Changes} changes @returns {Over}
 */
export function otherwise(doc, changes) {
  const steps = [...doc.steps];
  /** @type {Over} */
  const over = { steps, buffers: new Map(), shapes: new Map(), gone: [], stopped: null };
  const fields = { structure: { ...doc.structure, steps } };
  const made = new Doc({ fields, buffers: new Map(doc.buffers), shapes: new Map(doc.shapes) }, doc.kinds);
  /** @type {Map<number, Float32Array | null>} */
  const outputs = new Map();
  for (const step of doc.steps) {
    const change = changes.get(step.index);
    if (!change && !step.inputs.some((input) => outputs.has(input))) continue;
    const inputs = step.inputs.map((input) => (outputs.has(input) ? outputs.get(input) : doc.output(input)) ?? null);
    const output = inputs.includes(null) ? null : anew(doc, made, step, change, /** @type {any} */ (inputs), over);
    outputs.set(step.index, output);
    lay(over, step.index, output);
  }
  return over;
}

/**
 * One step, from its new inputs; null where it cannot take them.
 * @param {Doc} doc @param {Doc} made @param {Step} step @param {Change | undefined} change
 * @param {Float32Array[]} inputs
 * @param {Over} over
 */
function anew(doc, made, step, change, inputs, over) {
  const given = change ? withChange(doc, made, step, change, over) : step;
  const shapes = step.inputs.map((input) => over.steps[input].shape);
  const fits = fitting(
    given,
    shapes,
    step.inputs.map((input) => doc.steps[input].shape),
  );
  if (typeof fits === "string") {
    over.stopped ??= { step, why: fits };
    return null;
  }
  const { shape, attributes = given.attributes } = fits;
  const same = sameSize(shape, step.shape) && attributes === step.attributes;
  const now = same ? step : { ...step, shape, attributes, macs: scaled(step, shape, attributes) };
  over.steps[step.index] = now;
  const found = made.kindOf(now).derive?.(made, now, inputs) ?? null;
  if (!found) throw new Error(`${step.name} cannot be worked out on this page`);
  const output = change?.off.length ? switchedOff(found, shape, change.off) : found;
  for (const { name, numbers, shape: size } of made.kindOf(now).besides?.(made, now, inputs) ?? []) {
    over.buffers.set(`${name}/${step.index}`, numbers);
    over.shapes.set(`${name}/${step.index}`, size);
  }
  return output;
}

/**
 * The step with its own change: its window among the attributes, its weights and bias in the document.
 * @param {Doc} doc @param {Doc} made @param {Step} step @param {Change} change @param {Over} over
 */
function withChange(doc, made, step, { window, weights, biases }, over) {
  const { index, attributes } = step;
  const put = (/** @type {string} */ name, /** @type {Float32Array} */ numbers, /** @type {number[]} */ shape) => {
    for (const holder of [made, over]) {
      holder.buffers.set(name, numbers);
      holder.shapes.set(name, shape);
    }
  };
  for (const [name, by] of Object.entries({ [`weight/${index}`]: weights, [`bias/${index}`]: biases })) {
    const numbers = doc.numbers(name);
    if (numbers && Object.keys(by).length) put(name, replaced(numbers, by), doc.shapes.get(name) ?? []);
  }
  if (!window) return step;
  const { kernel, stride, padding, name: padding_name } = window;
  const weight = made.numbers(`weight/${index}`);
  if (weight && kernel.some((side, axis) => side !== attributes.kernel[axis])) {
    const [outputs, inputs] = doc.shapes.get(`weight/${index}`) ?? [];
    put(`weight/${index}`, grown(weight, attributes.kernel, kernel[0]), [outputs, inputs, ...kernel]);
  }
  return { ...step, attributes: { ...attributes, kernel, stride, padding, padding_name } };
}

/** @param {Float32Array} numbers @param {Record<number, number>} by */
function replaced(numbers, by) {
  const found = numbers.slice();
  for (const [number, value] of Object.entries(by)) found[Number(number)] = value;
  return found;
}

/**
 * All filters cut, or set in zeros, to another size.
 * @param {Float32Array} weight @param {[number, number]} kernel @param {number} side
 */
function grown(weight, kernel, side) {
  const size = kernel[0] * kernel[1];
  const count = weight.length / size;
  const result = new Float32Array(count * side * side);
  for (let i = 0; i < count; i++) {
    result.set(resize(weight.subarray(i * size, (i + 1) * size), kernel, side), i * side * side);
  }
  return result;
}

/** @param {Float32Array} output @param {import("../types.js").Shape} shape @param {number[]} off */
function switchedOff(output, { height, width }, off) {
  const result = output.slice();
  for (const channel of off) result.fill(0, channel * height * width, (channel + 1) * height * width);
  return result;
}

/**
 * Multiply-adds grow with the values that are made, and with the window.
 * @param {Step} step @param {import("../types.js").Shape} shape @param {any} attributes
 */
function scaled({ macs, shape: before, attributes: own }, shape, { kernel }) {
  if (macs === null) return null;
  const window = kernel ? (kernel[0] * kernel[1]) / (own.kernel[0] * own.kernel[1]) : 1;
  return Math.round((macs * countOf(shape) * window) / countOf(before));
}

/**
 * A step's output, or in its place a mark that there is none; and what was known of the pixels that a value looks at
 * holds no longer.
 * @param {Over} over @param {number} index @param {Float32Array | null} output
 */
function lay(over, index, output) {
  const { channels, height, width, flat } = over.steps[index].shape;
  over.gone.push(...["top", "bottom", "left", "right"].map((name) => `${name}/${index}`));
  if (!output) over.gone.push(`output/${index}`);
  const name = output ? `output/${index}` : `thumbnail/${index}`;
  over.buffers.set(name, output ?? new Uint8Array(channels).fill(127));
  over.shapes.set(name, output ? (flat ? [channels] : [channels, height, width]) : [channels, 1, 1]);
}

// What a step makes of inputs of another size than the code's: its new shape by its own rule, or why it cannot take it.

import { sizeAfter } from "../sums/convolve.js";
import { countOf } from "../sums/places.js";
import { sameSides, span, windowOf } from "../sums/window.js";

/**
 * @typedef {import("../types.js").Step<any>} Step @typedef {import("../types.js").Shape} Shape
 * @typedef {import("../types.js").Windowed} Windowed
 * @typedef {{shape: Shape, attributes?: object} | string} Fits `attributes` where those change too; or why it does not
 * @typedef {(step: Step, inputs: Shape[], before: Shape[]) => Fits} Rule `before`: the inputs as in the code
 */

/** @param {number} channels @param {number} height @param {number} width @returns {Shape} */
const sized = (channels, height, width) => ({ channels, height, width, flat: height === 1 && width === 1 });

/** @param {Shape} shape */
const told = ({ channels, height, width, flat }) =>
  flat ? `a list of ${grouped(channels)}` : `${height}×${width}×${channels}`;

/** @param {number} n */
const grouped = (n) => n.toLocaleString("en");

/** @type {Rule} */
const asItsInput = (_, [input]) => ({ shape: input });

/** What a named padding is for this input; any other stays. @param {Windowed} attributes @param {Shape} input */
function paddingOf({ kernel, stride, dilation, padding, padding_name: name }, input) {
  return name?.toUpperCase() === "SAME" ? sameSides(input, kernel, stride, dilation) : padding;
}

/** @type {Rule} */
function windowed({ attributes, shape }, [input]) {
  if (attributes.adaptive) {
    const [height, width] = shape.flat ? [1, 1] : (attributes.output_size ?? [shape.height, shape.width]);
    return { shape: sized(shape.channels, height ?? input.height, width ?? input.width) };
  }
  const padding = paddingOf(attributes, input);
  const window = windowOf({ ...attributes, padding });
  const { height, width } = attributes.ceil_mode ? overEdge(input, window) : sizeAfter(input, window);
  if (!height || !width) return `its window of ${window.kernel.join("×")} fits nowhere into ${told(input)}`;
  const kept = Object.entries(padding).every(([side, cells]) => attributes.padding[side] === cells);
  return { shape: sized(shape.channels, height, width), attributes: kept ? attributes : { ...attributes, padding } };
}

/**
 * Windows that begin inside, or in the padding before, count where they end outside too (ceil_mode).
 * @param {Shape} input @param {import("../sums/window.js").Window} w
 */
function overEdge(input, { kernel, stride, dilation, padding }) {
  const along = (/** @type {number} */ size, /** @type {0 | 1} */ axis, /** @type {number[]} */ [before, after]) => {
    const room = size + before + after - span(kernel[axis], dilation[axis]);
    const count = room < 0 ? 0 : Math.ceil(room / stride[axis]) + 1;
    return (count - 1) * stride[axis] >= size + before ? count - 1 : count;
  };
  return {
    height: along(input.height, 0, [padding.top, padding.bottom]),
    width: along(input.width, 1, [padding.left, padding.right]),
  };
}

/** @type {Rule} */
function spread({ attributes, shape }, [input], [before]) {
  const along = (/** @type {"height" | "width"} */ side, /** @type {0 | 1} */ axis) =>
    shape[side] + (input[side] - before[side]) * attributes.stride[axis];
  return { shape: sized(shape.channels, along("height", 0), along("width", 1)) };
}

/** @type {Rule} */
function joined(_, inputs) {
  const sides = /** @type {("channels" | "height" | "width")[]} */ (["channels", "height", "width"]);
  const [channels, height, width] = sides.map((side) => Math.max(...inputs.map((input) => input[side])));
  const wide = { channels, height, width };
  const fit = inputs.every((input) => sides.every((side) => input[side] === 1 || input[side] === wide[side]));
  return fit ? { shape: sized(channels, height, width) } : `it joins ${inputs.map(told).join(" and ")}, place by place`;
}

/** @type {Rule} */
function behindEachOther(_, inputs) {
  const [{ height, width }] = inputs;
  if (inputs.some((input) => input.height !== height || input.width !== width)) {
    return `it puts ${inputs.map(told).join(" and ")} behind each other`;
  }
  return {
    shape: sized(
      inputs.reduce((sum, input) => sum + input.channels, 0),
      height,
      width,
    ),
  };
}

/** A list as long as it comes, where the code does not say how long; maps only where nothing changes. @type {Rule} */
function reshaped({ op, attributes, shape }, [input], [before]) {
  const wanted = /** @type {number[] | undefined} */ (attributes.shape)?.at(-1);
  const free = op === "flatten" || wanted === -1;
  if (shape.flat && (free || input.flat)) return { shape: sized(countOf(input), 1, 1) };
  if (countOf(before) === countOf(shape) && sameSize(before, shape)) return { shape: input };
  return `the code wants ${shape.flat ? `lists of ${grouped(shape.channels)} numbers` : told(shape)}, and ${grouped(
    countOf(input),
  )} numbers come`;
}

/** @param {Shape} a @param {Shape} b */
export function sameSize(a, b) {
  return a.channels === b.channels && a.height === b.height && a.width === b.width;
}

/** @type {Rule} */
const listed = ({ shape }, [input], [before]) =>
  countOf(input) === countOf(before)
    ? { shape }
    : `it has weights for ${grouped(countOf(before))} numbers, and ${grouped(countOf(input))} come`;

/** @type {Rule} */
function normalized(step, [input], [before]) {
  return step.attributes.over && !(step.attributes.over.rows && step.attributes.over.columns) && !input.flat
    ? `it has weights for ${told(before)}, and ${told(input)} comes`
    : { shape: input };
}

/** By the names of the forms. @type {Record<string, Rule>} */
const RULES = {
  activation: asItsInput,
  bias: asItsInput,
  dropout: asItsInput,
  output: asItsInput,
  softmax: asItsInput,
  normalization: normalized,
  convolution: windowed,
  maximum: windowed,
  mean: windowed,
  transposed: spread,
  sum: joined,
  product: joined,
  concatenation: behindEachOther,
  reshape: reshaped,
  matrix: listed,
};

/**
 * A step's shape for other inputs.
 * @param {Step} step as in the code, or with another window @param {Shape[]} inputs
 * @param {Shape[]} before the inputs' shapes as in the code @returns {Fits}
 */
export function fitting(step, inputs, before) {
  const form = step.attributes.form;
  const windows = form === "convolution" || form === "maximum" || form === "mean";
  if (!windows && inputs.every((input, i) => sameSize(input, before[i]))) return { shape: step.shape };
  const rule = Object.hasOwn(RULES, form) ? RULES[form] : null;
  return rule ? rule(step, inputs, before) : `it is made for ${before.map(told).join(" and ")} alone`;
}

// Which feature maps a map is computed from, and which are computed from it.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {{step: number, from: number, to: number, by: number}} Maps channels from, from + by, … below to
 */

/**
 * The maps that channel `channel` of `step` is computed from.
 * @param {Step[]} steps @param {number} step @param {number} channel @returns {Maps[]}
 */
export function sources(steps, step, channel) {
  const target = steps[step];
  return target.inputs.flatMap((index, position) => {
    const span = read(steps, target, position, channel);
    return span ? [{ step: index, ...span }] : [];
  });
}

/**
 * The maps that use channel `channel` of `step`.
 * @param {Step[]} steps @param {number} step @param {number} channel @returns {Maps[]}
 */
export function uses(steps, step, channel) {
  return steps.flatMap((user) =>
    user.inputs.flatMap((index, position) => {
      const span = index === step ? written(steps, user, position, channel) : null;
      return span ? [{ step: user.index, ...span }] : [];
    }),
  );
}

/** @param {number} from @param {number} to @param {number} [by] */
const range = (from, to, by = 1) => ({ from, to, by });

/** @param {Step[]} steps @param {Step} step @param {number} position which of its inputs @param {number} channel */
function read(steps, step, position, channel) {
  const input = steps[step.inputs[position]].shape;
  switch (step.relation) {
    case "each":
      return input.channels === 1 ? range(0, 1) : range(channel, channel + 1);
    case "groups": {
      const size = input.channels / step.attributes.groups;
      const group = Math.floor(channel / (step.shape.channels / step.attributes.groups));
      return range(group * size, (group + 1) * size);
    }
    case "concatenation": {
      const first = offset(steps, step, position);
      return channel >= first && channel < first + input.channels ? range(channel - first, channel - first + 1) : null;
    }
    case "reshape": {
      const place = origin(step, input, channel, 0, 0);
      return step.shape.flat
        ? range(place.channel, place.channel + 1)
        : range(place.channel, input.channels, input.flat ? stride(step, step.shape) : 1);
    }
    default:
      return range(0, input.channels);
  }
}

/** @param {Step[]} steps @param {Step} step @param {number} position @param {number} channel */
function written(steps, step, position, channel) {
  const input = steps[step.inputs[position]].shape;
  const { channels, flat } = step.shape;
  switch (step.relation) {
    case "each":
      return input.channels === 1 ? range(0, channels) : range(channel, channel + 1);
    case "groups": {
      const size = channels / step.attributes.groups;
      const group = Math.floor(channel / (input.channels / step.attributes.groups));
      return range(group * size, (group + 1) * size);
    }
    case "concatenation": {
      const first = offset(steps, step, position) + channel;
      return range(first, first + 1);
    }
    case "reshape": {
      const cells = input.height * input.width;
      if (!flat) return range(0, channels);
      return step.attributes.order === "NHWC"
        ? range(channel, channels, input.channels)
        : range(channel * cells, (channel + 1) * cells);
    }
    default:
      return range(0, channels);
  }
}

/** @param {Step[]} steps @param {Step} step @param {number} position */
export function offset(steps, step, position) {
  return step.inputs.slice(0, position).reduce((sum, index) => sum + steps[index].shape.channels, 0);
}

/**
 * How far apart a map's cells lie in the list that it was made from.
 * @param {Step} step @param {import("../types.js").Shape} shape
 */
function stride(step, shape) {
  return step.attributes.order === "NHWC" ? shape.channels : 1;
}

/**
 * Where a reshaped value came from: both sides hold the same numbers in the same order, row by row.
 * @param {Step} step @param {import("../types.js").Shape} input @param {number} channel @param {number} y
 * @param {number} x
 */
export function origin(step, input, channel, y, x) {
  return unroll(input, roll(step.shape, channel, y, x, step.attributes.order), step.attributes.order);
}

/**
 * The place of a value in the list.
 * @param {import("../types.js").Shape} shape @param {number} channel @param {number} y @param {number} x
 * @param {string} order
 */
export function roll(shape, channel, y, x, order) {
  if (order === "NHWC") return (y * shape.width + x) * shape.channels + channel;
  return (channel * shape.height + y) * shape.width + x;
}

/**
 * The place of a list's value in the maps.
 * @param {import("../types.js").Shape} shape @param {number} index @param {string} order
 */
export function unroll(shape, index, order) {
  const { channels, height, width } = shape;
  if (order === "NHWC") {
    const cell = Math.floor(index / channels);
    return { channel: index % channels, y: Math.floor(cell / width), x: cell % width };
  }
  const cell = index % (height * width);
  return { channel: Math.floor(index / (height * width)), y: Math.floor(cell / width), x: cell % width };
}

/**
 * Where a unit stood before the list was made, in words.
 * @param {{steps: Step[]}} doc @param {Step} input @param {number} unit
 */
export function whence(doc, input, unit) {
  let [step, at] = [input, { channel: unit, y: 0, x: 0 }];
  for (;;) {
    const before = doc.steps[step.inputs[0]];
    const unchanged = step.relation === "each" && step.inputs.length === 1 && before.shape.flat;
    if (step.relation !== "reshape" && !unchanged) break;
    if (step.relation === "reshape") at = origin(step, before.shape, at.channel, at.y, at.x);
    step = before;
  }
  return step.shape.flat ? null : { step, ...at };
}

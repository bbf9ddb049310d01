// Which feature maps a map is computed from, and which are computed from it: as its kind says, else as the document.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("./document.js").Doc} Doc
 * @typedef {{from: number, to: number, by: number}} Span channels from, from + by, … below to
 * @typedef {Span & {step: number}} Maps
 */

/**
 * Both ways: channels of the input `position` that a channel of the step reads; channels of the step that are written
 * from a channel of that input.
 * @template {import("../types.js").Attributes} [A=import("../types.js").Attributes]
 * @typedef {object} Relation
 * @property {(doc: Doc, step: import("../types.js").Step<A>, position: number, channel: number) => Span | null} read
 * @property {(doc: Doc, step: import("../types.js").Step<A>, position: number, channel: number) => Span | null} written
 */

/** @param {number} from @param {number} to @param {number} [by] @returns {Span} */
export const range = (from, to, by = 1) => ({ from, to, by });

/** Each map from the same map of every input; an input's only map lends itself to all. @type {Relation<any>} */
export const EACH = {
  read: (doc, step, position, channel) =>
    inputShape(doc, step, position).channels === 1 ? range(0, 1) : range(channel, channel + 1),
  written: (doc, step, position, channel) =>
    inputShape(doc, step, position).channels === 1 ? range(0, step.shape.channels) : range(channel, channel + 1),
};

/** Each map from all. @type {Relation<any>} */
export const ALL = {
  read: (doc, step, position) => range(0, inputShape(doc, step, position).channels),
  written: (_doc, step) => range(0, step.shape.channels),
};

/** @param {Doc} doc @param {import("../types.js").Step<any>} step @param {number} position which of its inputs */
export function inputShape(doc, step, position) {
  return doc.steps[step.inputs[position]].shape;
}

/** @param {Doc} doc @param {Step} step @returns {Relation} */
export function relationOf(doc, step) {
  return doc.kindOf(step).relation ?? (step.relation === "each" ? EACH : ALL);
}

/**
 * The maps that channel `channel` of `step` is computed from.
 * @param {Doc} doc @param {number} step @param {number} channel @returns {Maps[]}
 */
export function sources(doc, step, channel) {
  const target = doc.steps[step];
  return target.inputs.flatMap((index, position) => {
    const span = relationOf(doc, target).read(doc, target, position, channel);
    return span ? [{ step: index, ...span }] : [];
  });
}

/**
 * The maps that use channel `channel` of `step`.
 * @param {Doc} doc @param {number} step @param {number} channel @returns {Maps[]}
 */
export function uses(doc, step, channel) {
  return doc.steps.flatMap((user) =>
    user.inputs.flatMap((index, position) => {
      const span = index === step ? relationOf(doc, user).written(doc, user, position, channel) : null;
      return span ? [{ step: user.index, ...span }] : [];
    }),
  );
}

/** Where a unit stood before the list was made, in words. @param {Doc} doc @param {Step} input @param {number} unit */
export function whence(doc, input, unit) {
  let [step, at] = [input, { channel: unit, y: 0, x: 0 }];
  for (;;) {
    const before = doc.steps[step.inputs[0]];
    const { origin } = doc.kindOf(step);
    const unchanged = relationOf(doc, step) === EACH && step.inputs.length === 1 && before.shape.flat;
    if (!origin && !unchanged) break;
    const from = origin ? origin(doc, step, at) : at;
    if (!from) return null;
    at = from;
    step = before;
  }
  return step.shape.flat ? null : { step, ...at };
}

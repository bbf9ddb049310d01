// The document in the browser: which steps there are, and their numbers (document.py says what the buffers hold).

import { spread } from "../draw/colors.js";

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {import("../types.js").Numbers} Numbers
 * @typedef {{values: ArrayLike<number>, height: number, width: number, whole: boolean}} FeatureMap
 *   `whole`: not a thumbnail
 * @typedef {{fields: Record<string, any>, buffers: Map<string, Numbers>, shapes: Map<string, number[]>}} Under
 */

/** Buffers of the way back. */
const BACK = /^(gradient|derivative|weight-gradient|bias-gradient|back-strongest|back-strongest-weight)\//;

export class Doc {
  /**
   * @param {import("./envelope.js").Envelope} envelope
   * @param {Record<string, import("./kind.js").Kind<any>>} kinds what the page knows, by the name of the form
   */
  constructor(envelope, kinds) {
    this.kinds = kinds;
    /** @type {Record<string, any>} */
    this.fields = {};
    /** @type {Map<string, Numbers>} */
    this.buffers = new Map();
    /** @type {Map<string, number[]>} */
    this.shapes = new Map();
    /** @type {Map<number, Float32Array>} the spread of every map, by step */
    this.spreads = new Map();
    /** @type {Map<number, Float32Array | null>} outputs that follow from others */
    this.derived = new Map();
    this.version = 0;
    /** Why there is no answer for what is on the pad now, while the page shows the picture before; else "". */
    this.unread = "";
    /** Live: how the picture was asked for. @type {import("../live/source.js").Question | null} */
    this.question = null;
    /** Live: what a link says of the picture. @type {Record<string, string>} */
    this.linked = {};
    /** What is under what lies over it; null where nothing does. @type {Under | null} */
    this.under = null;
    this.take(envelope);
  }

  /** Take what an envelope brings; the rest stays. @param {import("./envelope.js").Envelope} envelope */
  take(envelope) {
    this.lift();
    if (envelope.fields.structure) this.clear();
    if (envelope.fields.words) this.forget();
    Object.assign(this.fields, envelope.fields);
    for (const [name, numbers] of envelope.buffers) this.buffers.set(name, numbers);
    for (const [name, shape] of envelope.shapes) this.shapes.set(name, shape);
    this.unread = "";
    this.renew();
  }

  /** What was worked out from other numbers holds no longer. */
  renew() {
    this.spreads.clear();
    this.derived.clear();
    this.version += 1;
  }

  /**
   * Show other numbers instead of its own, until they are lifted, or a new picture comes.
   * @param {Under} over @param {string[]} gone buffers that are not there then @param {string} unread
   */
  lay({ fields, buffers, shapes }, gone, unread) {
    this.lift();
    this.under = { fields: this.fields, buffers: this.buffers, shapes: this.shapes };
    this.fields = { ...this.fields, ...fields };
    this.buffers = new Map([...this.buffers, ...buffers]);
    this.shapes = new Map([...this.shapes, ...shapes]);
    for (const name of gone) this.buffers.delete(name);
    this.unread = unread;
    this.renew();
  }

  /** The document as it is under what lies over it. @returns {Doc} */
  own() {
    return this.under ? new Doc(this.under, this.kinds) : this;
  }

  /** Its own numbers again. */
  lift() {
    if (!this.under) return;
    ({ fields: this.fields, buffers: this.buffers, shapes: this.shapes } = this.under);
    this.under = null;
    this.unread = "";
    this.renew();
  }

  /** The way back of the picture before. */
  forget() {
    delete this.fields.back;
    for (const name of [...this.buffers.keys()]) if (BACK.test(name)) this.buffers.delete(name);
  }

  clear() {
    this.fields = {};
    this.buffers.clear();
    this.shapes.clear();
  }

  /** @returns {import("../types.js").Structure} */
  get structure() {
    return this.fields.structure;
  }

  get steps() {
    return this.structure.steps;
  }

  /** A step's whole output, or null where the file left it out. @param {number} step @returns {Float32Array | null} */
  output(step) {
    const held = /** @type {Float32Array | undefined} */ (this.buffers.get(`output/${step}`));
    if (held) return held;
    if (!this.derived.has(step)) for (const needed of this.missing(step)) this.derive(needed);
    return this.derived.get(step) ?? null;
  }

  /**
   * A step and those that it follows from, as far as nothing is known of them, in the order in which they ran.
   * @param {number} step
   */
  missing(step) {
    const found = new Set([step]);
    for (const index of found) {
      if (this.canDerive(this.steps[index])) {
        for (const input of this.steps[index].inputs) {
          if (!this.buffers.has(`output/${input}`) && !this.derived.has(input)) found.add(input);
        }
      }
    }
    return [...found].sort((a, b) => a - b).map((index) => this.steps[index]);
  }

  /** @param {Step} step */
  canDerive(step) {
    return this.kindOf(step).derive !== undefined && !this.buffers.has(`thumbnail/${step.index}`);
  }

  /**
   * An output that a file does not hold because it follows from others, worked out when it is first looked at.
   * @param {Step} step
   */
  derive(step) {
    const inputs = this.canDerive(step) ? step.inputs.map((index) => this.output(index)) : [null];
    const there = inputs.every((x) => x !== null);
    const way = this.kindOf(step).derive;
    this.derived.set(step.index, (there && way?.(this, step, /** @type {Float32Array[]} */ (inputs))) || null);
  }

  /** Whether what is shown of a step is right to three digits only, for a file. @param {number} step */
  rounded(step) {
    return /** @type {number[] | undefined} */ (this.fields.rounded)?.includes(step) ?? false;
  }

  /** Whether a step's maps are a picture, in shades of grey. @param {number} step @returns {boolean} */
  gray(step) {
    return step === 0;
  }

  /** What the page knows of a step. @param {Step} step @returns {import("./kind.js").Kind<any>} */
  kindOf(step) {
    return Object.hasOwn(this.kinds, step.attributes.form) ? this.kinds[step.attributes.form] : {};
  }

  /**
   * The sum behind one number, or null where there is none.
   * @param {Step} step @param {import("../types.js").Place} at
   */
  sum(step, { channel, y, x }) {
    if (this.isOff(step.index, channel) || this.isCutOff(step.index)) return null;
    return this.kindOf(step).sum?.(this, step, channel, y, x) ?? null;
  }

  /** Whether a changed network stops before a step, or at it. @param {number} step */
  isCutOff(step) {
    return this.under !== null && !this.output(step);
  }

  /** Whether a map is switched off, and so all 0. @param {number} step @param {number} channel */
  isOff(step, channel) {
    return /** @type {number[] | undefined} */ (this.fields.off?.[step])?.includes(channel) ?? false;
  }

  /** @param {string} name @returns {Float32Array | null} */
  numbers(name) {
    return /** @type {Float32Array | null} */ (this.buffers.get(name) ?? null);
  }

  /** One number of an output. @param {number} step @param {number} channel @param {number} y @param {number} x */
  value(step, channel, y, x) {
    const { height, width } = this.steps[step].shape;
    return this.output(step)?.[(channel * height + y) * width + x] ?? NaN;
  }

  /** One channel of a step's output. @param {number} step @param {number} channel @returns {FeatureMap} */
  map(step, channel) {
    const { height, width } = this.steps[step].shape;
    const output = this.output(step);
    const size = height * width;
    if (output) return { values: output.subarray(channel * size, (channel + 1) * size), height, width, whole: true };
    const [, rows, columns] = this.shapes.get(`thumbnail/${step}`) ?? [0, 1, 1];
    const bytes = this.buffers.get(`thumbnail/${step}`) ?? new Uint8Array(rows * columns).fill(127);
    const most = this.spreadOf(step)[channel] ?? 0;
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < values.length; i++) values[i] = ((bytes[channel * values.length + i] - 127) / 127) * most;
    return { values, height: rows, width: columns, whole: false };
  }

  /** The largest distance from zero in every map of a step. @param {number} step @returns {Float32Array} */
  spreadOf(step) {
    let found = this.spreads.get(step);
    if (!found) {
      found = this.measure(step);
      this.spreads.set(step, found);
    }
    return found;
  }

  /** @param {number} step */
  measure(step) {
    const given = this.numbers(`spread/${step}`);
    const output = this.output(step);
    if (!output) return given ?? new Float32Array(this.steps[step].shape.channels);
    const { channels, height, width } = this.steps[step].shape;
    const size = height * width;
    return Float32Array.from({ length: channels }, (_, c) => spread(output.subarray(c * size, (c + 1) * size)));
  }

  /**
   * The value that gets the strongest colour.
   * @param {number} step @param {number} channel @param {"map" | "step" | "all"} scale
   */
  range(step, channel, scale) {
    const flat = this.steps[step].shape.flat;
    if (scale === "map" && !flat) return this.spreadOf(step)[channel] ?? 0; // an empty step has none
    if (scale !== "all") return spread(this.spreadOf(step));
    return Math.max(...this.steps.map((s) => spread(this.spreadOf(s.index))));
  }

  /** @returns {import("../types.js").Answer[]} the answer first, which is the likeliest but for what is no digit */
  get answers() {
    const probabilities = this.numbers("probabilities");
    if (!probabilities) return [];
    const ranking = /** @type {number[]} */ (this.fields.ranking);
    return ranking.map((i) => ({ label: this.structure.classes[i] ?? String(i), probability: probabilities[i] }));
  }

  /** The step of this name, or the first whose name begins with it. @param {string} name */
  find(name) {
    return this.steps.find((s) => s.name === name) ?? this.steps.find((s) => s.name.startsWith(`${name}.`)) ?? null;
  }

  /** Steps that use a step's output. @param {number} step */
  users(step) {
    return this.steps.filter((s) => s.inputs.includes(step));
  }
}

// A film in the browser: frame by frame what was learned, whether it came whole or goes on (see film.py).

import { spread } from "../draw/colors.js";
import { summed, summedBytes } from "./coded.js";

/**
 * @typedef {{name: string, shape: [number, number, number, number], picture: boolean}} Layer
 *   `shape`: out, in, height, width
 * @typedef {{network: string, recipe: string, classes: string[], steps: number, batch_size: number, layers: Layer[],
 *   left_out: string[]}} About
 * @typedef {Map<string, {numbers: ArrayLike<number>, shape: number[]}>} Held by the name of its buffer
 * @typedef {{step: number, rate: number, loss: number | null, accuracy: number | null, held: Held,
 *   asked: number}} Frame `asked`: after which step it said of the pictures what is held
 * @typedef {{bytes: Uint8Array, range: number, channels: number, height: number, width: number}} Maps
 *   128 is zero, and 127 more is `range`
 * @typedef {[number, number | null, number | null]} Point step, loss, accuracy
 */

/** Numbers that a film which goes on may hold; beyond it, every second frame goes. */
const MOST = 24e6;
/** What it says of pictures, and large layers: a frame that brings none of it has it from the one before. */
const KEPT = /^film\/(answers|maps|maps-range|weight)\b/;
const ONCE = ["film/pictures", "film/labels"];

export class Reel {
  constructor() {
    /** @type {About | null} */
    this.about = null;
    /** @type {{numbers: Uint8Array, shape: number[]}} */
    this.pictures = { numbers: new Uint8Array(), shape: [0, 0, 0, 0] };
    /** @type {number[]} */
    this.labels = [];
    /** @type {Frame[]} in the order of their steps */
    this.frames = [];
    /** @type {Point[]} */
    this.history = [];
    /** @type {Point[]} at the validation pictures */
    this.looks = [];
    this.state = "";
    this.words = "";
    /** @type {Map<string, number>} the largest number of a layer, over the whole film */
    this.spreads = new Map();
    this.most = MOST;
  }

  /** @param {import("../document/envelope.js").Envelope} envelope */
  take({ fields, buffers, shapes }) {
    const told = fields.film;
    if (!told) return;
    if (told.about) {
      this.about = told.about;
      const pictures = /** @type {Uint8Array} */ (buffers.get("film/pictures"));
      this.pictures = { numbers: pictures, shape: shapes.get("film/pictures") ?? [0, 0, 0, 0] };
      this.labels = Array.from(buffers.get("film/labels") ?? []);
    }
    this.history.push(...(told.history ?? []));
    this.looks.push(...(told.looks ?? []));
    if (told.state) [this.state, this.words] = [told.state, told.words];
    if (told.frames) this.add(told.frames, told.coded ?? {}, buffers, shapes);
  }

  /**
   * @param {Omit<Frame, "held" | "asked">[]} frames @param {Record<string, number>} coded
   * @param {Map<string, ArrayLike<number>>} buffers @param {Map<string, number[]>} shapes
   */
  add(frames, coded, buffers, shapes) {
    const count = frames.length;
    const added = frames.map((frame) => ({ ...frame, held: /** @type {Held} */ (new Map()), asked: frame.step }));
    for (const [name, given] of buffers) {
      if (!name.startsWith("film/") || ONCE.includes(name)) continue;
      const numbers = /** @type {Float32Array | Uint8Array} */ (
        !(name in coded)
          ? given
          : name.startsWith("film/maps/")
            ? summedBytes(given, count)
            : summed(given, count, coded[name])
      );
      const [, ...shape] = shapes.get(name) ?? [count];
      const size = numbers.length / count;
      added.forEach(({ held }, f) => held.set(name, { numbers: numbers.subarray(f * size, (f + 1) * size), shape }));
    }
    for (const frame of added) this.put(frame);
    this.thin();
  }

  /** The same step again is the newer one. @param {Frame} frame */
  put(frame) {
    if (this.frames.at(-1)?.step === frame.step) this.frames.pop();
    const before = this.frames.at(-1);
    if (before && !frame.held.has("film/answers")) frame.asked = before.asked;
    for (const [name, held] of before?.held ?? []) {
      if (KEPT.test(name) && !frame.held.has(name)) frame.held.set(name, held);
    }
    this.frames.push(frame);
    this.about?.layers.forEach((_, layer) => {
      const weights = this.weights(layer, frame);
      const name = `film/weight/${layer}`;
      if (weights && weights !== (before && this.weights(layer, before))) {
        this.spreads.set(name, Math.max(this.spreads.get(name) ?? 0, spread(weights)));
      }
      const range = frame.held.get(`film/maps-range/${layer}`);
      const maps = `film/maps/${layer}`;
      if (range) this.spreads.set(maps, Math.max(this.spreads.get(maps) ?? 0, spread(range.numbers)));
    });
  }

  thin() {
    const size = (/** @type {Frame} */ { held }) => [...held.values()].reduce((sum, h) => sum + h.numbers.length, 0);
    const last = this.frames.at(-1);
    if (!last || size(last) * this.frames.length <= this.most) return;
    this.frames = this.frames.filter((_, i) => i % 2 === 0 || i === this.frames.length - 1);
  }

  /** The frame of a step, or the last one before it; none: −1. @param {number} step */
  at(step) {
    let [low, high] = [0, this.frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.frames[middle].step <= step) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, this.frames.length ? 0 : -1);
  }

  /** @param {number} layer @param {Frame} frame @returns {Float32Array | null} */
  weights(layer, frame) {
    return this.moment("weight", layer, frame);
  }

  /**
   * @param {"weight" | "gradient" | "m" | "v" | "change"} name @param {number} layer @param {Frame} frame
   * @returns {Float32Array | null}
   */
  moment(name, layer, frame) {
    return /** @type {Float32Array | undefined} */ (frame.held.get(`film/${name}/${layer}`)?.numbers) ?? null;
  }

  /** What gets the strongest colour: over the film, or in a frame. @param {number} layer @param {Frame | null} frame */
  range(layer, frame) {
    const weights = frame && this.weights(layer, frame);
    return weights ? spread(weights) : (this.spreads.get(`film/weight/${layer}`) ?? 0);
  }

  /**
   * A layer's maps of one picture, where they are held.
   * @param {number} layer
   * @param {Frame} frame
   * @param {number} picture
   * @returns {Maps | null}
   */
  maps(layer, frame, picture) {
    const held = frame.held.get(`film/maps/${layer}`);
    const ranges = frame.held.get(`film/maps-range/${layer}`);
    if (!held || !ranges || picture >= held.shape[0]) return null;
    const [, channels, height, width] = held.shape;
    const size = channels * height * width;
    const bytes = /** @type {Uint8Array} */ (held.numbers).subarray(picture * size, (picture + 1) * size);
    return { bytes, range: ranges.numbers[picture], channels, height, width };
  }

  /** How many pictures have maps: the first ones. */
  get mapped() {
    const held = this.frames.at(-1)?.held ?? new Map();
    return Math.max(0, ...[...held].filter(([name]) => name.startsWith("film/maps/")).map(([, { shape }]) => shape[0]));
  }

  /** The probabilities of one picture, or null. @param {Frame} frame @param {number} picture */
  answer(frame, picture) {
    const held = frame.held.get("film/answers");
    const count = this.about?.classes.length ?? 0;
    if (!held || (picture + 1) * count > held.numbers.length) return null;
    return /** @type {Float32Array} */ (held.numbers).subarray(picture * count, (picture + 1) * count);
  }

  /** Which class each picture was given; −1 where the answer is no number. @param {Frame} frame @returns {number[]} */
  said(frame) {
    return this.labels.map((_, picture) => best(this.answer(frame, picture)));
  }

  /** The pictures that it got wrong, and as what. @param {Frame} frame @returns {{picture: number, said: number}[]} */
  wrong(frame) {
    if (!this.answer(frame, 0)) return [];
    const all = this.said(frame).map((said, picture) => ({ picture, said }));
    return all.filter(({ picture, said }) => said !== this.labels[picture]);
  }

  /** Loss and accuracy of the batch that was looked at last, at a step. @param {number} step @returns {Point | null} */
  batch(step) {
    return lastAt(this.history, step);
  }

  /** The last look at the validation pictures, at a step. @param {number} step @returns {Point | null} */
  look(step) {
    return lastAt(this.looks, step);
  }

  /** What the curves are drawn of: the batches, or where none were looked at, the frames. @returns {Point[]} */
  points() {
    if (this.history.length > 1) return this.history;
    return this.frames.filter((f) => f.loss !== null).map((f) => [f.step, f.loss, f.accuracy]);
  }

  /**
   * One weight's values, frame by frame: [step, value].
   * @param {number} layer
   * @param {number} index
   * @returns {[number, number][]}
   */
  life(layer, index) {
    const found = /** @type {[number, number][]} */ ([]);
    for (const frame of this.frames) {
      const weights = this.weights(layer, frame);
      if (weights) found.push([frame.step, weights[index]]);
    }
    return found;
  }
}

/** @param {ArrayLike<number> | null} probabilities */
function best(probabilities) {
  let found = -1;
  for (let i = 0; i < (probabilities?.length ?? 0); i++) {
    const value = /** @type {ArrayLike<number>} */ (probabilities)[i];
    if (Number.isNaN(value)) return -1;
    if (found < 0 || value > /** @type {ArrayLike<number>} */ (probabilities)[found]) found = i;
  }
  return found;
}

/** The last of `points` up to a step. @param {Point[]} points @param {number} step @returns {Point | null} */
function lastAt(points, step) {
  return points.findLast(([at]) => at <= step) ?? null;
}

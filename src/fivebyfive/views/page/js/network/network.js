// The network as it runs on the page: a picture or a drawing comes in, all that a server would send of it comes out.

import { Doc } from "../document/document.js";
import { prepared } from "../prepare/drawing.js";
import { fitted } from "../prepare/fit.js";
import { inkOf, isPrepared } from "../prepare/photo.js";
import { doubt, probabilities, ranking } from "./decide.js";
import { brought, forward } from "./forward.js";

/**
 * @typedef {import("../document/envelope.js").Envelope} Envelope
 * @typedef {import("../prepare/fit.js").Picture} Picture
 * @typedef {{way: "drawing" | "picture" | "gallery", picture: Picture | null, index: number}} Asked
 *   `drawing`: light ink on black, of any size; `picture`: any, to be scaled; `gallery`: one of the document's own
 * @typedef {{image: Picture, stages: import("../prepare/drawing.js").Stage[], doubt: string, notes: string[]}} Made
 * @typedef {{preparation: "digits" | "whole", outputs: string, answer: number | null, list: boolean, largest: number,
 *   words: string[][], symbols: string[], notes: string[], warnings: string[], first: number, stages: string[],
 *   photo: object | null, gallery: {label: string, hard: boolean, mnist: number | null}[]}} Rules
 *   as standalone.py writes them
 */

const SEVERAL = "several digits; draw one";

export class Network {
  /** @param {Envelope} envelope @param {Record<string, import("../document/kind.js").Kind<any>>} kinds */
  constructor(envelope, kinds) {
    this.doc = new Doc(envelope, kinds);
    /** @type {Rules} */
    this.rules = this.doc.fields.standalone;
  }

  /** @param {Asked} asked @returns {Envelope} @throws {Error} there is no digit in it, in words */
  answer(asked) {
    const { doc, rules } = this;
    const made = this.made(asked);
    const outputs = forward(doc, numbers(made.image, rules));
    const found = brought(doc, outputs);
    const { classes } = doc.structure;
    const shares = rules.answer === null ? null : probabilities(outputs.get(rules.answer) ?? [], rules.outputs);
    const order = shares ? ranking(shares, classes) : [];
    const said = shares ? made.doubt || doubt(classes[order[0]], shares[order[0]], classes) : "";
    if (shares) found.buffers.set("probabilities", Float32Array.from(shares));
    const { height, width, channels, values } = made.image;
    found.buffers.set("image", Uint8Array.from(values));
    found.shapes.set("image", [height, width, channels]);
    const { words, symbols, warnings } = rules;
    const notes = [...rules.notes, ...made.notes];
    const about = { words, symbols, notes, warnings, ranking: order, doubt: said };
    Object.assign(found.fields, about, this.shown(asked, made, found));
    return found;
  }

  /** The picture as the network takes it. @param {Asked} asked @returns {Made} */
  made({ way, picture, index }) {
    const size = /** @type {import("../types.js").Shape} */ (this.doc.structure.image);
    if (way === "gallery" || !picture) return plain(this.held(index), []);
    const same = picture.height === size.height && picture.width === size.width;
    if (this.rules.preparation === "whole") {
      const scaled = way === "picture" ? ["The picture was scaled by the browser."] : [];
      return plain(fitted(picture, size), same ? [] : scaled);
    }
    if (way === "picture" && same && isPrepared(picture)) return plain(fitted(picture, size), []);
    const drawing = way === "drawing" ? picture : inkOf(picture);
    const { pixels, stages, several } = prepared(drawing);
    return {
      image: { ...pixels, channels: 1, values: /** @type {Uint8Array} */ (pixels.values) },
      stages,
      doubt: several ? SEVERAL : "",
      notes: [],
    };
  }

  /** One of the document's own pictures. @param {number} index @returns {Picture} */
  held(index) {
    const [, height, width, channels] = this.doc.shapes.get("gallery") ?? [0, 0, 0, 0];
    const all = /** @type {Uint8Array} */ (this.doc.buffers.get("gallery"));
    const size = height * width * channels;
    return { height, width, channels, values: all.slice(index * size, (index + 1) * size) };
  }

  /**
   * How the picture was prepared: the first one's stages are in the document.
   * @param {Asked} asked @param {Made} made @param {Envelope} found
   */
  shown({ way, index }, { stages }, found) {
    const first = way === "gallery" && index === this.rules.first;
    if (!first) {
      stages.forEach(({ pixels }, i) => {
        found.buffers.set(`stage/${i}`, pixels.values);
        found.shapes.set(`stage/${i}`, [pixels.height, pixels.width]);
      });
      return { photo: null, stages: stages.map(({ name }) => name) };
    }
    for (const [name, buffer] of this.doc.buffers) {
      if (name !== "photo" && !name.startsWith("stage/")) continue;
      found.buffers.set(name, buffer.slice());
      found.shapes.set(name, /** @type {number[]} */ (this.doc.shapes.get(name)));
    }
    return { photo: this.rules.photo, stages: this.rules.stages };
  }
}

/** @param {Picture} image @param {string[]} notes @returns {Made} */
function plain(image, notes) {
  return { image, stages: [], doubt: "", notes };
}

/** A picture's bytes as the first step has them. @param {Picture} picture @param {Rules} rules */
function numbers({ height, width, channels, values }, { list, largest }) {
  const found = new Float32Array(values.length);
  const size = height * width;
  for (let i = 0; i < found.length; i++) {
    const to = list ? i : (i % channels) * size + Math.floor(i / channels);
    found[to] = Math.fround(values[i] / 255) * largest;
  }
  return found;
}

// What stages share: a step's output as one picture to point at, arrows between pictures, captions.

import { choose, preview, release } from "../choice/choose.js";
import { titled } from "../document/names.js";
import { h } from "../draw/dom.js";
import { MapView } from "../draw/mapview.js";
import { channelImage, colourName, image, isColour } from "../draw/picture.js";
import { named } from "../sums/places.js";
import { among, short, sizes } from "../draw/format.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../types.js").Step<any>} Step
 * @typedef {{element: HTMLElement, update: (choice: Choice) => void}} Stage
 */

/**
 * Where a stage is made; `size`: the side of a large map, `room`: how wide the stage is, in pixels.
 * @template {import("../types.js").Attributes} [A=any]
 * @typedef {{doc: Doc, store: Store, step: import("../types.js").Step<A>, size: number, room: number}} Context
 */

/** How many numbers of a list stand in a row. @param {number} count */
export function across(count) {
  return count <= 16 ? 1 : Math.ceil(Math.sqrt(count));
}

/**
 * One channel as a map: a colour of the picture in that colour.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {Choice} choice
 */
export function mapOf(doc, step, channel, choice) {
  return {
    ...doc.map(step.index, channel),
    range: doc.range(step.index, channel, choice.scale),
    gray: doc.gray(step.index),
    image: channelImage(doc, step, channel),
  };
}

/**
 * A step's output as a map: one channel, or the whole list as a square.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {Choice} choice
 */
export function shown(doc, step, channel, choice) {
  if (!step.shape.flat) return mapOf(doc, step, channel, choice);
  const gray = doc.gray(step.index);
  const count = step.shape.channels;
  const width = across(count);
  const height = Math.ceil(count / width);
  const values = new Float32Array(height * width);
  const output = doc.output(step.index);
  for (let c = 0; c < count; c++) values[c] = output ? output[c] : doc.map(step.index, c).values[0];
  const { classes } = doc.structure;
  const named = (/** @type {number} */ c) => (classes.length === count ? `${classes[c]}  ` : "");
  const labels = width === 1 ? Array.from(values, (v, c) => `${named(c)}${short(v)}`) : undefined;
  return { values, height, width, range: doc.range(step.index, 0, choice.scale), gray, labels };
}

/**
 * The cell of the chosen value in `shown`.
 * @param {Step} step @param {number} channel @param {number} y @param {number} x
 */
export function cellOf(step, channel, y, x) {
  if (!step.shape.flat) return { y, x };
  const width = across(step.shape.channels);
  return { y: Math.floor(channel / width), x: channel % width };
}

/**
 * Pointing at a map with the output's own cells chooses the number.
 * @param {Context} context @returns {import("../draw/mapview.js").Picking}
 */
export function numberPicking({ doc, store, step }) {
  const patch = (/** @type {number} */ y, /** @type {number} */ x) =>
    step.shape.flat ? { channel: y * across(step.shape.channels) + x, y: 0, x: 0 } : { y, x };
  const inside = (/** @type {Partial<Choice>} */ p) => (p.channel ?? 0) < step.shape.channels;
  const act = (/** @type {typeof choose} */ how) => (/** @type {number} */ y, /** @type {number} */ x) => {
    const wanted = patch(y, x);
    if (inside(wanted)) how(store, doc, wanted);
  };
  return { pick: act(choose), preview: act(preview), release: () => release(store, doc) };
}

/** Arrow keys on an input move the window to the next output cell. @param {Context} context */
export function windowMoving({ doc, store }) {
  return (/** @type {number} */ down, /** @type {number} */ right) =>
    choose(store, doc, { y: store.choice.y + down, x: store.choice.x + right });
}

/** The output of the chosen step, large. @param {Context} context */
export function outputView(context) {
  const { doc, step, size } = context;
  const view = new MapView({ label: "", size, name: "output", pick: numberPicking(context) });
  return {
    view,
    update(/** @type {Choice} */ choice) {
      view.name(`Output of ${step.name}: ${named(step.shape, choice)}. Arrow keys move.`);
      view.draw({
        ...shown(doc, step, choice.channel, choice),
        ...(isColour(doc, step) && { image: image(doc) ?? undefined }),
        cell: cellOf(step, choice.channel, choice.y, choice.x),
        until: choice.progress ?? undefined,
      });
    },
  };
}

/** A picture with its caption. @param {Element} content @param {...(import("../draw/dom.js").Child)} caption */
export function figure(content, ...caption) {
  return h("figure", {}, content, h("figcaption", {}, ...caption));
}

/** @param {Step} step @param {string} [what] */
export function title(step, what = "") {
  return h("span", {}, h("b", {}, what || titled(step)), ` ${sizes(step.shape)}`);
}

/** @param {string} sign @param {string} [label] */
export function sign(sign, label = "") {
  return h("div", { class: "sign", "aria-hidden": "true" }, h("span", {}, sign), label && h("small", {}, label));
}

/** An input channel in words. @param {Doc} doc @param {Step} input @param {number} channel */
export function channelName(doc, input, channel) {
  if (input.shape.channels === 1) return "its only channel";
  const colour = colourName(doc, input, channel);
  return among("channel", channel, input.shape.channels) + (colour && `, ${colour}`);
}

// A picture in its colours, and each of its channels in its own.

import { picture } from "./canvas.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step<any>} Step */

/** Red, green and blue, of a picture in colour. @type {string[]} */
export const COLOURS = ["red", "green", "blue"];
/** Which bytes of a pixel each of them is. */
const BYTES = [0x0000ff, 0x00ff00, 0xff0000];

/** Whether a step's three maps are the colours of the picture. @param {Doc} doc @param {Step} step */
export function isColour(doc, { index, shape }) {
  const [height, width, channels] = doc.shapes.get("image") ?? [0, 0, 0];
  return doc.gray(index) && channels === 3 && shape.channels === 3 && shape.height === height && shape.width === width;
}

/**
 * The colour that a channel of the picture holds, or "".
 * @param {Doc} doc @param {Step} step @param {number} channel
 */
export function colourName(doc, step, channel) {
  return isColour(doc, step) ? COLOURS[channel] : "";
}

/** @type {WeakMap<ArrayLike<number>, ImageData>} */
const MADE = new WeakMap();

/** The picture as the network got it; null where there is none. @param {Doc} doc */
export function image(doc) {
  const bytes = doc.buffers.get("image");
  const [height, width, channels] = doc.shapes.get("image") ?? [0, 0, 0];
  if (!bytes || !height || !width) return null;
  const made = MADE.get(bytes) ?? picture(bytes, height, width, channels);
  MADE.set(bytes, made);
  return made;
}

/**
 * From black to a colour, from the darkest to the brightest: what a value becomes as a pixel.
 * @param {ArrayLike<number>} values of the channel @param {number} channel
 */
export function tinted(values, channel) {
  let [low, high] = [0, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return (/** @type {number} */ value) => {
    const level = high > low ? Math.round(((value - low) / (high - low)) * 255) : 0;
    return (0xff000000 | ((level * 0x010101) & BYTES[channel])) >>> 0;
  };
}

/**
 * A channel of the picture in its colour; undefined where it has none.
 * @param {Doc} doc @param {Step} step @param {number} channel
 */
export function channelImage(doc, step, channel) {
  if (!isColour(doc, step)) return undefined;
  const { values, height, width } = doc.map(step.index, channel);
  const made = new ImageData(width, height);
  const pixels = new Uint32Array(made.data.buffer);
  const colour = tinted(values, channel);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colour(values[i]);
  return made;
}

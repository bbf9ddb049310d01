// Where a step finds the values that it reads: places in other steps' outputs, counted row by row (see places.py).

/**
 * @typedef {import("../types.js").Place} Place
 * @typedef {import("../types.js").Shape} Shape
 * @typedef {import("../document/document.js").Doc} Doc
 */

/** Whether there is a value: padding is nowhere. @param {number} place */
export const somewhere = (place) => place >= 0;

/**
 * How to look a table up: a number for each value, or three lists that add up to it; less than 0 is nowhere.
 * @param {Doc} doc @param {string} name @param {Shape} shape of the step's output
 * @returns {((at: Place) => number) | null}
 */
export function lookup(doc, name, { channels, height, width }) {
  const table = doc.buffers.get(name);
  if (!table) return null;
  if (doc.shapes.get(name)?.length === 3) return ({ channel, y, x }) => table[(channel * height + y) * width + x];
  return ({ channel, y, x }) => table[channel] + table[channels + y] + table[channels + height + x];
}

/** The place of a value. @param {Shape} shape @param {Place} at */
export function numberOf({ height, width }, { channel, y, x }) {
  return (channel * height + y) * width + x;
}

/** The value of a place. @param {Shape} shape @param {number} place @returns {Place} */
export function placeOf({ height, width }, place) {
  return { channel: Math.floor(place / (height * width)), y: Math.floor(place / width) % height, x: place % width };
}

/** How many values there are. @param {Shape} shape */
export function countOf({ channels, height, width }) {
  return channels * height * width;
}

/** A place in words, as the terminal says it. @param {Shape} shape @param {Place} at */
export function named(shape, { channel, y, x }) {
  return shape.flat ? `unit ${channel}` : `y ${y}, x ${x}, channel ${channel}`;
}

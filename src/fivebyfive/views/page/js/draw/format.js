// Numbers and sizes as people read them; the whole number stays in `data-value` wherever one is shown.

import { h } from "./dom.js";

const MINUS = "\u2212";

let rough = false;

/** Whether the numbers that are written from here on are right to three digits only. @param {boolean} on */
export function roughly(on) {
  rough = on;
}

/** Three significant digits or a little more, a real minus sign. @param {number} value */
export function short(value) {
  if (!Number.isFinite(value)) return inWords(value);
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 0.001 ? 3 : -1;
  if (rough && size >= 1) return String(Number(value.toPrecision(3))).replace("-", MINUS);
  const text = digits < 0 ? exponent(size) : size.toFixed(digits);
  return value < 0 ? MINUS + text : text;
}

/** @param {number} value infinite, or not a number */
function inWords(value) {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : `${MINUS}∞`;
}

/** @param {number} size */
function exponent(size) {
  const [mantissa, power] = size.toExponential(1).split("e");
  return `${mantissa}e${MINUS}${power.slice(1)}`;
}

/** Seven significant digits: all that a float32 has; three of a rough number. @param {number} value */
export function long(value) {
  if (!Number.isFinite(value)) return inWords(value);
  return String(Number(value.toPrecision(rough ? 3 : 7))).replace("-", MINUS);
}

/** @param {number} value */
export function percent(value) {
  if (Number.isNaN(value)) return "NaN";
  const share = value * 100;
  return share >= 99.95 && value < 1 ? "> 99.9 %" : share < 0.1 && value > 0 ? "< 0.1 %" : `${share.toFixed(1)} %`;
}

/** @param {number} count */
export function grouped(count) {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 28×28×32, or 1024 for a list. @param {import("../types.js").Shape} shape */
export function sizes(shape) {
  return shape.flat ? String(shape.channels) : `${shape.height}×${shape.width}×${shape.channels}`;
}

/** A number in the text. @param {number} value @param {Record<string, any>} [attributes] */
export function number(value, attributes = {}) {
  return h("span", { class: "n", "data-value": String(value), title: long(value), ...attributes }, short(value));
}

/** @param {number} count @param {string} one @param {string} [many] */
export function plural(count, one, many = `${one}s`) {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/**
 * One of several that are counted from 0: "channel 10 of 0–63".
 * @param {string} what @param {number} which @param {number} count
 */
export function among(what, which, count) {
  return count > 1 ? `${what} ${which} of 0–${count - 1}` : `${what} ${which}`;
}

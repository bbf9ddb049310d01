// The link keeps the picture: which one of MNIST's or of the gallery's, or what was drawn, point by point.

import { ofGallery, ofMnist } from "./source.js";

/** @typedef {import("./source.js").Question} Question @typedef {import("./strokes.js").Stroke} Stroke */

/** Letters that a drawing may take in a link. */
const MOST = 1500;

/** The picture that a link asks for, below what is drawn. @param {string} hash @returns {Question | null} */
export function wanted(hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [name, make] of /** @type {const} */ ([
    ["mnist", ofMnist],
    ["gallery", ofGallery],
  ])) {
    const text = asked.get(name);
    if (text !== null && /^\d{1,5}$/.test(text)) return make(Number(text));
  }
  return null;
}

/** What is drawn in a link's picture. @param {string} hash @returns {Stroke[]} */
export function drawn(hash) {
  const text = new URLSearchParams(hash.replace(/^#/, "")).get("drawn") ?? "";
  return text.length > MOST ? [] : decoded(text);
}

/**
 * What a link says of the picture that is shown; nothing of one from a file.
 * @param {Question | null} below what lies in the pad @param {Stroke[]} strokes what is drawn
 * @returns {Record<string, string>}
 */
export function linked(below, strokes) {
  if (below?.way === "file") return {};
  const found = /** @type {Record<string, string>} */ ({});
  if (below?.way === "mnist" || below?.way === "gallery") found[below.way] = String(below.index);
  if (strokes.length) found.drawn = encoded(strokes);
  return found;
}

/** Strokes as letters, thinned until they are few. @param {Stroke[]} strokes */
export function encoded(strokes) {
  for (let away = 0; ; away = away ? away * 1.5 : 0.5) {
    const text = inLetters(strokes.map((stroke) => thinned(stroke, away)));
    if (text.length <= MOST || away > 100) return text.slice(0, MOST);
  }
}

/** Each stroke: how many points, the first, then each as far as it is from the one before. @param {Stroke[]} strokes */
function inLetters(strokes) {
  /** @type {number[]} */
  const bytes = [];
  const put = (/** @type {number} */ n) => {
    for (let rest = n; ; rest >>= 7) {
      bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) return;
    }
  };
  const signed = (/** @type {number} */ n) => put(n < 0 ? -2 * n - 1 : 2 * n);
  for (const stroke of strokes) {
    put(stroke.length);
    let [x, y] = [0, 0];
    for (const point of stroke) {
      signed(Math.round(point.x) - x);
      signed(Math.round(point.y) - y);
      [x, y] = [Math.round(point.x), Math.round(point.y)];
    }
  }
  const letters = btoa(String.fromCharCode(...bytes));
  return letters.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Stroke[]} as far as it is understood */
function decoded(text) {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return [];
  const bytes = Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  let at = 0;
  const take = () => {
    let found = 0;
    for (let shift = 0; at < bytes.length && shift < 28; shift += 7) {
      found |= (bytes[at] & 127) << shift;
      if (bytes[at++] < 128) break;
    }
    return found;
  };
  const signed = () => {
    const n = take();
    return n & 1 ? -(n + 1) / 2 : n / 2;
  };
  /** @type {Stroke[]} */
  const strokes = [];
  while (at < bytes.length) {
    const count = take();
    let [x, y] = [0, 0];
    /** @type {Stroke} */
    const stroke = [];
    while (stroke.length < count && at < bytes.length) stroke.push({ x: (x += signed()), y: (y += signed()) });
    if (stroke.length) strokes.push(stroke);
  }
  return strokes;
}

/**
 * Fewer points, none of those left out further away from the line than this (Douglas and Peucker, 1973).
 * @param {Stroke} stroke @param {number} away @returns {Stroke}
 */
function thinned(stroke, away) {
  if (stroke.length < 3 || !away) return stroke;
  const [first, last] = [stroke[0], stroke[stroke.length - 1]];
  const [dx, dy] = [last.x - first.x, last.y - first.y];
  const length = Math.hypot(dx, dy);
  let [furthest, at] = [-1, 0];
  for (const [i, { x, y }] of stroke.entries()) {
    const [px, py] = [x - first.x, y - first.y];
    const distance = length ? Math.abs(px * dy - py * dx) / length : Math.hypot(px, py);
    if (distance > furthest) [furthest, at] = [distance, i];
  }
  if (furthest <= away) return [first, last];
  return [...thinned(stroke.slice(0, at + 1), away).slice(0, -1), ...thinned(stroke.slice(at), away)];
}

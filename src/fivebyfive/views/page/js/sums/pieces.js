// A function of one value as the document holds it: straight pieces that are exact, or samples to draw it by.

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../types.js").Step<any>} Step
 * @typedef {{end: number, slope: number, intercept: number}} Piece up to and with `end`
 * @typedef {{x: number, y: number}[]} Line
 */

/**
 * The part of a buffer that belongs to a channel, where all channels do not share it.
 * @param {Doc} doc @param {string} name @param {number} channel
 */
function part(doc, name, channel) {
  const numbers = doc.numbers(name);
  const [channels, count, size] = doc.shapes.get(name) ?? [0, 0, 0];
  if (!numbers) return [];
  const first = (channels === 1 ? 0 : channel) * count * size;
  return Array.from({ length: count }, (_, k) => numbers.subarray(first + k * size, first + (k + 1) * size));
}

/** The straight pieces, or none. @param {Doc} doc @param {Step} step @param {number} channel @returns {Piece[]} */
export function pieces(doc, step, channel) {
  const found = part(doc, `pieces/${step.index}`, channel);
  return found.map(([end, slope, intercept]) => ({ end, slope, intercept }));
}

/** The piece that a value lies on. @param {Piece[]} all @param {number} x */
export function pieceAt(all, x) {
  return all.find(({ end }) => x <= end) ?? all[all.length - 1];
}

/** What the pieces make of a value. @param {Piece[]} all @param {number} x */
export function follow(all, x) {
  const { slope, intercept } = pieceAt(all, x);
  if (slope === 0) return Number.isNaN(x) ? x : intercept; // infinity times 0 is no number
  return slope * x + intercept;
}

/**
 * The curve between −reach and reach: a line for each piece, or through the samples.
 * @param {Doc} doc @param {Step} step @param {number} channel @param {number} reach @returns {Line[]}
 */
export function curve(doc, step, channel, reach) {
  const straight = pieces(doc, step, channel);
  if (straight.length) return straight.flatMap((piece, i) => drawn(piece, i ? straight[i - 1].end : -reach, reach));
  const samples = part(doc, `samples/${step.index}`, channel).map(([x, y]) => ({ x, y }));
  return unbroken(samples.filter(({ x }) => Math.abs(x) <= reach));
}

/** @param {Piece} piece @param {number} start @param {number} reach @returns {Line[]} */
function drawn({ end, slope, intercept }, start, reach) {
  const [from, to] = [Math.max(start, -reach), Math.min(end, reach)];
  const at = (/** @type {number} */ x) => ({ x, y: slope * x + intercept });
  return from < to ? [[at(from), at(to)]] : [];
}

/** Samples between those that have no finite value. @param {Line} samples @returns {Line[]} */
function unbroken(samples) {
  /** @type {Line[]} */
  const lines = [[]];
  for (const point of samples) {
    if (Number.isFinite(point.y)) lines[lines.length - 1].push(point);
    else lines.push([]);
  }
  return lines.filter((line) => line.length > 1);
}

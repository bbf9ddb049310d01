// The way back through attention: a value is passed back by the shares of its key; a query and a key by how the shares
// change with how well they fit.

import { operand, read } from "../../back/readers.js";
import { lookup } from "../../sums/places.js";
import { asked } from "./shares.js";

/**
 * @typedef {import("../../document/document.js").Doc} Doc @typedef {import("../../types.js").Step<any>} Step
 * @typedef {import("../../types.js").Place} Place
 */

/**
 * @param {Doc} doc @param {Step} step @param {number} position @param {Place} place
 * @returns {import("../../back/sum.js").Grows[] | null}
 */
export function attentionBack(doc, step, position, place) {
  const [query, key, value] = [0, 1, 2].map((k) => operand(doc, step, k));
  if (!query || !key || !value || !doc.output(step.index)) return null;
  const size = doc.buffers.get(`along-0/${step.index}`)?.length ?? 1;
  const { scale } = step.attributes;
  const sharesAt = sharing(doc, step);
  return read(doc, step, position, place, (k, at) => {
    const shares = sharesAt(at);
    if (!shares) return null;
    if (k === 3 && step.attributes.mask !== "adds") return 0;
    if (k === 2) return shares[at.nth];
    const result = doc.value(step.index, at.channel, at.y, at.x);
    if (k === 3) return shares[at.nth] && shares[at.nth] * (value(at, at.nth) - result);
    if (k === 1) {
      const n = Math.floor(at.nth / size);
      return shares[n] && shares[n] * (value(at, n) - result) * scale * query(at, at.nth % size);
    }
    return (
      scale * shares.reduce((sum, s, n) => sum + (s && s * (value(at, n) - result) * key(at, n * size + at.nth)), 0)
    );
  });
}

/**
 * The shares of the query of a place; those of one query are worked out once.
 * @param {Doc} doc @param {Step} step
 */
function sharing(doc, step) {
  /** @type {Map<string, Float64Array | null>} */
  const known = new Map();
  const tables = [0, 1, 3].map((k) => lookup(doc, `base-${k}/${step.index}`, step.shape));
  return (/** @type {Place} */ at) => {
    const name = tables.map((table) => table?.(at) ?? "").join();
    if (!known.has(name)) known.set(name, asked(doc, step, at)?.shares ?? null);
    return known.get(name) ?? null;
  };
}

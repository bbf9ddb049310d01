// A formula in a line of text, as it is written by hand.

import { h } from "./dom.js";

/**
 * Σ_{di,dj,q} with its letters below.
 * @param {string} sentence @returns {import("./dom.js").Child[]}
 */
export function lowered(sentence) {
  return sentence
    .split(/_(\{[^}]*\}|\w)(?=\W)/)
    .map((part, i) => (i % 2 ? h("sub", {}, part.replace(/[{}]/g, "")) : part));
}

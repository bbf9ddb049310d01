// The size of what a window makes: by its formula, and in words.

import { math } from "../draw/dom.js";
import { mi, mn, mo, row } from "../draw/formula.js";
import { sizeAfter } from "../sums/convolve.js";
import { span } from "../sums/window.js";

/** @typedef {import("../sums/window.js").Window} Window @typedef {import("../types.js").Shape} Shape */

/** Height and width, ⌊(in + before + after − span) / stride⌋ + 1 each. @param {Window} w @param {Shape} input */
export function sizeFormulas(w, input) {
  const { height, width } = sizeAfter(input, w);
  const { top, bottom, left, right } = w.padding;
  const [tall, wide] = [span(w.kernel[0], w.dilation[0]), span(w.kernel[1], w.dilation[1])];
  return [
    written("height", [input.height, top, bottom, tall, w.stride[0]], height),
    written("width", [input.width, left, right, wide, w.stride[1]], width),
  ];
}

/** @param {string} name @param {number[]} numbers size, before, after, span, stride @param {number} result */
function written(name, numbers, result) {
  const [size, before, after, spans, stride] = numbers.map((n) => mn(String(n)));
  const windows = math("mfrac", row(size, mo("+"), before, mo("+"), after, mo("−"), spans), stride);
  return math("math", row(mi(name), mo("="), mo("⌊"), windows, mo("⌋"), mo("+"), mn("1"), mo("="), mn(String(result))));
}

/** @param {Window} w @param {Shape} input @param {string} padding SAME, VALID or explicit */
export function sizeInWords(w, input, padding) {
  const { height, width } = sizeAfter(input, w);
  const s = w.stride[0];
  const why = {
    SAME:
      ` SAME: ⌈${input.height} / ${s}⌉ = ${Math.ceil(input.height / s)}; ` +
      "the padding is what that takes, the smaller half above and to the left.",
    VALID: " VALID: no padding; the window stays inside.",
  };
  const wrong = " The window is larger than the padded input: it fits nowhere, and the code would stop with an error.";
  const reason = padding === "SAME" || padding === "VALID" ? why[padding] : "";
  return `${input.height}×${input.width} → ${height}×${width}.${reason}${height && width ? "" : wrong}`;
}

// Where a window lies: what SAME, VALID and explicit padding mean, and which input cells an output cell looks at.

/**
 * @typedef {import("../types.js").Sides} Sides
 * @typedef {{kernel: [number, number], stride: [number, number], dilation: [number, number], padding: Sides,
 *   mode?: string}} Window `mode`: what stands in the padding; zeros unless it says else
 */

/** Cells that a dilated kernel spans. @param {number} kernel @param {number} dilation */
export function span(kernel, dilation) {
  return (kernel - 1) * dilation + 1;
}

/**
 * TensorFlow's SAME: out = ⌈in / stride⌉, the smaller half of the padding before.
 * @param {number} size @param {number} kernel @param {number} stride @param {number} [dilation]
 * @returns {[number, number]} cells before and after
 */
export function same(size, kernel, stride, dilation = 1) {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + span(kernel, dilation) - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/**
 * The same on every side.
 * @param {{height: number, width: number}} input @param {import("../types.js").Pair} kernel
 * @param {import("../types.js").Pair} stride @param {import("../types.js").Pair} [dilation] @returns {Sides}
 */
export function sameSides({ height, width }, kernel, stride, dilation = [1, 1]) {
  const [top, bottom] = same(height, kernel[0], stride[0], dilation[0]);
  const [left, right] = same(width, kernel[1], stride[1], dilation[1]);
  return { top, bottom, left, right };
}

/**
 * How many windows fit: ⌊(in + before + after − span) / stride⌋ + 1.
 * @param {number} size @param {number} kernel @param {number} stride @param {number} before @param {number} after
 * @param {number} [dilation]
 */
export function fits(size, kernel, stride, before, after, dilation = 1) {
  return Math.max(0, Math.floor((size + before + after - span(kernel, dilation)) / stride) + 1);
}

/** The window of a step. @param {import("../types.js").Windowed} attributes @returns {Window} */
export function windowOf({ kernel, stride, dilation, padding, padding_mode: mode }) {
  return { kernel, stride, dilation: dilation ?? [1, 1], padding, mode };
}

/**
 * Where a row or column beyond the edge takes its values from; −1 where it is zero.
 * @param {number} i @param {number} size @param {string} [mode]
 */
export function folded(i, size, mode) {
  if (i >= 0 && i < size) return i;
  if (mode === "circular") return ((i % size) + size) % size;
  if (mode === "replicate") return i < 0 ? 0 : size - 1;
  if (mode === "reflect") return i < 0 ? -i : 2 * (size - 1) - i;
  return -1;
}

/** The input cells under the window, padding included. @param {Window} w @param {number} y @param {number} x */
export function boxAt(w, y, x) {
  return {
    y: y * w.stride[0] - w.padding.top,
    x: x * w.stride[1] - w.padding.left,
    height: span(w.kernel[0], w.dilation[0]),
    width: span(w.kernel[1], w.dilation[1]),
  };
}

/** The output cell whose window lies nearest to an input cell. @param {Window} w @param {number} y @param {number} x */
export function nearest(w, y, x) {
  const middle = (/** @type {0 | 1} */ axis) => (span(w.kernel[axis], w.dilation[axis]) - 1) / 2;
  return {
    y: Math.round((y + w.padding.top - middle(0)) / w.stride[0]),
    x: Math.round((x + w.padding.left - middle(1)) / w.stride[1]),
  };
}

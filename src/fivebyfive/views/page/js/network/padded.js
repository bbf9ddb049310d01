// A step's input in double precision, with cells around each map for what stands in the padding.

import { folded } from "../sums/window.js";

/**
 * Room that one layer leaves to the next: what is read once need not be cleared away.
 * @param {{values: Float64Array}} room @param {number} size at least so many
 */
export function enough(room, size) {
  if (room.values.length < size) room.values = new Float64Array(size);
  return room.values;
}

/**
 * Maps with padding around them, [channels, rows, columns].
 * @param {ArrayLike<number>} x [channels, height, width] @param {import("../types.js").Shape} shape of x
 * @param {{top: number, left: number, rows: number, columns: number, mode?: string}} around `rows` and `columns` of a
 *   padded map; negative sides cut off
 * @param {Float64Array} into
 */
export function padded(x, { channels, height, width }, { top, left, rows, columns, mode }, into) {
  const from = Int32Array.from({ length: columns }, (_, j) => folded(j - left, width, mode));
  let to = 0;
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < rows; i++) {
      const y = folded(i - top, height, mode);
      const first = (c * height + y) * width;
      for (let j = 0; j < columns; j++) into[to++] = y < 0 || from[j] < 0 ? 0 : x[first + from[j]];
    }
  }
}

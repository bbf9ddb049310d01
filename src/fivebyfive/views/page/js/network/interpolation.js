// A whole interpolation: first along the rows, then along the columns.

/** @typedef {{at: number, weight: number}[]} Taps the rows, or columns, that one is made of */

/**
 * @param {Float32Array} x @param {import("../types.js").Shape} from of x @param {Taps[]} rows @param {Taps[]} columns
 */
export function interpolated(x, { channels, height, width }, rows, columns) {
  const result = new Float32Array(channels * rows.length * columns.length);
  const line = new Float64Array(width);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (const row of rows) {
      line.fill(0);
      for (const { at, weight } of row) {
        const first = (c * height + at) * width;
        for (let k = 0; k < width; k++) line[k] += weight * x[first + k];
      }
      for (const column of columns) {
        let sum = 0;
        for (const { at, weight } of column) sum += weight * line[at];
        result[i++] = sum;
      }
    }
  }
  return result;
}

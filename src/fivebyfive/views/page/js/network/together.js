// A softmax and a normalization of whole outputs: group by group of the values that belong together.

/**
 * @typedef {import("../types.js").Shape} Shape @typedef {import("../types.js").Together} Together
 */

/**
 * Every group of values that belong together; the same list of places each time, filled anew.
 * @param {Shape} shape @param {Together} over @param {(places: Int32Array) => void} visit
 */
function groups({ channels, height, width }, over, visit) {
  const [rows, columns] = [over.rows ? height : 1, over.columns ? width : 1];
  const places = new Int32Array(over.channels * rows * columns);
  for (let c = 0; c < channels; c += over.channels) {
    for (let y = 0; y < height; y += rows) {
      for (let x = 0; x < width; x += columns) {
        let i = 0;
        for (let k = c; k < c + over.channels; k++) {
          for (let row = y; row < y + rows; row++) {
            for (let column = x; column < x + columns; column++) places[i++] = (k * height + row) * width + column;
          }
        }
        visit(places);
      }
    }
  }
}

/**
 * Each value's power of e as a share of all that it belongs together with; with `logarithm`, its logarithm.
 * @param {Float32Array} x @param {Shape} shape of x @param {Together} over
 * @param {{sign: 1 | -1, logarithm: boolean}} how `sign` of the values
 */
export function shares(x, shape, over, { sign, logarithm }) {
  const result = new Float32Array(x.length);
  groups(shape, over, (places) => {
    let most = -Infinity;
    for (const i of places) most = Math.max(most, sign * x[i]);
    let sum = 0;
    for (const i of places) sum += Math.exp(sign * x[i] - most);
    const less = most + Math.log(sum);
    for (const i of places) result[i] = logarithm ? sign * x[i] - less : Math.exp(sign * x[i] - most) / sum;
  });
  return result;
}

/**
 * Each value less the mean of its group, over the group's deviation.
 * @param {Float32Array} x @param {Shape} shape of x @param {Together} over @param {number} eps
 * @param {boolean} squares only the size of the values counts, not their mean
 */
export function normalized(x, shape, over, eps, squares) {
  const result = new Float32Array(x.length);
  groups(shape, over, (places) => {
    let mean = 0;
    if (!squares) for (const i of places) mean += x[i] / places.length;
    let variance = 0;
    for (const i of places) variance += (x[i] - mean) ** 2 / places.length;
    const size = Math.sqrt(variance + eps);
    for (const i of places) result[i] = (x[i] - mean) / size;
  });
  return result;
}

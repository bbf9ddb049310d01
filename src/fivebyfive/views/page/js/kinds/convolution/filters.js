// Filters to try in place of a step's own, and its own in another size.

/** @type {Record<string, {name: string, weigh: (y: number, x: number, k: number) => number}>} */
export const FILTERS = {
  mean: { name: "mean of the window", weigh: (_y, _x, k) => 1 / (k * k) },
  vertical: { name: "vertical edges", weigh: (_y, x, k) => Math.sign(x - (k - 1) / 2) / k },
  horizontal: { name: "horizontal edges", weigh: (y, _x, k) => Math.sign(y - (k - 1) / 2) / k },
  middle: {
    name: "the middle cell alone",
    weigh: (y, x, k) => Number(y === Math.floor((k - 1) / 2) && x === Math.floor((k - 1) / 2)),
  },
};

/**
 * A slice in a frame of another size, middle on middle: cut, or set in zeros.
 * @param {Float32Array} slice @param {[number, number]} kernel @param {number} size
 */
export function resize(slice, [rows, columns], size) {
  const result = new Float32Array(size * size);
  const [top, left] = [Math.floor((rows - size) / 2), Math.floor((columns - size) / 2)];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [sy, sx] = [y + top, x + left];
      if (sy >= 0 && sy < rows && sx >= 0 && sx < columns) result[y * size + x] = slice[sy * columns + sx];
    }
  }
  return result;
}

/** @param {string} name @param {number} size */
export function made(name, size) {
  return Float32Array.from({ length: size * size }, (_, i) =>
    FILTERS[name].weigh(Math.floor(i / size), i % size, size),
  );
}

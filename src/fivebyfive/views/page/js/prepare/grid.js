// Numbers in rows: what a picture is while it is prepared.

/** @typedef {{height: number, width: number, values: Float32Array | Uint8Array}} Grid row by row */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */

/**
 * The smallest box that holds all values from `least` on; null without any.
 * @param {Grid} grid @param {number} least
 */
export function boxOf({ height, width, values }, least) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (values[i] < least) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** @param {Grid} grid @param {Box} box @returns {Grid} */
export function cut(grid, { left, top, width, height }) {
  const values = grid.values.slice(0, width * height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * grid.width + left;
    values.set(grid.values.subarray(start, start + width), y * width);
  }
  return { height, width, values };
}

/** The largest value. @param {ArrayLike<number>} values */
export function most(values) {
  let found = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > found) found = values[i];
  return found;
}

/** With `margin` zeros on every side. @param {Grid} grid @param {number} margin @returns {Grid} */
export function padded(grid, margin) {
  const [height, width] = [grid.height + 2 * margin, grid.width + 2 * margin];
  const values = new Float32Array(height * width);
  for (let y = 0; y < grid.height; y++) {
    values.set(grid.values.subarray(y * grid.width, (y + 1) * grid.width), (y + margin) * width + margin);
  }
  return { height, width, values };
}

/** The same values as whole numbers of 0 … 255, from 0 … 1. @param {Grid} grid @param {(x: number) => number} round */
export function inBytes({ height, width, values }, round) {
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = round(values[i] * 255);
  return { height, width, values: bytes };
}

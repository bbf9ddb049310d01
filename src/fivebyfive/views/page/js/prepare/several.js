// Whether a drawing holds more than one digit: parts side by side, each about as tall as the others
// (pictures/several.py is the same rule).

/** @typedef {import("./grid.js").Grid} Grid */

/** Of the tallest part, what another has at least. */
const TALL = 0.5;

/** @param {Grid} mask not 0 where there is ink */
export function isSeveral({ height, width, values }) {
  const heights = [];
  let [top, bottom] = [height, -1];
  for (let x = 0; x <= width; x++) {
    let blank = true;
    for (let y = 0; x < width && y < height; y++) {
      if (!values[y * width + x]) continue;
      blank = false;
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
    if (!blank || bottom < 0) continue;
    heights.push(bottom - top + 1);
    [top, bottom] = [height, -1];
  }
  const tallest = Math.max(...heights);
  return heights.filter((each) => each >= TALL * tallest).length > 1;
}

// The values of a step that belong together with one of them: a softmax's row, what a normalization averages.

/**
 * The values, in the order of channels, rows and columns, their places, and which of them stands at the place.
 * @param {import("../document/document.js").Doc} doc @param {number} index of the step
 * @param {import("../types.js").Together} over @param {import("../types.js").Place} place
 */
export function together(doc, index, over, { channel, y, x }) {
  const { height, width } = doc.steps[index].shape;
  const first = Math.floor(channel / over.channels) * over.channels;
  const rows = over.rows ? [0, height] : [y, y + 1];
  const columns = over.columns ? [0, width] : [x, x + 1];
  /** @type {number[]} */
  const values = [];
  /** @type {import("../types.js").Place[]} */
  const places = [];
  let own = 0;
  for (let c = first; c < first + over.channels; c++) {
    for (let i = rows[0]; i < rows[1]; i++) {
      for (let j = columns[0]; j < columns[1]; j++) {
        if (c === channel && i === y && j === x) own = values.length;
        values.push(doc.value(index, c, i, j));
        places.push({ channel: c, y: i, x: j });
      }
    }
  }
  return { values, places, own };
}

/**
 * Each map from those that it belongs together with.
 * @type {import("../document/relations.js").Relation<any>}
 */
export const TOGETHER = { read: block, written: block };

/**
 * @param {unknown} _doc @param {import("../types.js").Step<any>} step @param {number} _position @param {number} channel
 */
function block(_doc, step, _position, channel) {
  const size = step.attributes.over.channels;
  const from = Math.floor(channel / size) * size;
  return { from, to: from + size, by: 1 };
}

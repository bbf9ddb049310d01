// A picture brought to another size, as Pillow's ImageOps.fit does it with BILINEAR: its middle, aspect kept, every new
// pixel a weighted mean of the old ones below it, in whole numbers of 22 bits.

/**
 * @typedef {{height: number, width: number, channels: number, values: Uint8Array}} Picture
 *   [height, width, channels], as documents have pictures
 */

const BITS = 22;

/** @param {Picture} picture @param {{height: number, width: number, channels: number}} size @returns {Picture} */
export function fitted(picture, { height, width, channels }) {
  const coloured = inChannels(picture, channels);
  if (picture.height === height && picture.width === width) return coloured;
  const [from, to] = [picture.width / picture.height, width / height];
  const wide = from > to ? to * picture.height : picture.width;
  const high = from < to ? picture.width / to : picture.height;
  const [left, top] = [(picture.width - wide) / 2, (picture.height - high) / 2];
  return down(
    across(coloured, weights(picture.width, left, left + wide, width)),
    weights(picture.height, top, top + high, height),
  );
}

/** In grey, in colour, or in colour and opaque. @param {Picture} picture @param {number} channels @returns {Picture} */
function inChannels({ height, width, channels: had, values }, channels) {
  const found = new Uint8Array(height * width * channels);
  for (let i = 0; i < height * width; i++) {
    const [r, g, b] = had === 1 ? Array(3).fill(values[i]) : values.subarray(i * had, i * had + 3);
    if (channels === 1) found[i] = had === 1 ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
    else found.set([r, g, b, 255].slice(0, channels), i * channels);
  }
  return { height, width, channels, values: found };
}

/**
 * Of each new row or column: from which old one on, and how much of each.
 * @param {number} count of the old @param {number} start @param {number} end @param {number} wanted
 */
function weights(count, start, end, wanted) {
  const [first, last] = [Math.fround(start), Math.fround(end)];
  const scale = (last - first) / wanted;
  const reach = Math.max(1, scale);
  return Array.from({ length: wanted }, (_, i) => {
    const centre = first + (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - reach + 0.5));
    const to = Math.min(count, Math.trunc(centre + reach + 0.5));
    const shares = Array.from({ length: to - from }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + from - centre + 0.5) / reach)),
    );
    const sum = shares.reduce((a, b) => a + b, 0);
    return { from, shares: shares.map((share) => Math.trunc(0.5 + (share / sum) * 2 ** BITS)) };
  });
}

/** @param {Picture} picture @param {ReturnType<typeof weights>} columns @returns {Picture} */
function across({ height, width, channels, values }, columns) {
  const found = new Uint8Array(height * columns.length * channels);
  for (let y = 0, i = 0; y < height; y++) {
    for (const { from, shares } of columns) {
      for (let c = 0; c < channels; c++, i++) {
        found[i] = mean(values, (y * width + from) * channels + c, channels, shares);
      }
    }
  }
  return { height, width: columns.length, channels, values: found };
}

/** @param {Picture} picture @param {ReturnType<typeof weights>} rows @returns {Picture} */
function down({ width, channels, values }, rows) {
  const found = new Uint8Array(rows.length * width * channels);
  const row = width * channels;
  rows.forEach(({ from, shares }, y) => {
    for (let i = 0; i < row; i++) found[y * row + i] = mean(values, from * row + i, row, shares);
  });
  return { height: rows.length, width, channels, values: found };
}

/** @param {ArrayLike<number>} values @param {number} start @param {number} by @param {number[]} shares */
function mean(values, start, by, shares) {
  let sum = 2 ** (BITS - 1);
  for (let k = 0; k < shares.length; k++) sum += values[start + k * by] * shares[k];
  return Math.min(255, Math.floor(sum / 2 ** BITS));
}

// Where the filters of a layer lie when all are shown at once: tiles of cells, a cell apart. Nothing here draws.

/**
 * @typedef {{columns: number, rows: number, high: number, wide: number, gap: number, width: number, height: number,
 *   index: (tile: number, y: number, x: number) => number, count: number}} Tiles
 *   tiles in rows and columns, each `high` × `wide` cells; `width` and `height` of all, in cells; `index`: where in the
 *   layer's weights a cell is
 * @typedef {{tile: number, y: number, x: number, index: number}} Cell
 */

/** A layer of more input channels than one is shown channel by channel, or all of them at once. */
export const ALL = -1;

/**
 * @param {[number, number, number, number]} shape out, in, height, width @param {number} channel of the input, or `ALL`
 * @param {number} width to height, that all should have together
 * @returns {Tiles}
 */
export function arranged([out, inputs, high, wide], channel, width = 1.6) {
  if (high === 1 && wide === 1) {
    // a matrix is one tile: a row for each output
    const across = inputs >= out;
    return tiles(1, 1, across ? out : inputs, across ? inputs : out, 0, (_, y, x) =>
      across ? y * inputs + x : x * inputs + y,
    );
  }
  const size = high * wide;
  if (channel === ALL) {
    const across = out >= inputs; // the longer way lies across
    const [columns, rows] = across ? [out, inputs] : [inputs, out];
    return tiles(columns, rows, high, wide, 1, (tile, y, x) => {
      const [a, b] = [tile % columns, Math.floor(tile / columns)];
      const [o, i] = across ? [a, b] : [b, a];
      return (o * inputs + i) * size + y * wide + x;
    });
  }
  const columns = Math.max(1, Math.min(out, Math.ceil(Math.sqrt((out * width * (high + 1)) / (wide + 1)))));
  const rows = Math.ceil(out / columns);
  const index = (/** @type {number} */ tile, /** @type {number} */ y, /** @type {number} */ x) =>
    (tile * inputs + channel) * size + y * wide + x;
  return { ...tiles(columns, rows, high, wide, 1, index), count: out };
}

/**
 * @param {number} columns @param {number} rows @param {number} high @param {number} wide @param {number} gap
 * @param {(tile: number, y: number, x: number) => number} index
 * @returns {Tiles}
 */
function tiles(columns, rows, high, wide, gap, index) {
  const width = columns * (wide + gap) - gap;
  const height = rows * (high + gap) - gap;
  return { columns, rows, high, wide, gap, width, height, index, count: columns * rows };
}

/** The corner of a tile, in cells. @param {Tiles} tiles @param {number} tile */
export function corner({ columns, high, wide, gap }, tile) {
  return { x: (tile % columns) * (wide + gap), y: Math.floor(tile / columns) * (high + gap) };
}

/**
 * Which cell is at a place in cells; between the tiles there is none.
 * @param {Tiles} tiles
 * @param {number} x
 * @param {number} y
 * @returns {Cell | null}
 */
export function cellAt(tiles, x, y) {
  const { columns, high, wide, gap, width, height, count } = tiles;
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  const [column, row] = [Math.floor(x / (wide + gap)), Math.floor(y / (high + gap))];
  const [dx, dy] = [Math.floor(x - column * (wide + gap)), Math.floor(y - row * (high + gap))];
  const tile = row * columns + column;
  if (dx >= wide || dy >= high || tile >= count) return null;
  return { tile, y: dy, x: dx, index: tiles.index(tile, dy, dx) };
}

/**
 * The cell beside another, over the gaps between tiles; at the edge, the same.
 * @param {Tiles} tiles
 * @param {Cell} cell
 * @param {number} down
 * @param {number} right
 * @returns {Cell}
 */
export function beside(tiles, cell, down, right) {
  const from = corner(tiles, cell.tile);
  let [x, y] = [from.x + cell.x + right, from.y + cell.y + down];
  if (!cellAt(tiles, x, y)) [x, y] = [x + right, y + down];
  return cellAt(tiles, x, y) ?? cell;
}

/** Where a weight is among the tiles, or null. @param {Tiles} tiles @param {number} index @returns {Cell | null} */
export function cellOf(tiles, index) {
  const size = tiles.high * tiles.wide;
  for (let tile = 0; tile < tiles.count; tile++) {
    if (tiles.gap && Math.abs(tiles.index(tile, 0, 0) - index) >= size) continue;
    for (let at = 0; at < size; at++) {
      const [y, x] = [Math.floor(at / tiles.wide), at % tiles.wide];
      if (tiles.index(tile, y, x) === index) return { tile, y, x, index };
    }
  }
  return null;
}

/**
 * Colour every cell; what lies between stays clear.
 * @param {Uint32Array} pixels [height, width] @param {Tiles} tiles @param {(index: number) => number} colour
 */
export function paint(pixels, tiles, colour) {
  const { high, wide, width, count } = tiles;
  for (let tile = 0; tile < count; tile++) {
    const from = corner(tiles, tile);
    for (let y = 0; y < high; y++) {
      for (let x = 0, at = (from.y + y) * width + from.x; x < wide; x++, at++) {
        pixels[at] = colour(tiles.index(tile, y, x));
      }
    }
  }
}

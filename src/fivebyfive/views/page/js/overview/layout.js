// Where each block of the big picture stands: columns from left to right, and on in the next row, as words do.

import { LEVEL, TRACK, route } from "./routes.js";
import { cellsOf } from "./tiles.js";

/**
 * @typedef {import("./graph.js").Graph} Graph @typedef {import("./groups.js").Item} Item
 * @typedef {import("./tiles.js").Cells} Cells @typedef {import("./tiles.js").Look} Look
 * @typedef {Cells & {item: Item, column: number, row: number, lane: number, x: number, y: number, left: number,
 *   room: number, more: boolean, channels: number[]}} Block the box of its maps; `left` and `room`: where its name
 *   begins and how wide it may be; `more`: a line below says how many more maps there are; `channels`: those shown, or
 *   −1 for the picture
 * @typedef {import("./groups.js").Group} Group
 * @typedef {{group: Group, row: number, lane: number, floor: number, left: number, right: number}} Bracket a bar over
 *   an open module's steps; `floor`: which of the bars above each other
 * @typedef {{names: number, maps: number, top: number, floor: number, bottom: number}} Lane where its bars, names and
 *   maps begin, where these end, and where the lines around them end
 * @typedef {{head: number, bars: number, colour: boolean, look: Look | null}} Measured of an item, in pixels: how wide
 *   its name is, and a row with a bar; `look`: its own, where it is not like the others
 * @typedef {{blocks: Block[], edges: import("./routes.js").Edge[], brackets: Bracket[], lanes: Lane[][],
 *   width: number, height: number}} Plan
 */

export const HEAD = 40;
export const BRACKET = 20;
/** Below the maps, in words: how many more there are. */
export const MORE = 18;
/** A name may take so much room before it is shortened. */
const LONGEST = 132;
const NARROWEST = 44;
const BETWEEN = { least: 20, most: 56 };
const MARGIN = 10;

/**
 * @param {Graph} graph @param {Look} look @param {Measured[]} measured of each item @param {number} width in pixels
 * @param {Group[]} groups those that may be open
 * @returns {Plan}
 */
export function layout(graph, look, measured, width, groups) {
  const cells = graph.list.map(({ step }, i) =>
    cellsOf(step, measured[i].look ?? look, measured[i].bars, measured[i].colour),
  );
  const widths = columnWidths(graph, cells, measured);
  const { lines, rows, edges, left } = inRows(graph, widths, width);
  const places = position(widths, lines, width, left);
  const blocks = graph.list.map((item, i) => {
    const { start, room, gap } = places[graph.columns[i]];
    const x = start + (room - cells[i].width) / 2;
    const at = { column: graph.columns[i], row: rows[i], lane: graph.lanes[i], x, y: 0 };
    const more = measured[i].look !== null || cells[i].shown < item.step.shape.channels;
    const channels = /** @type {number[]} */ ([]);
    return { item, ...cells[i], ...at, left: start - gap / 2 + 2, room: room + gap - 4, more, channels };
  });
  const brackets = bracketsOf(blocks, groups);
  const lanes = stack(blocks, edges, brackets, lines.length);
  for (const block of blocks) block.y = lanes[block.row][block.lane].maps;
  const right = Math.max(...blocks.map((b) => Math.max(b.x + b.width, b.left + b.room)));
  const last = lanes[lanes.length - 1];
  return { blocks, edges, brackets, lanes, width: right + MARGIN, height: last[last.length - 1].bottom };
}

/**
 * The rows, and the lines between blocks; at the left these take room from the rows.
 * @param {Graph} graph @param {number[]} widths @param {number} width
 */
function inRows(graph, widths, width) {
  for (let left = 0; ;) {
    const lines = wrap(widths, width - left);
    const rowOfColumn = lines.flatMap((columns, row) => columns.map(() => row));
    const rows = graph.columns.map((c) => rowOfColumn[c]);
    const edges = route(graph, rows);
    const needed = TRACK * Math.max(0, ...edges.map((e) => e.track));
    if (needed <= left || left > width / 4) return { lines, rows, edges, left: needed };
    left = needed;
  }
}

/** @param {Graph} graph @param {Cells[]} cells @param {Measured[]} measured */
function columnWidths({ list, columns }, cells, measured) {
  const widths = Array.from({ length: Math.max(...columns) + 1 }, () => NARROWEST);
  list.forEach((_, i) => {
    const name = Math.min(measured[i].head, LONGEST) - BETWEEN.least + 4;
    widths[columns[i]] = Math.max(widths[columns[i]], cells[i].width, name);
  });
  return widths;
}

/** How wide columns are with the gaps between them. @param {number[]} widths */
const total = (widths) => widths.reduce((sum, w) => sum + w + BETWEEN.least, 2 * MARGIN);

/**
 * Columns in rows no wider than the room, as few rows as there can be, and about equally long.
 * @param {number[]} widths @param {number} room @returns {number[][]}
 */
function wrap(widths, room) {
  const fill = (/** @type {number} */ most) => {
    /** @type {number[][]} */
    const rows = [[]];
    widths.forEach((_, c) => {
      const row = rows[rows.length - 1];
      if (row.length && total([...row, c].map((i) => widths[i])) > most) rows.push([c]);
      else row.push(c);
    });
    return rows;
  };
  const rows = fill(room);
  let even = total(widths) / rows.length;
  while (even < room && fill(even).length > rows.length) even += 16;
  return fill(Math.min(even, room));
}

/**
 * Where each column begins; what is left of the width goes between them.
 * @param {number[]} widths @param {number[][]} rows @param {number} width @param {number} left for the lines there
 */
function position(widths, rows, width, left) {
  /** @type {{start: number, room: number, gap: number}[]} */
  const places = [];
  const spare = rows.map((row) => (width - left - total(row.map((c) => widths[c]))) / Math.max(1, row.length));
  const gap = Math.max(0, Math.min(BETWEEN.most - BETWEEN.least, ...spare)) + BETWEEN.least;
  for (const row of rows) {
    let start = MARGIN + left + gap / 2;
    for (const c of row) {
      places.push({ start, room: widths[c], gap });
      start += widths[c] + gap;
    }
  }
  return places;
}

/**
 * The bars over the steps of open modules, one for each row, those that would overlap above each other.
 * @param {Block[]} blocks @param {Group[]} groups
 */
function bracketsOf(blocks, groups) {
  /** @type {Bracket[]} */
  const brackets = [];
  const folded = blocks.flatMap((b) => (b.item.group ? [b.item.group] : []));
  for (const group of groups) {
    if (folded.some((f) => f.first <= group.first && f.last >= group.last)) continue;
    const inside = blocks.filter((b) => b.item.step.index >= group.first && b.item.step.index <= group.last);
    for (const row of new Set(inside.map((b) => b.row))) {
      const there = inside.filter((b) => b.row === row);
      const lane = Math.min(...there.map((b) => b.lane));
      const left = Math.min(...there.map((b) => b.left));
      const right = Math.max(...there.map((b) => b.left + b.room));
      const beside = brackets.filter((p) => p.row === row && p.lane === lane && p.left < right && left < p.right);
      brackets.push({ group, row, lane, left, right, floor: Math.max(-1, ...beside.map((p) => p.floor)) + 1 });
    }
  }
  return brackets;
}

/**
 * The lanes of each row, each as high as what is in it.
 * @param {Block[]} blocks @param {import("./routes.js").Edge[]} edges @param {Bracket[]} brackets @param {number} rows
 */
function stack(blocks, edges, brackets, rows) {
  /** @type {Lane[][]} */
  const all = [];
  let top = 0;
  for (let row = 0; row < rows; row++) {
    const own = blocks.filter((b) => b.row === row);
    const lowest = Math.max(...own.map((b) => b.lane));
    /** @type {Lane[]} */
    const lanes = [];
    for (let lane = 0; lane <= lowest; lane++) {
      const here = own.filter((b) => b.lane === lane);
      const bars = brackets.filter((b) => b.row === row && b.lane === lane);
      const names = top + BRACKET * Math.max(0, ...bars.map((b) => b.floor + 1));
      const maps = names + (here.length ? HEAD : 0);
      const tall = here.map((b) => b.height + (b.more ? MORE : 0));
      const floor = maps + Math.max(0, ...tall);
      const bottom = floor + LEVEL * (Math.max(0, ...levels(blocks, edges, row, lane, lowest)) + 2);
      lanes.push({ top, names, maps, floor, bottom });
      top = bottom;
    }
    all.push(lanes);
  }
  return all;
}

/**
 * How far below a lane lines go.
 * @param {Block[]} blocks @param {import("./routes.js").Edge[]} edges @param {number} row @param {number} lane
 * @param {number} lowest the row's lowest lane
 */
function levels(blocks, edges, row, lane, lowest) {
  return edges.flatMap(({ from, to, level, into, track }) => {
    const [a, b] = [blocks[from], blocks[to]];
    if (!track) return a.row === row && Math.max(a.lane, b.lane) === lane ? [level] : [];
    if (lane !== lowest) return [];
    return [...(a.row === row ? [level] : []), ...(b.row === row ? [into] : [])];
  });
}

/** The cell of a shown map, in the big picture's pixels. @param {Block} block @param {number} place of those shown */
export function cellBox({ x, y, across, cell, gap }, place) {
  return {
    x: x + (place % across) * cell.width,
    y: y + Math.floor(place / across) * cell.height,
    width: cell.width - gap,
    height: cell.height - gap,
  };
}

// The lines between blocks: straight on, around the blocks in between, or back to the left and on in a later row.

/**
 * @typedef {import("./graph.js").Graph} Graph
 * @typedef {import("./layout.js").Block} Block @typedef {import("./layout.js").Lane} Lane
 * @typedef {{from: number, to: number, level: number, into: number, track: number}} Edge blocks by their place in
 *   `blocks`; `level`: 0 straight on, 1, 2, … how far below the lane where it begins; `track`: 0 within a row, 1, 2, …
 *   how far from the left edge it goes down; `into`: how far below the lane where it ends, 0 where it comes from left
 */

export const LEVEL = 7;
export const TRACK = 6;
const DEEPEST = 9;
const PORT = 20;
const ROUND = 6;

/**
 * Give every line that goes around something a level of its own.
 * @param {Graph} graph @param {number[]} rows of each item @returns {Edge[]}
 */
export function route({ ends, columns, lanes, list }, rows) {
  const gutters = new Places();
  const edge = new Places();
  const lowest = (/** @type {number} */ row) => Math.max(...lanes.filter((_, i) => rows[i] === row));
  return ends.map(({ from, to }) => {
    const [first, last] = [columns[from], columns[to]];
    if (rows[from] !== rows[to]) {
      const level = gutters.place(`${rows[from]} ${lowest(rows[from])}`, -1, first + 0.5);
      const ahead = list.some((_, i) => rows[i] === rows[to] && columns[i] < last && lanes[i] === lanes[to]);
      const into = ahead ? gutters.place(`${rows[to]} ${lowest(rows[to])}`, -1, last - 0.5) : 0;
      return { from, to, level, into, track: edge.place("left", rows[from] + 0.9, rows[to] + (into ? 1 : 0.5)) };
    }
    const between = (/** @type {number} */ c, /** @type {number} */ i) =>
      c > first && c < last && rows[i] === rows[from] && (lanes[i] === lanes[from] || lanes[i] === lanes[to]);
    const blocked = last - first > 1 && columns.some(between);
    const lane = Math.max(lanes[from], lanes[to]);
    const level = blocked ? gutters.place(`${rows[from]} ${lane}`, first + 0.5, last - 0.5) : 0;
    return { from, to, level, into: 0, track: 0 };
  });
}

/** Which levels are taken from where to where. */
class Places {
  constructor() {
    /** @type {Map<string, {first: number, last: number, level: number}[]>} */
    this.taken = new Map();
  }

  /** The lowest level that is free. @param {string} where @param {number} first @param {number} last */
  place(where, first, last) {
    const placed = this.taken.get(where) ?? [];
    let level = 1;
    while (placed.some((p) => p.level === level && p.first <= last && first <= p.last)) level += 1;
    placed.push({ first, last, level });
    this.taken.set(where, placed);
    return Math.min(level, DEEPEST);
  }
}

/** Where lines meet a block. @param {Block} block */
const port = (block) => block.y + Math.min(PORT, block.height / 2);

/**
 * The line of an edge.
 * @param {Edge} edge @param {Block[]} blocks @param {Lane[][]} lanes of each row
 */
export function path({ from, to, level, into, track }, blocks, lanes) {
  const [a, b] = [blocks[from], blocks[to]];
  const [x1, y1, x2, y2] = [a.x + a.width, port(a), b.x - 5, port(b)];
  if (level === 0) {
    const bend = Math.min(40, (x2 - x1) / 2);
    return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  const [out, before] = [x1 + 5 + level, x2 - 5 - Math.max(level, into)];
  if (!track) {
    const below = lanes[a.row][Math.max(a.lane, b.lane)].floor + level * LEVEL;
    return rounded([x1, y1], [out, y1], [out, below], [before, below], [before, y2], [x2, y2]);
  }
  const left = track * TRACK;
  const floor = lanes[a.row][lanes[a.row].length - 1].floor + level * LEVEL;
  const begin = [
    [x1, y1],
    [out, y1],
    [out, floor],
    [left, floor],
  ];
  if (!into) return rounded(...begin, [left, y2], [x2, y2]);
  const below = lanes[b.row][lanes[b.row].length - 1].floor + into * LEVEL;
  return rounded(...begin, [left, below], [before, below], [before, y2], [x2, y2]);
}

/** A line of straight pieces, its corners rounded. @param {number[][]} points */
function rounded(...points) {
  let text = `M${points[0].join(" ")}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [[x0, y0], [x, y], [x2, y2]] = [points[i - 1], points[i], points[i + 1]];
    const [before, after] = [Math.hypot(x - x0, y - y0), Math.hypot(x2 - x, y2 - y)];
    const r = Math.min(ROUND, before / 2, after / 2);
    if (!(r > 0)) continue;
    const [inX, inY] = [x - ((x - x0) / before) * r, y - ((y - y0) / before) * r];
    text += ` L${inX} ${inY} Q${x} ${y} ${x + ((x2 - x) / after) * r} ${y + ((y2 - y) / after) * r}`;
  }
  return `${text} L${points[points.length - 1].join(" ")}`;
}

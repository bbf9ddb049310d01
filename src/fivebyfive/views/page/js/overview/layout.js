// Where each block of the big picture stands: columns by how far from the input, lanes where the network branches.

/**
 * @typedef {import("./groups.js").Item} Item
 * @typedef {import("../types.js").Step} Step
 * @typedef {{width: number, height: number}} Size of the maps of a block, in pixels
 * @typedef {Size & {gap: number, narrowest: number, staggered?: boolean}} Room `gap` between columns, how narrow
 *   one may
 *   be, and whether names take turns on two rows, where each column is narrower than its name
 * @typedef {{pitch: number, across: number, down: number}} Cells `pitch`: from map to map; `across`: maps in a row
 * @typedef {Cells & {item: Item, column: number, lane: number, x: number, y: number, width: number,
 *   height: number}} Block
 *   the box of its maps
 * @typedef {import("./groups.js").Group} Group
 * @typedef {{group: Group, lane: number, row: number, left: number, right: number}} Bracket
 *   a bar over an open module's steps
 * @typedef {{top: number, names: number, maps: number, height: number, bottom: number}} Lane
 *   where its bars, names and maps
 *   begin, how high the maps are, and where it ends, below the lines around them
 * @typedef {{from: number, to: number, level: number}} Edge blocks by their place in `blocks`; `level`: 0 straight on,
 *   1, 2, … around the blocks in between
 */

const PITCHES = [104, 84, 72, 60, 50, 42, 36, 30, 26, 22, 19, 16, 14, 12, 10, 8, 7, 6, 5, 4, 3];
export const HEAD = 46;
export const BRACKET = 20;
/** Room for the first and the last of names that are wider than their columns. */
const MARGIN = 24;
/** How much higher every second name stands where they take turns. */
const HIGHER = 34;
const LEVEL = 8;

/** @param {Step[]} steps @param {Item[]} list @param {Room} room @param {Group[]} groups those that may be open */
export function layout(steps, list, room, groups) {
  const ends = connect(steps, list);
  const columns = columnsOf(list, ends);
  const places = lanesOf(list, columns, ends);
  const count = Math.max(...places) + 1;
  const height = Math.round(room.height * (count === 1 ? 1 : count === 2 ? 0.62 : 0.45));
  const blocks = list.map((item, i) => ({
    item,
    column: columns[i],
    lane: places[i],
    x: 0,
    y: 0,
    ...cells(item.step, { ...room, height }),
  }));
  const edges = route(ends, columns, places);
  const width = position(blocks, room);
  const brackets = bracketsOf(blocks, list, groups);
  const lanes = stack(blocks, edges, brackets, room);
  for (const block of blocks) {
    const lane = lanes[block.lane];
    block.y = lane.maps + (lane.height - block.height) / 2;
  }
  return { blocks, edges, brackets, lanes, width, height: lanes[count - 1].bottom, room };
}

/**
 * The bars over the steps of open modules, those that would overlap in rows of their own.
 * @param {Block[]} blocks @param {Item[]} list @param {Group[]} groups @returns {Bracket[]}
 */
function bracketsOf(blocks, list, groups) {
  /** @type {Bracket[]} */
  const brackets = [];
  for (const group of groups) {
    const inside = blocks.filter((b) => b.item.step.index >= group.first && b.item.step.index <= group.last);
    const folded = list.some((i) => i.group && i.group.first <= group.first && i.group.last >= group.last);
    if (folded || !inside.length) continue;
    const lane = Math.min(...inside.map((b) => b.lane));
    const left = Math.min(...inside.map((b) => b.x));
    const right = Math.max(...inside.map((b) => b.x + b.width), left + 70);
    let row = 0;
    while (brackets.some((p) => p.lane === lane && p.row === row && p.left < right + 6 && left < p.right + 6)) row += 1;
    brackets.push({ group, lane, row, left, right });
  }
  return brackets;
}

/**
 * The lanes, each as high as what is in it.
 * @param {Block[]} blocks @param {Edge[]} edges @param {Bracket[]} brackets @param {Room} room @returns {Lane[]}
 */
function stack(blocks, edges, brackets, room) {
  /** @type {Lane[]} */
  const lanes = [];
  for (let i = 0; i <= Math.max(...blocks.map((b) => b.lane)); i++) {
    const top = i ? lanes[i - 1].bottom : 0;
    const rows = Math.max(0, ...brackets.filter((b) => b.lane === i).map((b) => b.row + 1));
    const names = top + rows * BRACKET;
    const maps = names + HEAD + (room.staggered ? HIGHER : 0);
    const height = Math.max(0, ...blocks.filter((b) => b.lane === i).map((b) => b.height));
    const around = edges.filter((e) => Math.max(blocks[e.from].lane, blocks[e.to].lane) === i).map((e) => e.level);
    lanes.push({ top, names, maps, height, bottom: maps + height + 14 + LEVEL * Math.max(0, ...around) });
  }
  return lanes;
}

/**
 * Where the name of a block stands, and how wide it may be.
 * @param {Block} block @param {Lane[]} lanes @param {Room} room
 */
export function nameBox(block, lanes, { gap, narrowest, staggered }) {
  const own = Math.max(block.width, narrowest) + gap;
  const width = staggered ? 2 * own - 6 : own - 2;
  return {
    x: block.x + (block.width - width) / 2,
    y: lanes[block.lane].names + (staggered && block.column % 2 === 0 ? HIGHER : 0),
    width,
  };
}

/**
 * Edges between items; a folded group takes in whatever any of its steps takes.
 * @param {Step[]} steps @param {Item[]} list
 */
function connect(steps, list) {
  /** @type {Map<number, number>} */
  const owner = new Map();
  list.forEach(({ step, group }, i) => {
    for (let s = group ? group.first : step.index; s <= step.index; s++) owner.set(s, i);
  });
  const seen = new Set();
  /** @type {{from: number, to: number}[]} */
  const ends = [];
  for (const step of steps) {
    for (const input of step.inputs) {
      const [from, to] = [owner.get(input) ?? 0, owner.get(step.index) ?? 0];
      if (from !== to && !seen.has(`${from} ${to}`)) ends.push({ from, to });
      seen.add(`${from} ${to}`);
    }
  }
  return ends;
}

/** The longest way from the input. @param {Item[]} list @param {{from: number, to: number}[]} ends */
function columnsOf(list, ends) {
  const columns = list.map(() => 0);
  list.forEach((_, i) => {
    for (const end of ends) if (end.to === i) columns[i] = Math.max(columns[i], columns[end.from] + 1);
  });
  return columns;
}

/**
 * The lane of its first input where that is free, or the next one.
 * @param {Item[]} list @param {number[]} columns @param {{from: number, to: number}[]} ends
 */
function lanesOf(list, columns, ends) {
  const taken = new Set();
  /** @type {number[]} */
  const lanes = [];
  list.forEach((_, i) => {
    const inputs = ends.filter((end) => end.to === i).map((end) => lanes[end.from]);
    let lane = inputs.length ? Math.min(...inputs) : 0;
    while (taken.has(`${columns[i]} ${lane}`)) lane += 1;
    taken.add(`${columns[i]} ${lane}`);
    lanes.push(lane);
  });
  return lanes;
}

/** @param {Step} step @param {Size} room @returns {Cells & Size} */
export function cells(step, room) {
  const count = Math.max(1, step.shape.channels); // an empty step has a place too
  if (step.shape.flat && count > 16) return listCells(count, room);
  const most = step.shape.flat ? 22 : count === 1 ? 104 : 60;
  for (const pitch of PITCHES) {
    if (pitch > most) continue;
    const down = Math.min(count, Math.max(1, Math.floor(room.height / pitch)));
    const across = Math.ceil(count / down);
    if (across * pitch <= room.width || pitch === PITCHES[PITCHES.length - 1]) {
      const rows = Math.ceil(count / across);
      return { pitch, across, down: rows, width: across * pitch, height: rows * pitch };
    }
  }
  throw new Error("unreachable: the smallest pitch always fits");
}

/**
 * A long list is drawn as a square, row by row: a list of pixels shows its picture.
 * @param {number} count @param {Size} room @returns {Cells & Size}
 */
function listCells(count, room) {
  const across = Math.ceil(Math.sqrt(count));
  const pitch = Math.min(10, Math.max(1, Math.min(room.width, room.height) / across));
  const down = Math.ceil(count / across);
  return { pitch, across, down, width: across * pitch, height: down * pitch };
}

/**
 * Give every edge that jumps over columns a level of its own.
 * @param {{from: number, to: number}[]} ends @param {number[]} columns @param {number[]} lanes @returns {Edge[]}
 */
function route(ends, columns, lanes) {
  /** @type {{first: number, last: number, level: number}[]} */
  const placed = [];
  return ends.map(({ from, to }) => {
    const [first, last] = [columns[from], columns[to]];
    const blocked =
      last - first > 1 &&
      columns.some((c, i) => c > first && c < last && (lanes[i] === lanes[from] || lanes[i] === lanes[to]));
    if (!blocked) return { from, to, level: 0 };
    let level = 1;
    while (placed.some((p) => p.level === level && p.first < last && first < p.last)) level += 1;
    placed.push({ first, last, level });
    return { from, to, level: Math.min(level, 9) };
  });
}

/** @param {Block[]} blocks @param {Room} room @returns {number} the whole width */
function position(blocks, { gap, narrowest, staggered }) {
  const margin = staggered ? MARGIN : gap / 2;
  const count = Math.max(...blocks.map((b) => b.column)) + 1;
  const widths = Array.from({ length: count }, () => narrowest);
  for (const block of blocks) widths[block.column] = Math.max(widths[block.column], block.width);
  const starts = widths.map((_, i) => margin + widths.slice(0, i).reduce((sum, w) => sum + w + gap, 0));
  for (const block of blocks) block.x = starts[block.column] + (widths[block.column] - block.width) / 2;
  return starts[count - 1] + widths[count - 1] + margin;
}

/** The line of an edge. @param {Block} from @param {Block} to @param {number} level @param {Lane[]} lanes */
export function path(from, to, level, lanes) {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
  const [x2, y2] = [to.x, to.y + to.height / 2];
  if (level === 0) {
    const bend = Math.min(40, (x2 - x1) / 2);
    return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  }
  const { maps, height } = lanes[Math.max(from.lane, to.lane)];
  const bottom = maps + height + level * LEVEL;
  const [left, right] = [x1 + 6 + level, x2 - 6 - level];
  const down = `Q${left} ${y1} ${left} ${y1 + 8} V${bottom - 8} Q${left} ${bottom} ${left + 8} ${bottom}`;
  const up = `Q${right} ${bottom} ${right} ${bottom - 8} V${y2 + 8} Q${right} ${y2} ${x2} ${y2}`;
  return `M${x1} ${y1} ${down} H${right - 8} ${up}`;
}

/** The cell of a map in its block, in the big picture's pixels. @param {Block} block @param {number} channel */
export function cellBox(block, channel) {
  const { pitch, across } = block;
  return { x: block.x + (channel % across) * pitch, y: block.y + Math.floor(channel / across) * pitch, size: pitch };
}

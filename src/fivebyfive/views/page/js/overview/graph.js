// How what is drawn hangs together: columns by how far from the input, lanes where the network branches.

import { owners } from "./groups.js";

/**
 * @typedef {import("./groups.js").Item} Item @typedef {import("../types.js").Step} Step
 * @typedef {{from: number, to: number}} End items by their place in the list
 * @typedef {{list: Item[], ends: End[], columns: number[], lanes: number[]}} Graph
 */

/** @param {Step[]} steps @param {Item[]} list @returns {Graph} */
export function graphOf(steps, list) {
  const ends = connect(steps, list);
  const before = list.map(() => /** @type {number[]} */ ([]));
  for (const { from, to } of ends) before[to].push(from);
  const columns = columnsOf(before);
  return { list, ends, columns, lanes: lanesOf(columns, before) };
}

/**
 * Edges between items; a folded group takes in whatever any of its steps takes.
 * @param {Step[]} steps @param {Item[]} list
 */
function connect(steps, list) {
  const owner = owners(list);
  const seen = new Set();
  /** @type {End[]} */
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

/** The longest way from the input. @param {number[][]} before what each item takes */
function columnsOf(before) {
  /** @type {number[]} */
  const columns = [];
  for (const taken of before) columns.push(Math.max(0, ...taken.map((from) => columns[from] + 1)));
  return columns;
}

/**
 * The lane of its first input where that is free, or the next one.
 * @param {number[]} columns @param {number[][]} before what each item takes
 */
function lanesOf(columns, before) {
  const taken = new Set();
  /** @type {number[]} */
  const lanes = [];
  before.forEach((inputs, i) => {
    let lane = inputs.length ? Math.min(...inputs.map((from) => lanes[from])) : 0;
    while (taken.has(`${columns[i]} ${lane}`)) lane += 1;
    taken.add(`${columns[i]} ${lane}`);
    lanes.push(lane);
  });
  return lanes;
}

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
  const columns = columnsOf(list, ends);
  return { list, ends, columns, lanes: lanesOf(list, columns, ends) };
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

/** The longest way from the input. @param {Item[]} list @param {End[]} ends */
function columnsOf(list, ends) {
  const columns = list.map(() => 0);
  list.forEach((_, i) => {
    for (const end of ends) if (end.to === i) columns[i] = Math.max(columns[i], columns[end.from] + 1);
  });
  return columns;
}

/**
 * The lane of its first input where that is free, or the next one.
 * @param {Item[]} list @param {number[]} columns @param {End[]} ends
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

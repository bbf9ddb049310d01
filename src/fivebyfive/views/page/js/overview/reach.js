// What a map is made of, and what is made of it, in the blocks that are drawn: through what is folded within them.

import { sources, uses } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {Set<number> | "all"} Channels
 * @typedef {Map<number, Channels>} Reached by the place of the block
 */

/**
 * @param {Doc} doc @param {number[]} shown the step whose maps each block shows @param {Map<number, number>} owner
 * @param {number} step @param {number} channel @returns {Reached}
 */
export function madeOf(doc, shown, owner, step, channel) {
  const own = owner.get(step);
  return follow(doc, shown, owner, { step, channel }, sources, (next) => owner.get(next) === own);
}

/**
 * @param {Doc} doc @param {number[]} shown @param {Map<number, number>} owner
 * @param {number} step @param {number} channel @returns {Reached}
 */
export function madeFrom(doc, shown, owner, step, channel) {
  const own = owner.get(step);
  const hidden = (/** @type {number} */ next) => shown[owner.get(next) ?? 0] !== next;
  return follow(doc, shown, owner, { step, channel }, uses, (next, from) => {
    const [block, before] = [owner.get(next), owner.get(from)];
    return block === own || (hidden(next) && (block === before || before === own));
  });
}

/**
 * @param {Doc} doc @param {number[]} shown @param {Map<number, number>} owner
 * @param {{step: number, channel: number}} begin @param {typeof sources} way
 * @param {(next: number, from: number) => boolean} through whether to go on from there
 */
function follow(doc, shown, owner, begin, way, through) {
  /** @type {Map<number, Channels>} */
  const found = new Map([[begin.step, new Set([begin.channel])]]);
  /** @type {Reached} */
  const reached = new Map();
  for (const queue = [begin.step]; queue.length;) {
    queue.sort((a, b) => (way === uses ? a - b : b - a)); // whatever leads to a step comes before it
    const step = /** @type {number} */ (queue.shift());
    for (const [next, channels] of stepsFrom(doc, step, found.get(step) ?? new Set(), way)) {
      const goesOn = through(next, step);
      if (goesOn && !found.has(next)) queue.push(next);
      if (goesOn) found.set(next, union(found.get(next), channels));
      else {
        const block = owner.get(next) ?? 0;
        const same = shown[block] === next;
        if (block !== owner.get(begin.step)) reached.set(block, union(reached.get(block), same ? channels : "all"));
      }
    }
  }
  return reached;
}

/**
 * @param {Doc} doc @param {number} step @param {Channels} channels @param {typeof sources} way
 * @returns {Map<number, Channels>}
 */
function stepsFrom(doc, step, channels, way) {
  const all = channels === "all" || channels.size >= doc.steps[step].shape.channels;
  /** @type {Map<number, Channels>} */
  const next = new Map();
  for (const channel of all ? [0] : channels) {
    for (const maps of way(doc, step, channel)) {
      const { channels: count } = doc.steps[maps.step].shape;
      const whole = all || (maps.by === 1 && maps.from === 0 && maps.to >= count);
      next.set(maps.step, union(next.get(maps.step), whole ? "all" : listed(maps)));
    }
  }
  return next;
}

/** @param {import("../document/relations.js").Span} span */
function listed({ from, to, by }) {
  const channels = new Set();
  for (let c = from; c < to; c += by) channels.add(c);
  return channels;
}

/** @param {Channels | undefined} a @param {Channels} b @returns {Channels} */
function union(a, b) {
  if (a === "all" || b === "all") return "all";
  return a ? new Set([...a, ...b]) : b;
}

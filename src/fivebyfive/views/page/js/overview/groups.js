// Folding by module: the steps of `layer1.0` as one block, until somebody opens it.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {{path: string, depth: number, first: number, last: number}} Group steps first … last share the name `path`
 * @typedef {{step: Step, group: Group | null}} Item what is drawn: one step, or a folded group shown by its last step
 */

const COMFORTABLE = 24;

/** Every run of two or more steps that share the beginning of their names. @param {Step[]} steps @returns {Group[]} */
export function groupsOf(steps) {
  /** @type {Group[]} */
  const groups = [];
  const collect = (/** @type {number} */ first, /** @type {number} */ last, /** @type {number} */ depth) => {
    for (let i = first; i <= last;) {
      const path = prefix(steps[i], depth);
      let end = i;
      while (path && end < last && prefix(steps[end + 1], depth) === path) end += 1;
      if (
        path &&
        end > i &&
        !(i === first && end === last && groups.some((g) => g.first === first && g.last === last))
      ) {
        groups.push({ path, depth, first: i, last: end });
      }
      if (path && end > i) collect(i, end, depth + 1);
      i = end + 1;
    }
  };
  collect(0, steps.length - 1, 1);
  return groups;
}

/** @param {Step} step @param {number} depth */
function prefix(step, depth) {
  const parts = step.name.split(".");
  return parts.length > depth ? parts.slice(0, depth).join(".") : "";
}

/** A group's name on the page; two groups may share a path. @param {Group} group */
export function groupKey(group) {
  return `${group.path}@${group.first}`;
}

/**
 * What is drawn when `folded` are folded.
 * @param {Step[]} steps @param {Group[]} groups @param {Set<string>} folded @returns {Item[]}
 */
export function items(steps, groups, folded) {
  /** @type {Item[]} */
  const result = [];
  for (let i = 0; i < steps.length; i++) {
    const group = groups.find((g) => g.first === i && folded.has(groupKey(g)));
    result.push({ step: steps[group ? group.last : i], group: group ?? null });
    if (group) i = group.last;
  }
  return result;
}

/** Fold a large network from the inside out, until it can be taken in. @param {Step[]} steps @param {Group[]} groups */
export function foldAtFirst(steps, groups) {
  const folded = new Set();
  const deepest = Math.max(0, ...groups.map((g) => g.depth));
  for (let depth = deepest; depth >= 1 && items(steps, groups, folded).length > COMFORTABLE; depth--) {
    for (const group of groups) if (group.depth === depth) folded.add(groupKey(group));
  }
  return folded;
}

/** Open whatever hides a step. @param {Group[]} groups @param {Set<string>} folded @param {number} step */
export function reveal(groups, folded, step) {
  const hiding = groups.filter((g) => folded.has(groupKey(g)) && g.first <= step && step < g.last);
  if (!hiding.length) return folded;
  return new Set([...folded].filter((key) => !hiding.some((g) => groupKey(g) === key)));
}

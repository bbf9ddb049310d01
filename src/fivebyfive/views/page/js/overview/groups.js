// Folding by the code: the steps of one line, `conv1 = conv2d(…)`, as one block; in it, those of one module as another.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {{path: string, depth: number, first: number, last: number}} Group steps first … last, called `path`;
 *   `depth`: how many others it is in
 * @typedef {{step: Step, group: Group | null}} Item what is drawn: one step, or a folded group shown by its last step
 */

/** With fewer blocks than these, the largest are opened at first, as long as no more than so many come of it. */
const TOO_FEW = 8;
const COMFORTABLE = 24;
/** A group of more steps than these is worth opening for a first look: it is no single line of arithmetic. */
const LINE = 6;

/**
 * Every run of two or more steps that belong together, outer ones before those in them: by lines of code first, then by
 * modules as far as these do not cross lines.
 * @param {Step[]} steps @returns {Group[]}
 */
export function groupsOf(steps) {
  const inside = steps.filter((s) => s.kind !== "input" && s.kind !== "output").map((s) => s.index);
  const [begin, end] = [Math.min(...inside), Math.max(...inside)];
  /** @type {{first: number, last: number}[]} */
  const found = [];
  const candidates = [...alike(steps, (s) => s.runs ?? []), ...alike(steps, modules)];
  for (const { first, last } of candidates) {
    const whole = first <= begin && last >= end;
    const taken = found.some((g) => crosses(g, { first, last }) || (g.first === first && g.last === last));
    if (!whole && !taken) found.push({ first, last });
  }
  found.sort((a, b) => a.first - b.first || b.last - a.last);
  return found.map((g) => {
    const around = found.filter((o) => o !== g && o.first <= g.first && o.last >= g.last);
    const parent = around.length ? around[around.length - 1] : { first: 0, last: -1 };
    const outer = shared(steps.slice(parent.first, parent.last + 1)).length;
    return { path: nameOf(steps.slice(g.first, g.last + 1), outer), depth: around.length + 1, ...g };
  });
}

/** @typedef {{first: number, last: number}} Span @param {Span} a @param {Span} b */
function crosses(a, b) {
  const apart = a.last < b.first || b.last < a.first;
  const within = (a.first <= b.first && a.last >= b.last) || (b.first <= a.first && b.last >= a.last);
  return !apart && !within;
}

/** The modules around a step, from outside in; without lines of code, the parts of its name. @param {Step} s */
function modules(s) {
  const parts = s.runs?.length ? (s.module ? s.module.split(".") : []) : s.name.split(".").slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join("."));
}

/**
 * Runs of two or more steps with the same mark at some depth.
 * @param {Step[]} steps @param {(step: Step) => (string | number)[]} marks
 */
function alike(steps, marks) {
  const all = steps.map(marks);
  /** @type {Span[]} */
  const runs = [];
  const collect = (/** @type {number} */ first, /** @type {number} */ last, /** @type {number} */ depth) => {
    for (let i = first; i <= last;) {
      const mark = all[i][depth];
      let end = i;
      while (mark !== undefined && end < last && all[end + 1][depth] === mark) end += 1;
      if (end > i) {
        runs.push({ first: i, last: end });
        collect(i, end, depth + 1);
      }
      i = end + 1;
    }
  };
  collect(0, steps.length - 1, 0);
  return runs;
}

/** The parts of a name, without its number. @param {Step} step */
const partsOf = (step) => step.name.replace(/#\d+$/, "").split(".");

/** The parts with which all their names begin. @param {Step[]} steps */
function shared(steps) {
  const names = steps.map(partsOf);
  let count = 0;
  while (names.length && names.every((n) => n.length > count && n[count] === names[0][count])) count += 1;
  return (names[0] ?? []).slice(0, count);
}

/**
 * What steps have in common: of the beginning of their names, what that of all around them does not say yet; else the
 * part that learned something. A single letter says nothing: then what the costliest of them does.
 * @param {Step[]} steps @param {number} outer how many parts of the names all around them have in common
 */
function nameOf(steps, outer) {
  const common = shared(steps);
  if (common.length > outer && common.join(".").length > 1) return upTo(common, outer + 1);
  const learned = steps.find((s) => s.parameters > 0 && partsOf(s).length > common.length);
  if (!learned) return mainOf(steps).op;
  const part = partsOf(learned)[common.length];
  const alike = shared(steps.filter((s) => partsOf(s)[common.length] === part));
  return upTo(alike, common.length + 1);
}

/** So many parts of a name, and the numbers that follow. @param {string[]} parts @param {number} count */
function upTo(parts, count) {
  while (count < parts.length && /^\d+$/.test(parts[count])) count += 1;
  return parts.slice(0, count).join(".");
}

/**
 * The step that a block is about: the first that learned something, or else the costliest, or the last.
 * @param {Step[]} steps
 */
export function mainOf(steps) {
  const costs = steps.map((s) => s.macs ?? 0);
  const most = Math.max(...costs);
  return steps.find((s) => s.parameters > 0) ?? steps[most ? costs.indexOf(most) : steps.length - 1];
}

/** A group's name on the page; two groups may share a path. @param {Group} group */
export function groupKey({ path, first, last }) {
  return `${path}@${first}-${last}`;
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

/**
 * Folded to the lines of the network's own code; where these are few, and most happens within them, opened once more.
 * @param {Step[]} steps @param {Group[]} groups
 */
export function foldAtFirst(steps, groups) {
  const folded = new Set(groups.map(groupKey));
  for (;;) {
    const list = items(steps, groups, folded);
    if (list.length >= TOO_FEW) return folded;
    const sizes = list.map(({ group }) => (group ? group.last - group.first + 1 : 1));
    const { group } = list[sizes.indexOf(Math.max(...sizes))];
    if (!group || group.last - group.first < LINE) return folded;
    folded.delete(groupKey(group));
    if (items(steps, groups, folded).length > COMFORTABLE) return folded.add(groupKey(group));
  }
}

/** Which of the items holds each step. @param {Item[]} list @returns {Map<number, number>} */
export function owners(list) {
  /** @type {Map<number, number>} */
  const owner = new Map();
  list.forEach(({ step, group }, i) => {
    for (let s = group ? group.first : step.index; s <= step.index; s++) owner.set(s, i);
  });
  return owner;
}

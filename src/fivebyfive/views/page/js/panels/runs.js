// The runs of a function: where it is called several times, its lines belong to one run after the other, and one run
// is shown at a time.

/**
 * @typedef {import("../types.js").Step} Step
 * @typedef {{id: number, name: string, steps: Step[]}} Run its steps in order, and what they are called together
 * @typedef {{runs: Run[], lines: Set<string>}} Routine a function: its lines, as `keyOf` has them, and its runs
 */

/** A line. @param {{file: number, line: number}} place */
export const keyOf = ({ file, line }) => `${file}:${line}`;

/** A line that made a layer belongs to no run. */
const NONE = -1;

/** Every function that performed steps. @param {Step[]} steps @returns {Routine[]} */
export function routinesOf(steps) {
  /** @type {Map<string, Routine>} */
  const byLine = new Map();
  /** @type {Map<number, Routine>} */
  const byRun = new Map();
  for (const step of steps) {
    for (const place of step.lines) {
      if (place.run === NONE) continue;
      const key = keyOf(place);
      const routine = joined(byLine.get(key), byRun.get(place.run));
      for (const line of routine.lines.add(key)) byLine.set(line, routine);
      for (const { id } of entered(routine, place.run, step).runs) byRun.set(id, routine);
    }
  }
  const all = [...new Set(byLine.values())];
  for (const { runs } of all) {
    runs.sort((a, b) => a.steps[0].index - b.steps[0].index);
    for (const run of runs) run.name = together(run.steps);
  }
  return all;
}

/** One function of two that turn out to be the same. @param {Routine} [a] @param {Routine} [b] @returns {Routine} */
function joined(a, b) {
  if (!a || !b || a === b) return a ?? b ?? { runs: [], lines: new Set() };
  return { runs: [...a.runs, ...b.runs], lines: new Set([...a.lines, ...b.lines]) };
}

/** @param {Routine} routine @param {number} id @param {Step} step */
function entered(routine, id, step) {
  const run = routine.runs.find((one) => one.id === id);
  if (!run) routine.runs.push({ id, name: "", steps: [step] });
  else if (run.steps[run.steps.length - 1] !== step) run.steps.push(step);
  return routine;
}

/** What the names of steps have in common, part by part: conv1 of conv1.conv2d and conv1.relu. @param {Step[]} steps */
function together(steps) {
  const [first, ...others] = steps.map(({ name }) => name.split("."));
  let count = 0;
  while (count < first.length && others.every((parts) => parts[count] === first[count])) count += 1;
  return first.slice(0, count).join(".") || first.join(".");
}

/**
 * The run that a step belongs to; else the one that was shown before, else the first.
 * @param {Routine} routine @param {Step} step @param {Run | undefined} before
 */
export function runOf({ runs, lines }, step, before) {
  const own = step.lines.filter((place) => lines.has(keyOf(place))).map(({ run }) => run);
  return runs.find(({ id }) => own.includes(id)) ?? before ?? runs[0];
}

/**
 * The step to go to in another run: the one that its line performs there, in the same order; else the first.
 * @param {Run} from @param {Run} to @param {Step} step
 */
export function counterpart(from, to, step) {
  const on = (/** @type {Run} */ run) => {
    const key = keyOf(step.lines.find((place) => place.run === from.id) ?? { file: -1, line: -1 });
    return run.steps.filter((s) => s.lines.some((place) => place.run === run.id && keyOf(place) === key));
  };
  return on(to)[on(from).indexOf(step)] ?? to.steps[0];
}

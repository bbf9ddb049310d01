// Which steps are in both, where the ways part, where the difference grows and falls, and what comes of it, in
// sentences: the same as explain/comparison.py.

import { grouped, plural, sizes } from "../draw/format.js";
import { relative, SAME } from "./apart.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Answer} Answer
 * @typedef {import("./beside.js").Beside} Beside @typedef {import("./beside.js").Pair} Pair
 */

const NAMED = 6;
const MEASURE = "the root mean square of A − B beside that of A";

/** How much of a whole, or how many times as much: 0.4 %, 83.1 %, 1,204 %. @param {number} value */
export function part(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : "∞";
  const percent = 100 * value;
  const text = percent === 0 ? "0" : percent < 0.1 ? "< 0.1" : percent < 100 ? percent.toFixed(1) : grouped(percent);
  return `${text}\u00a0%`;
}

/** @param {Pair} pair */
const far = ({ apart }) => (apart ? relative(apart) : NaN);

/** Whether it is more than rounding. @param {Pair} pair */
function differs(pair) {
  return pair.apart ? !(far(pair) <= SAME) : !pair.alike && sizes(pair.step.shape) !== pair.size;
}

/** How many times as far apart it is as what came in; NaN where that is not known. @param {Pair} pair */
function factor(pair) {
  const { came } = pair;
  return came !== null && came > SAME && came < Infinity && far(pair) < Infinity ? far(pair) / came : NaN;
}

/** The pair with the largest of these numbers above a bound. @param {Pair[]} pairs @param {(pair: Pair) => number} of
 * @param {number} bound */
function most(pairs, of, bound) {
  const known = pairs.filter((pair) => of(pair) > bound && of(pair) < Infinity);
  return known.reduce((/** @type {Pair | null} */ best, pair) => (best && of(best) >= of(pair) ? best : pair), null);
}

/** Where the ways part: the first step in both that differs. @param {Beside} beside */
export function parting({ pairs }) {
  return pairs.find((pair) => pair && differs(pair)) ?? null;
}

/** @param {Doc} doc @param {Beside} beside */
export function story(doc, beside) {
  return [...matched(doc, beside), ...parted(beside), ...changed(beside), ...answered(doc.answers[0], beside)];
}

/** @param {Doc} doc @param {Beside} beside */
function matched(doc, { pairs, only, count }) {
  const [both, alone] = [pairs.filter((p) => p).length, doc.steps.filter((s) => !pairs[s.index]).map((s) => s.name)];
  if (!alone.length && !only.length) return [];
  const told = (/** @type {string} */ name, /** @type {string[]} */ names) =>
    names.length ? [`Only in ${name}: ${listed(names)}.`] : [];
  const all = `A's ${doc.steps.length} and B's ${count}`;
  return [
    `${plural(both, "step")} of ${all} ${both === 1 ? "is" : "are"} in both.`,
    ...told("A", alone),
    ...told("B", only),
  ];
}

/** @param {string[]} names */
function listed(names) {
  const said = names.slice(0, NAMED).join(", ");
  return names.length > NAMED ? `${said} and ${names.length - NAMED} more` : said;
}

/** @param {Beside} beside */
function parted(beside) {
  const found = parting(beside);
  if (!found) {
    const exact = beside.pairs.every((pair) => !pair?.apart || pair.apart.difference === 0);
    return [exact ? "All values are the same." : "All values are the same, up to rounding."];
  }
  const { step, apart, came, size } = found;
  if (!apart) return [`The ways part at ${step.name}: in A it is ${sizes(step.shape)}, in B ${size}.`];
  if (!step.inputs.length) return [`What goes in differs already: ${step.name} by ${by(apart)}.`];
  if (came === null) return [`The first step in both whose values differ is ${step.name}, by ${by(apart)}.`];
  return [`The ways part at ${step.name}: what comes in is the same, and what comes out differs, by ${by(apart)}.`];
}

/** @param {import("./apart.js").Apart} apart */
function by(apart) {
  if (Number.isNaN(apart.difference)) return "values that are no numbers";
  return apart.size ? `${part(relative(apart))} (${MEASURE})` : "all that B holds, for in A every value is 0";
}

/** @param {Beside} beside */
function changed(beside) {
  const pairs = beside.pairs.flatMap((pair) => pair ?? []);
  const farthest = most(pairs, far, SAME);
  const first = farthest && farthest !== parting(beside);
  const said = first ? [`They are farthest apart at ${farthest.step.name}: ${part(far(farthest))}.`] : [];
  const tell = (/** @type {Pair | null} */ pair, /** @type {string} */ how) =>
    pair
      ? [`The difference ${how} most at ${pair.step.name}: from ${part(pair.came ?? NaN)} to ${part(far(pair))}.`]
      : [];
  const grows = most(pairs, factor, 1 + SAME);
  const falls = most(pairs, (pair) => -factor(pair), -1 + SAME);
  return [...said, ...tell(grows, "grows"), ...tell(falls, "falls")];
}

/** @param {Answer | undefined} a @param {Beside} beside */
function answered(a, { answers: [b] }) {
  if (!a || !b) return [];
  const [p, q] = [a, b].map(({ probability }) => part(probability));
  if (a.label === b.label) return [`Both answer ${a.label}: A with ${p}, B with ${q}.`];
  return [`A answers ${a.label} (${p}), B ${b.label} (${q}).`];
}

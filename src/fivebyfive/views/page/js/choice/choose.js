// Choosing a step, a map, a pixel: whatever is asked for, what is chosen exists. And the link that says it.

import { sources } from "../document/relations.js";
import { farthest, strongest, telling } from "./telling.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Choice} Choice
 */

/** @param {number} value @param {number} size */
const within = (value, size) => Math.max(0, Math.min(size - 1, Math.round(value)));

/**
 * Choose, and bring the rest along. Another step opens at its most telling value; where the reader pointed at a place,
 * at the same relative place in a map of another size.
 * @param {Store} store @param {Doc} doc @param {Partial<Choice>} patch
 */
export function choose(store, doc, patch) {
  const old = store.choice;
  const next = { ...old, held: null, progress: null, ...patch };
  next.step = within(next.step, doc.steps.length);
  next.pointed = patch.pointed ?? (old.pointed || points(patch));
  const opened = next.step !== old.step;
  if (opened) Object.assign(next, next.pointed ? follow(doc, old, next) : tellingIn(doc, next, patch), given(patch));
  store.set(settled(doc, next, opened && patch.source === undefined));
}

/** Whether a place is pointed at: an animation only passes by. @param {Partial<Choice>} patch */
function points({ y, x, progress, source }) {
  return (y !== undefined || x !== undefined) && progress === undefined && source === undefined;
}

/** The place, as far as it is given. @param {Partial<Choice>} patch @returns {Partial<Choice>} */
function given(patch) {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => ["channel", "y", "x"].includes(name)));
}

/** The same relative place in another step. @param {Doc} doc @param {Choice} old @param {Choice} next */
function follow(doc, old, next) {
  const [before, { shape }] = [(doc.steps[old.step] ?? doc.steps[next.step]).shape, doc.steps[next.step]];
  return {
    y: ((old.y + 0.5) / before.height) * shape.height - 0.5,
    x: ((old.x + 0.5) / before.width) * shape.width - 0.5,
    channel: old.channel < shape.channels ? old.channel : 0,
  };
}

/**
 * The most telling value of a step, or of a map of it.
 * @param {Doc} doc @param {Choice} next @param {Partial<Choice>} patch
 */
function tellingIn(doc, next, { channel }) {
  const place = telling(doc)[next.step];
  return channel === undefined || channel === place.channel ? place : farthest(doc, doc.steps[next.step], channel);
}

/**
 * What is chosen exists.
 * @param {Doc} doc @param {Choice} next @param {boolean} anew whether another input map is to be chosen
 */
function settled(doc, next, anew) {
  const { shape } = doc.steps[next.step];
  next.y = within(next.y, shape.height);
  next.x = within(next.x, shape.width);
  next.channel = within(next.channel, shape.channels);
  next.source = sourceOf(doc, next, anew);
  return next;
}

/** Back to the most telling value of the chosen step. @param {Store} store @param {Doc} doc */
export function lead(store, doc) {
  const next = { ...store.choice, ...telling(doc)[store.choice.step], pointed: false, held: null, progress: null };
  store.set(settled(doc, next, true));
}

/**
 * The numbers are new: the most telling value is another one, unless the reader pointed at a place.
 * @param {Store} store @param {Doc} doc @param {Set<string>} changed what is new
 */
export function renew(store, doc, changed) {
  const next = { ...store.choice, step: within(store.choice.step, doc.steps.length) };
  const led = !next.pointed && next.progress === null && next.held === null;
  if (led) Object.assign(next, telling(doc)[next.step]);
  store.choice = settled(doc, next, led);
  store.tell(led ? new Set([...changed, "channel"]) : changed);
}

/**
 * Look at a pixel while the pointer is over it.
 * @param {Store} store @param {Doc} doc @param {Partial<Choice>} patch
 */
export function preview(store, doc, patch) {
  const { held, y, x, channel, pointed } = store.choice;
  choose(store, doc, { ...patch, pointed, held: held ?? { y, x, channel } });
}

/** Back to the chosen pixel. @param {Store} store @param {Doc} doc */
export function release(store, doc) {
  const { held, pointed } = store.choice;
  if (held) choose(store, doc, { ...held, pointed });
}

/**
 * The input map whose window is shown: the one chosen, else that of the strongest product.
 * @param {Doc} doc @param {Choice} choice @param {boolean} anew
 */
function sourceOf(doc, choice, anew) {
  const [maps] = sources(doc, choice.step, choice.channel);
  if (!maps) return 0;
  const inside = (/** @type {number} */ source) => source >= maps.from && source < maps.to;
  if (!anew && inside(choice.source)) return choice.source;
  const [best] = strongest(doc, doc.steps[choice.step], choice);
  return best && inside(best.channel) ? best.channel : maps.from;
}

/** @param {Choice} choice @param {Doc} doc */
export function fragment(choice, doc) {
  const step = doc.steps[choice.step];
  const same = doc.steps.find((s) => s.name === step.name);
  const name = same === step ? step.name : String(step.index);
  const { channel, y, x } = choice;
  const asked = new URLSearchParams({ step: name, channel: String(channel), y: String(y), x: String(x) });
  if (choice.way === "back") asked.set("way", "back");
  if (choice.stop) asked.set("stop", choice.stop);
  for (const [name, said] of Object.entries(doc.linked)) asked.set(name, said);
  return `#${asked}`;
}

/**
 * What a link asks for; nothing where it asks for nothing.
 * @param {string} hash @param {Doc} doc @returns {Partial<Choice>}
 */
export function fromFragment(hash, doc) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  /** @type {Partial<Choice>} */
  const patch = {};
  const name = asked.get("step");
  const step = name === null ? null : (doc.find(name) ?? doc.steps[Number(name)]);
  if (step) patch.step = step.index;
  const stop = asked.get("stop");
  if (stop !== null) patch.stop = stop;
  if (step || asked.has("way")) patch.way = asked.get("way") === "back" ? "back" : "forward";
  for (const key of /** @type {("channel" | "y" | "x")[]} */ (["channel", "y", "x"])) {
    const text = asked.get(key);
    if (text !== null && Number.isFinite(Number(text))) patch[key] = Number(text);
  }
  return patch;
}

/**
 * Where a newcomer starts: the first convolution, or else the first step that learns.
 * @param {Doc} doc @returns {Partial<Choice>}
 */
export function beginning({ steps }) {
  const step = steps.find((s) => s.kind === "convolution") ?? steps.find((s) => s.parameters > 0);
  return { step: (step ?? steps[Math.min(1, steps.length - 1)]).index };
}

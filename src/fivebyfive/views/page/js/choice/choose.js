// Choosing a step, a map, a pixel: whatever is asked for, what is chosen exists. And the link that says it.

import { sources } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("./store.js").Store} Store
 * @typedef {import("./store.js").Choice} Choice
 */

/** @param {number} value @param {number} size */
const within = (value, size) => Math.max(0, Math.min(size - 1, Math.round(value)));

/**
 * Choose, and bring the rest along: the same relative place in a map of another size, an input channel that exists.
 * @param {Store} store @param {Doc} doc @param {Partial<Choice>} patch
 */
export function choose(store, doc, patch) {
  const old = store.choice;
  const next = { ...old, held: null, progress: null, ...patch };
  next.step = within(next.step, doc.steps.length);
  const { shape } = doc.steps[next.step];
  if (next.step !== old.step) {
    const before = doc.steps[old.step].shape;
    if (patch.y === undefined) next.y = ((old.y + 0.5) / before.height) * shape.height - 0.5;
    if (patch.x === undefined) next.x = ((old.x + 0.5) / before.width) * shape.width - 0.5;
    if (patch.channel === undefined && old.channel >= shape.channels) next.channel = 0;
  }
  next.y = within(next.y, shape.height);
  next.x = within(next.x, shape.width);
  next.channel = within(next.channel, shape.channels);
  next.source = sourceOf(doc, next);
  store.set(next);
}

/**
 * Look at a pixel while the pointer is over it.
 * @param {Store} store @param {Doc} doc @param {Partial<Choice>} patch
 */
export function preview(store, doc, patch) {
  const { held, y, x, channel } = store.choice;
  choose(store, doc, { ...patch, held: held ?? { y, x, channel } });
}

/** Back to the chosen pixel. @param {Store} store @param {Doc} doc */
export function release(store, doc) {
  if (store.choice.held) choose(store, doc, store.choice.held);
}

/** @param {Doc} doc @param {Choice} choice */
function sourceOf(doc, choice) {
  const [maps] = sources(doc, choice.step, choice.channel);
  if (!maps) return 0;
  return choice.source >= maps.from && choice.source < maps.to ? choice.source : maps.from;
}

/** @param {Choice} choice @param {Doc} doc */
export function fragment(choice, doc) {
  const step = doc.steps[choice.step];
  const same = doc.steps.find((s) => s.name === step.name);
  const name = same === step ? step.name : String(step.index);
  const { channel, y, x } = choice;
  const asked = new URLSearchParams({ step: name, channel: String(channel), y: String(y), x: String(x) });
  if (choice.way === "back") asked.set("way", "back");
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
  if (step || asked.has("way")) patch.way = asked.get("way") === "back" ? "back" : "forward";
  for (const key of /** @type {("channel" | "y" | "x")[]} */ (["channel", "y", "x"])) {
    const text = asked.get(key);
    if (text !== null && Number.isFinite(Number(text))) patch[key] = Number(text);
  }
  return patch;
}

/**
 * Where a newcomer starts: the first convolution, its liveliest map, the middle.
 * @param {Doc} doc @returns {Partial<Choice>}
 */
export function beginning(doc) {
  const step = doc.steps.find((s) => s.kind === "convolution") ?? doc.steps[Math.min(1, doc.steps.length - 1)];
  const spreads = doc.spreadOf(step.index);
  return {
    step: step.index,
    channel: spreads.indexOf(Math.max(...spreads)),
    y: step.shape.height / 2,
    x: step.shape.width / 2,
  };
}

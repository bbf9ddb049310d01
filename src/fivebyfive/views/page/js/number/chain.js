// What happens to one number next: the bias, the activation, a normalization — as long as nothing else comes in.

import { h } from "../draw/dom.js";
import { number } from "../draw/format.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step
 * @typedef {import("../choice/store.js").Choice} Choice
 */

/** The steps after `step` that turn each number into one number. @param {Doc} doc @param {Step} step */
export function chain(doc, step) {
  /** @type {Step[]} */
  const steps = [];
  let last = step;
  for (;;) {
    const users = doc.users(last.index);
    const next = users.length === 1 && users[0].inputs.length === 1 ? users[0] : null;
    if (!next || !doc.kindOf(next).followed?.(next) || next.shape.channels !== last.shape.channels) return steps;
    steps.push(next);
    last = next;
  }
}

/** @param {Doc} doc @param {Step} step @param {Choice} choice @param {(step: number) => void} open */
export function chainView(doc, step, choice, open) {
  const parts = chain(doc, step).map((next) => {
    const value = doc.value(next.index, choice.channel, choice.y, choice.x);
    return h(
      "li",
      { "data-then": next.name },
      h("button", { type: "button", onclick: () => open(next.index) }, next.op),
      ...(doc.kindOf(next).next?.(doc, next, choice) ?? []),
      " → ",
      number(value, { class: "n strong" }),
    );
  });
  return parts.length ? h("ol", { class: "chain", "aria-label": "What happens to this number next" }, ...parts) : null;
}

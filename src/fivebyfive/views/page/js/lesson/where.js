// Where a stop of the tour looks: what it chooses on the page, and which part of the page it talks of.

import { choose } from "../choice/choose.js";
import { telling } from "../choice/telling.js";
import { wayOf } from "../back/gradients.js";
import { highest } from "./filled.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./stop.js").Stop} Stop
 */

/** The parts of the page that a stop may look at, the first that is there. @type {Record<string, string[]>} */
const PARTS = {
  picture: ["#source", "#preparation", ".picture"],
  overview: [".picture"],
  number: ["#number"],
  answer: ["#answer", "#brief"],
  back: ["#way", ".picture"],
};
const LAYER = ["#layer"];
/** On a small screen a layer's words would fill it. */
const SMALL = ["#layer .stage-holder", "#layer"];

/** Choose what the stop is about. @param {Doc} doc @param {Store} store @param {Stop} stop */
export function lookAt(doc, store, stop) {
  const way = stop.shows === "back" && wayOf(doc) ? "back" : "forward";
  if (stop.step === null) {
    choose(store, doc, { way, stop: stop.id });
    return;
  }
  const step = doc.steps[stop.step];
  const at = stop.channel === null ? telling(doc)[stop.step] : highest(doc, step, stop.channel);
  choose(store, doc, { way, stop: stop.id, step: stop.step, ...at, pointed: false });
}

/**
 * The part of the page that a stop talks of.
 * @param {Stop} stop @param {boolean} small whether the screen is @returns {HTMLElement | null}
 */
export function partOf(stop, small) {
  for (const selector of PARTS[stop.shows] ?? (small ? SMALL : LAYER)) {
    const found = document.querySelector(selector);
    if (found instanceof HTMLElement && found.offsetParent) return found;
  }
  return null;
}

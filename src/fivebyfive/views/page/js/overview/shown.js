// What the blocks show of a document: names of units, what is likeliest, which of many maps.

import { PICTURE, renewed, sample, withChannel } from "./sample.js";
import { isColour } from "../draw/picture.js";
import { namedSteps, returned, softmaxed } from "./named.js";
import { rowWidth } from "./bars.js";
import { headWidth } from "./elements.js";
import { FEW, GAP, SMALLEST } from "./tiles.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step
 * @typedef {import("./layout.js").Block} Block @typedef {import("./block.js").Said} Said
 */

/** So many maps side by side where all are shown. */
const ABREAST = 8;

/**
 * What a step's units are called; null where they have no names.
 * @param {Doc} doc @param {Set<number>} named @param {Step} step @param {boolean} back
 * @returns {Said | null}
 */
export function saidOf(doc, named, step, back) {
  if (!named.has(step.index)) return null;
  const last = step === returned(doc.steps);
  const first = back || doc.unread ? -1 : (doc.fields.ranking?.[0] ?? -1);
  return { names: doc.structure.classes, probabilities: last && !back ? softmaxed(doc) : null, first };
}

/**
 * @param {Doc} doc @param {import("./groups.js").Item[]} list
 * @param {Set<number>} whole steps all of whose maps are shown
 * @param {number} width @param {ReturnType<typeof import("./elements.js").measuring>} measure
 * @returns {import("./layout.js").Measured[]}
 */
export function measured(doc, list, whole, width, measure) {
  const { classes } = doc.structure;
  const named = namedSteps(doc.steps, classes);
  return list.map((item) => {
    const { index, shape } = item.step;
    const names = named.has(index) ? classes : Array.from({ length: shape.channels }, (_, c) => String(c));
    const rows = named.has(index) || (shape.flat && shape.channels <= FEW);
    return {
      head: headWidth(item, measure),
      bars: rows ? rowWidth(names, measure) : 0,
      colour: isColour(doc, item.step),
      look: whole.has(index) ? lookOf(shape.channels, width) : null,
    };
  });
}

/** Room for all maps of a step. @param {number} count @param {number} width */
function lookOf(count, width) {
  const pitch = SMALLEST + GAP;
  const across = Math.max(1, Math.min(count, ABREAST, Math.floor((width - 2 * pitch) / pitch)));
  return { pitch, across, down: Math.ceil(count / across) };
}

/**
 * The maps that a block shows: the liveliest, and the chosen one; for another picture others only where it must be. Of
 * classes the likeliest.
 * @param {Doc} doc @param {Block} block @param {number | null} chosen @returns {number[]}
 */
export function channelsOf(doc, block, chosen) {
  const { form, shown, item } = block;
  const { index, shape } = item.step;
  if (form === "bars" && shape.channels > shown && doc.fields.ranking) return doc.fields.ranking.slice(0, shown);
  if (isColour(doc, item.step)) return [PICTURE, 0, 1, 2].slice(0, shown);
  const all = Array.from({ length: shape.channels }, (_, c) => c);
  if (form === "mosaic" || all.length <= shown) return all.slice(0, shown);
  const spreads = doc.spreadOf(index);
  const lively = (/** @type {number} */ c) => spreads[c];
  const { channels } = block;
  const maps = channels.length ? renewed(channels, shape.channels, lively) : sample(shape.channels, shown, lively);
  return chosen === null ? maps : withChannel(maps, chosen, lively);
}

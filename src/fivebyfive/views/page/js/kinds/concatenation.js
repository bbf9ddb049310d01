// A concatenation: the maps of all inputs, one after the other.

import { inputShape, range } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { said, total } from "../number/telling.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Step} Step */

/** The first channel that an input has in the output. @param {Doc} doc @param {Step} step @param {number} position */
function offset(doc, step, position) {
  return step.inputs.slice(0, position).reduce((sum, index) => sum + doc.steps[index].shape.channels, 0);
}

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  sign: "⧺",
  relation: {
    read(doc, step, position, channel) {
      const own = channel - offset(doc, step, position);
      return own >= 0 && own < inputShape(doc, step, position).channels ? range(own, own + 1) : null;
    },
    written(doc, step, position, channel) {
      const first = offset(doc, step, position) + channel;
      return range(first, first + 1);
    },
  },
  derive(_doc, _step, inputs) {
    const all = new Float32Array(inputs.reduce((size, x) => size + x.length, 0));
    inputs.reduce((at, x) => (all.set(x, at), at + x.length), 0);
    return all;
  },
  back: (doc, step, position, place) => [{ ...place, channel: offset(doc, step, position) + place.channel, weight: 1 }],
  tell(doc, step, { channel, y, x }) {
    const ends = step.inputs.map((_, i) => offset(doc, step, i + 1));
    const position = ends.findIndex((end) => channel < end);
    const input = doc.steps[step.inputs[position]];
    const own = channel - offset(doc, step, position);
    const value = doc.value(input.index, own, y, x);
    return [said("channel ", own, " of ", h("code", {}, input.name), ", handed on: ", total(value))];
  },
};

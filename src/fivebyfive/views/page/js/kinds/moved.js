// Values that only move: parts taken out, dimensions that change places, inputs put together, padding around a map.

import { h } from "../draw/dom.js";
import { said, total } from "../number/telling.js";
import { named, numberOf, placeOf } from "../sums/places.js";
import { MOVED, destinations, moved, sourceOf } from "./moved/source.js";
import { movedStage } from "./moved/stage.js";

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: MOVED,
  stage: movedStage,
  sign: ",",
  derive: moved,
  origin(doc, step, at, position = 0) {
    const source = sourceOf(doc, step, at);
    const input = step.inputs[position];
    return source?.position === position && input !== undefined ? placeOf(doc.steps[input].shape, source.number) : null;
  },
  back(doc, step, position, place) {
    const number = numberOf(doc.steps[step.inputs[position]].shape, place);
    return destinations(doc, step, position, number)?.map((at) => ({ ...at, weight: 1 })) ?? null;
  },
  tell(doc, step, choice) {
    const source = sourceOf(doc, step, choice);
    if (!source) {
      const filled = doc.numbers(`filled/${step.index}`)?.[0] ?? 0;
      return [said("no value moved here; what stands in its place is ", total(filled))];
    }
    const input = doc.steps[step.inputs[source.position]];
    if (!input) {
      const value = doc.numbers(`constant/${step.index}`)?.[source.number] ?? NaN;
      const cell = doc.buffers.get(`cell/${step.index}`)?.slice(2 * source.number, 2 * source.number + 2);
      const where = cell ? `y ${cell[0]}, x ${cell[1]} of a table that the network` : "a number that the network";
      return [said(where, " holds: ", total(value))];
    }
    const at = placeOf(input.shape, source.number);
    const value = doc.value(input.index, at.channel, at.y, at.x);
    return [said(`${named(input.shape, at)} of `, h("code", {}, input.name), ", moved here: ", total(value))];
  },
};

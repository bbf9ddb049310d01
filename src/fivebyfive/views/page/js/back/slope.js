// What makes one number of one passes a gradient back by its slope there: the document brings it, or the straight
// pieces that the function is made of have it.

import { pieceAt, pieces } from "../sums/pieces.js";

/**
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<any>} step
 * @param {number} _position @param {import("../types.js").Place} place
 * @returns {import("./sum.js").Grows[] | null}
 */
export function slope(doc, step, _position, place) {
  const { height, width } = step.shape;
  const slopes = doc.numbers(`derivative/${step.index}`);
  if (slopes) return [{ ...place, weight: slopes[(place.channel * height + place.y) * width + place.x] }];
  const straight = pieces(doc, step, place.channel);
  const [input] = step.inputs;
  if (!straight.length || !doc.output(input)) return null;
  const before = doc.value(input, place.channel, place.y, place.x);
  return [{ ...place, weight: pieceAt(straight, before).slope }];
}

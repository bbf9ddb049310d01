// What makes one number of one passes a gradient back by its slope there, which the document brings.

/**
 * @param {import("../document/document.js").Doc} doc @param {import("../types.js").Step<any>} step
 * @param {number} _position @param {import("../types.js").Place} place
 * @returns {import("./sum.js").Grows[] | null}
 */
export function slope(doc, step, _position, place) {
  const { height, width } = step.shape;
  const slopes = doc.numbers(`derivative/${step.index}`);
  return slopes && [{ ...place, weight: slopes[(place.channel * height + place.y) * width + place.x] }];
}

// Numbers of a film that lie as changes from frame to frame, in zigzag (see film.py), as what they are.

/**
 * @param {ArrayLike<number>} coded [frames, …] @param {number} frames
 * @param {number} size of the whole number one
 * @returns {Float32Array}
 */
export function summed(coded, frames, size) {
  const found = new Float32Array(coded.length);
  const count = frames ? coded.length / frames : 0;
  const whole = new Int32Array(count);
  for (let f = 0, at = 0; f < frames; f++) {
    for (let i = 0; i < count; i++, at++) {
      const z = coded[at];
      whole[i] += (z >>> 1) ^ -(z & 1);
      found[at] = whole[i] * size;
    }
  }
  return found;
}

/**
 * Bytes, whose changes may go round: 250 and 10 more is 4.
 * @param {ArrayLike<number>} coded [frames, …] @param {number} frames
 * @returns {Uint8Array}
 */
export function summedBytes(coded, frames) {
  const found = new Uint8Array(coded.length);
  const count = frames ? coded.length / frames : 0;
  for (let at = 0; at < found.length; at++) {
    const z = coded[at];
    found[at] = ((z >>> 1) ^ -(z & 1)) + (at < count ? 0 : found[at - count]);
  }
  return found;
}

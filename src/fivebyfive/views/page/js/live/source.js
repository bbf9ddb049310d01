// Where a picture's numbers come from: a server, or the network that the page runs by itself.

/**
 * @typedef {import("../prepare/fit.js").Picture} Picture
 * @typedef {import("../document/envelope.js").Envelope} Envelope
 * @typedef {{way: "mnist" | "drawing" | "file" | "gallery", index: number, picture: Picture | null, file: Blob | null}}
 *   Question which picture: number `index` of MNIST's test images or of the gallery, a drawing, or a file
 * @typedef {{envelope: Envelope, said: string}} Answered the numbers, and what is known of the picture, in a sentence
 * @typedef {{pictures: Uint8Array, shape: number[], about: Entry[]}} Gallery uint8 [N, H, W, C]
 * @typedef {{label: string, hard: boolean, mnist: number | null}} Entry
 */

/**
 * @typedef {object} Source
 * @property {boolean} server whether it is one, which knows more than the forward: why, and the way back
 * @property {boolean} mnist whether it has all of MNIST's test images
 * @property {(question: Question, more: URLSearchParams, signal: AbortSignal) => Promise<Answered>} answer
 * @property {() => Promise<Gallery | null>} gallery
 */

/** The status of a picture that cannot be read. */
export const REFUSED = 422;

/** A link's picture that whoever answers does not have. */
export function missing() {
  return Object.assign(new Error("The link's picture is not on this page"), { status: REFUSED });
}

/** @param {number} index @returns {Question} */
export function ofMnist(index) {
  return { way: "mnist", index, picture: null, file: null };
}

/** @param {number} index @returns {Question} */
export function ofGallery(index) {
  return { way: "gallery", index, picture: null, file: null };
}

/** @param {Picture} picture @returns {Question} */
export function ofDrawing(picture) {
  return { way: "drawing", index: 0, picture, file: null };
}

/** @param {Blob} file @returns {Question} */
export function ofFile(file) {
  return { way: "file", index: 0, picture: null, file };
}

// A picture from a file, decoded by the browser.

import { REFUSED } from "./source.js";

/** @typedef {import("./source.js").Picture} Picture */

/** The longer side that a picture is brought to before anything is done with it, in pixels. */
const LONGEST = 1024;

/** @param {Blob} file @returns {Promise<Picture>} in colour @throws {Error} the browser cannot decode it */
export async function asPicture(file) {
  const image = await createImageBitmap(file).catch(() => {
    const said = "this is not a picture that the browser can read; give a PNG or a JPEG file";
    throw Object.assign(new Error(said), { status: REFUSED });
  });
  const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
  context.fillStyle = "#fff"; // what can be seen through lies on paper
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) values.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return { height, width, channels: 3, values };
}

// Drawing maps on a canvas: sharp at any pixel density, cells never smoothed.

import { ink2d, palette, slot } from "./colors.js";
import { enlarged } from "./room.js";

/** Where a picture is put before it is drawn larger; made when it is first needed, for a worker has no document. */
let scratch = /** @type {HTMLCanvasElement | null} */ (null);

/**
 * A drawing context in CSS pixels, cleared.
 * @param {HTMLCanvasElement} canvas @param {number} width @param {number} height
 */
export function prepare(canvas, width, height) {
  const density = Math.min((devicePixelRatio || 1) * enlarged(), 3);
  const [w, h] = [Math.max(1, Math.round(width * density)), Math.max(1, Math.round(height * density))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  return context;
}

/**
 * Where a pointer is on a canvas, in the pixels that it was prepared in, however large the page shows it.
 * @param {HTMLCanvasElement} canvas @param {{clientX: number, clientY: number}} event
 */
export function pointIn(canvas, { clientX, clientY }) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width ? (parseFloat(canvas.style.width) || box.width) / box.width : 1;
  return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
}

/**
 * A map as an image of its own size.
 * @param {ArrayLike<number>} values @param {number} height @param {number} width @param {number} range
 * @param {boolean} [gray] as a picture in shades of grey
 */
export function mapImage(values, height, width, range, gray = false) {
  const image = new ImageData(Math.max(1, width), Math.max(1, height)); // an empty map is one cell of paper
  const pixels = new Uint32Array(image.data.buffer);
  const { lut, gray: shades } = palette();
  const table = gray ? shades : lut;
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[slot(values[i], range)];
  return image;
}

/**
 * Draw `image` into the box, its cells sharp.
 * @param {CanvasRenderingContext2D} context @param {ImageData} image
 * @param {number} x @param {number} y @param {number} width @param {number} height
 */
export function place(context, image, x, y, width, height) {
  scratch ??= document.createElement("canvas");
  if (scratch.width !== image.width || scratch.height !== image.height) {
    scratch.width = image.width;
    scratch.height = image.height;
  }
  /** @type {CanvasRenderingContext2D} */ (scratch.getContext("2d")).putImageData(image, 0, 0);
  // Smaller than it is: smooth, so that no line is lost. Larger: cells as they are.
  context.imageSmoothingEnabled = width < image.width;
  context.drawImage(scratch, x, y, width, height);
}

/**
 * The picture that the network was given.
 * @param {ArrayLike<number>} bytes [height, width, channels] @param {number} height @param {number} width
 * @param {number} channels
 */
export function picture(bytes, height, width, channels) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[i * channels + Math.min(c, channels - 1)];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/**
 * Hatch a box: a cell of padding is no pixel of the map.
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width
 * @param {number} height
 */
export function hatch(context, x, y, width, height) {
  if (width <= 0 || height <= 0) return;
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.fillStyle = ink2d("sunken");
  context.fill();
  context.clip();
  context.strokeStyle = ink2d("hatch");
  context.lineWidth = 1;
  context.beginPath();
  for (let d = -height; d < width; d += 5) {
    context.moveTo(x + d, y + height);
    context.lineTo(x + d + height, y);
  }
  context.stroke();
  context.restore();
}

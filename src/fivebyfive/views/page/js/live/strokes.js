// What is drawn: white ink on black, as MNIST has it, over the picture that lies in the pad.

/** @typedef {{x: number, y: number}[]} Stroke @typedef {import("./source.js").Picture} Picture */

export const SIZE = 196;
const PEN = 17;

/**
 * @param {CanvasRenderingContext2D} context @param {Stroke[]} strokes
 * @param {HTMLCanvasElement | null} below a picture @param {{width: number, height: number}} size of the context
 * @param {number} scale from the pad's own units to the context's
 */
export function draw(context, strokes, below, { width, height }, scale) {
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  if (below) context.drawImage(below, 0, 0, width, height);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.strokeStyle = "#fff";
  context.lineWidth = PEN;
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0].x, stroke[0].y);
    for (const point of stroke) context.lineTo(point.x, point.y);
    if (stroke.length === 1) context.lineTo(stroke[0].x + 0.1, stroke[0].y);
    context.stroke();
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
}

/** A picture on a canvas of its own size. @param {Picture} picture */
export function onCanvas({ height, width, channels, values }) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = values[i * channels + (channels < 3 ? 0 : c)];
    image.data[4 * i + 3] = 255;
  }
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).putImageData(image, 0, 0);
  return canvas;
}

/**
 * What a context shows, in grey or in colour.
 * @param {CanvasRenderingContext2D} context @param {number} channels @returns {Picture}
 */
export function pixelsOf(context, channels) {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Uint8Array(width * height * channels);
  if (channels === 1) for (let i = 0; i < values.length; i++) values[i] = data[4 * i];
  else for (let i = 0, to = 0; i < data.length; i += 4) for (let c = 0; c < channels; c++) values[to++] = data[i + c];
  return { height, width, channels, values };
}

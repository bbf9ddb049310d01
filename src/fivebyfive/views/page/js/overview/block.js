// One block of the big picture: a step's name and size, and all of its feature maps on one canvas.

import { ink2d, palette, slot } from "../draw/colors.js";
import { picture, prepare } from "../draw/canvas.js";
import { ring } from "../draw/mapview.js";
import { short } from "../draw/format.js";
import { titled } from "../document/names.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("./layout.js").Block} Block
 * @typedef {import("../choice/store.js").Choice} Choice
 */

const atlas = document.createElement("canvas");

/** The gap between two maps. @param {number} pitch */
const gapOf = (pitch) => (pitch >= 20 ? 3 : pitch >= 10 ? 2 : pitch >= 5 ? 1 : 0);

/** @param {HTMLCanvasElement} canvas @param {Doc} doc @param {Block} block @param {Choice} choice */
export function drawMaps(canvas, doc, block, choice) {
  const { step } = block.item;
  const context = prepare(canvas, block.width, block.height);
  if (doc.gray(step.index) && !step.shape.flat && doc.buffers.has("image") && step.shape.channels === 1) {
    drawPicture(context, doc, block);
  } else if (step.shape.flat) drawList(context, doc, block, choice);
  else drawChannels(context, doc, block, choice);
}

/** @param {CanvasRenderingContext2D} context @param {Doc} doc @param {Block} block */
function drawPicture(context, doc, block) {
  const [height, width, channels] = doc.shapes.get("image") ?? [1, 1, 1];
  const image = picture(/** @type {any} */ (doc.buffers.get("image")), height, width, channels);
  sheet(image);
  const scale = (block.pitch - 3) / Math.max(height, width);
  context.drawImage(atlas, 0, 0, width, height, 0, 0, width * scale, height * scale);
}

/** @param {CanvasRenderingContext2D} context @param {Doc} doc @param {Block} block @param {Choice} choice */
function drawChannels(context, doc, block, choice) {
  const { step } = block.item;
  const { channels } = step.shape;
  if (!channels || !step.shape.height || !step.shape.width) return; // empty: nothing to draw
  const first = doc.map(step.index, 0);
  const inner = block.pitch - gapOf(block.pitch);
  // Average what is much larger than it will be drawn: fewer pixels to fill, and no line is lost.
  const coarse = Math.max(1, Math.floor(Math.max(first.height, first.width) / (inner * devicePixelRatio)));
  const [height, width] = [Math.ceil(first.height / coarse), Math.ceil(first.width / coarse)];
  const image = new ImageData(width, height * channels);
  const pixels = new Uint32Array(image.data.buffer);
  const { lut, gray } = palette();
  const table = doc.gray(step.index) ? gray : lut;
  const shared = choice.scale === "map" ? 0 : doc.range(step.index, 0, choice.scale);
  for (let c = 0; c < channels; c++) {
    const { values } = c ? doc.map(step.index, c) : first;
    const range = shared || doc.range(step.index, c, "map");
    shrink(
      values,
      first.width,
      first.height,
      coarse,
      (i, value) => (pixels[c * height * width + i] = table[slot(value, range)]),
    );
  }
  sheet(image);
  const scale = inner / Math.max(first.height, first.width);
  const [w, h] = [first.width * scale, first.height * scale];
  const [dx, dy] = [(inner - w) / 2, (inner - h) / 2];
  for (let c = 0; c < channels; c++) {
    const [x, y] = [(c % block.across) * block.pitch, Math.floor(c / block.across) * block.pitch];
    context.drawImage(atlas, 0, c * height, width, height, x + dx, y + dy, w, h);
  }
}

/**
 * @param {ArrayLike<number>} values @param {number} width @param {number} height @param {number} by
 * @param {(index: number, value: number) => void} put
 */
function shrink(values, width, height, by, put) {
  if (by === 1) {
    for (let i = 0; i < width * height; i++) put(i, values[i]);
    return;
  }
  let i = 0;
  for (let y = 0; y < height; y += by) {
    for (let x = 0; x < width; x += by) {
      let [sum, count] = [0, 0];
      for (let yy = y; yy < Math.min(y + by, height); yy++) {
        for (let xx = x; xx < Math.min(x + by, width); xx++, count++) sum += values[yy * width + xx];
      }
      put(i++, sum / count);
    }
  }
}

/** @param {CanvasRenderingContext2D} context @param {Doc} doc @param {Block} block @param {Choice} choice */
function drawList(context, doc, block, choice) {
  const { step } = block.item;
  const output =
    doc.output(step.index) ??
    Float32Array.from({ length: step.shape.channels }, (_, c) => doc.map(step.index, c).values[0]);
  const range = doc.range(step.index, 0, choice.scale);
  const image = new ImageData(block.across, block.down);
  const pixels = new Uint32Array(image.data.buffer);
  const { lut, gray } = palette();
  const table = doc.gray(step.index) ? gray : lut;
  for (let i = 0; i < output.length; i++) pixels[i] = table[slot(output[i], range)];
  sheet(image);
  if (block.across > 1) context.drawImage(atlas, 0, 0, block.across, block.down, 0, 0, block.width, block.height);
  else {
    for (let i = 0; i < block.down; i++) {
      context.drawImage(atlas, 0, i, 1, 1, 0, i * block.pitch, block.pitch - 3, block.pitch - 3);
    }
  }
}

/** Put an image where it can be drawn from. @param {ImageData} image */
function sheet(image) {
  // Exactly as large as the image: drawing from a canvas and changing it again copies all of it.
  if (atlas.width !== image.width) atlas.width = image.width;
  if (atlas.height !== image.height) atlas.height = image.height;
  /** @type {CanvasRenderingContext2D} */ (atlas.getContext("2d")).putImageData(image, 0, 0);
}

/**
 * Marks over the maps: those that light up, and the chosen one.
 * @param {HTMLCanvasElement} canvas @param {Block} block @param {import("../document/relations.js").Maps[]} lit
 * @param {number | null} chosen
 */
export function drawMarks(canvas, block, lit, chosen) {
  const context = prepare(canvas, block.width, block.height);
  const size = block.pitch - gapOf(block.pitch);
  const corner = (/** @type {number} */ c) => [
    (c % block.across) * block.pitch,
    Math.floor(c / block.across) * block.pitch,
  ];
  context.strokeStyle = ink2d("accent");
  context.lineWidth = size < 8 ? 1 : 2;
  const { channels } = block.item.step.shape;
  for (const maps of lit) {
    if (maps.from === 0 && maps.by === 1 && maps.to >= channels) {
      context.strokeRect(1, 1, block.width - 2 - gapOf(block.pitch), block.height - 2 - gapOf(block.pitch));
      continue;
    }
    for (let c = maps.from; c < maps.to; c += maps.by) {
      const [x, y] = corner(c);
      context.strokeRect(x + 0.5, y + 0.5, Math.max(1, size - 1), Math.max(1, size - 1));
    }
  }
  if (chosen === null) return;
  const [x, y] = corner(chosen);
  ring(context, x + 1, y + 1, Math.max(2, size - 2), Math.max(2, size - 2));
}

/** @param {Doc} doc @param {Block} block @param {number} channel */
export function describeMap(doc, block, channel) {
  const { step } = block.item;
  const { values } = doc.map(step.index, channel);
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  if (low > high) low = high = NaN;
  if (step.shape.flat) return `${titled(step)}, unit ${channel}: ${short(values[0])}`;
  return `${titled(step)}, channel ${channel}: from ${short(low)} to ${short(high)}`;
}

// One block of the big picture: its feature maps, or its list, on one canvas, and the marks on them.

import { ink2d, palette, slot } from "../draw/colors.js";
import { prepare } from "../draw/canvas.js";
import { COLOURS, image as pictureOf, isColour, tinted } from "../draw/picture.js";
import { ring } from "../draw/mapview.js";
import { short } from "../draw/format.js";
import { titled } from "../document/names.js";
import { drawRows } from "./bars.js";
import { cellBox } from "./layout.js";
import { PICTURE } from "./sample.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("./layout.js").Block} Block
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {{names: string[], probabilities: Float32Array | null, first: number}} Said of a step whose units have
 *   names; `first`: the likeliest
 */

const atlas = document.createElement("canvas");

/**
 * @param {HTMLCanvasElement} canvas @param {Doc} doc @param {Block} block @param {Choice} choice
 * @param {Said | null} said
 */
export function drawMaps(canvas, doc, block, choice, said) {
  const { step } = block.item;
  const context = prepare(canvas, block.width, block.height);
  if (!step.shape.channels || !step.shape.height || !step.shape.width) return; // empty: nothing to draw
  if (block.form === "bars") drawRows(context, block, rowsOf(doc, block, said));
  else if (block.form === "mosaic") drawList(context, doc, block, choice);
  else if (isPicture(doc, step)) drawPicture(context, doc, block, 0);
  else drawChannels(context, doc, block, choice);
}

/** @param {Doc} doc @param {import("../types.js").Step} step */
const isPicture = (doc, step) => doc.gray(step.index) && step.shape.channels === 1 && doc.buffers.has("image");

/** One number of a list. @param {Doc} doc @param {number} step @param {number} channel */
function unit(doc, step, channel) {
  return doc.output(step)?.[channel] ?? doc.map(step, channel).values[0];
}

/** @param {Doc} doc @param {Block} block @param {Said | null} said @returns {import("./bars.js").Row[]} */
function rowsOf(doc, block, said) {
  const { index } = block.item.step;
  const doubt = (/** @type {number} */ c) => (said?.first === c && doc.fields.doubt ? " ?" : "");
  return block.channels.map((c) => ({
    name: (said?.names[c] ?? String(c)) + doubt(c),
    value: said?.probabilities ? said.probabilities[c] : unit(doc, index, c),
    share: Boolean(said?.probabilities),
    first: said?.first === c,
    none: doc.isCutOff(index),
  }));
}

/** @param {CanvasRenderingContext2D} context @param {Doc} doc @param {Block} block @param {number} place */
function drawPicture(context, doc, block, place) {
  const given = pictureOf(doc);
  if (!given) return;
  sheet(given);
  inBox(context, 0, given.height, given.width, cellBox({ ...block, x: 0, y: 0 }, place), block);
}

/**
 * Draw rows of the sheet into a box, as large as fits; a strip fills it.
 * @param {CanvasRenderingContext2D} context @param {number} from @param {number} height @param {number} width
 * @param {{x: number, y: number, width: number, height: number}} box @param {Block} block
 */
function inBox(context, from, height, width, box, { form }) {
  const scale = Math.min(box.width / width, box.height / height);
  const [w, h] = form === "strips" ? [box.width, box.height] : [width * scale, height * scale];
  const [x, y] = [box.x + (box.width - w) / 2, box.y + (box.height - h) / 2];
  context.drawImage(atlas, 0, from, width, height, x, y, w, h);
}

/** @param {CanvasRenderingContext2D} context @param {Doc} doc @param {Block} block @param {Choice} choice */
function drawChannels(context, doc, block, choice) {
  const { step } = block.item;
  const channels = block.channels.filter((c) => c !== PICTURE);
  const before = block.channels.length - channels.length;
  const first = doc.map(step.index, channels[0] ?? 0);
  const turned = block.form === "strips" && first.width === 1;
  const [rows, columns] = turned ? [1, first.height] : [first.height, first.width];
  // Average what is much larger than it will be drawn: fewer pixels to fill, and no line is lost.
  const coarse = Math.max(1, Math.floor(Math.max(rows, columns) / ((block.cell.width - block.gap) * devicePixelRatio)));
  const [height, width] = [Math.ceil(rows / coarse), Math.ceil(columns / coarse)];
  const image = new ImageData(width, height * channels.length);
  const pixels = new Uint32Array(image.data.buffer);
  const shared = choice.scale === "map" ? 0 : doc.range(step.index, 0, choice.scale);
  const colourful = isColour(doc, step);
  channels.forEach((c, i) => {
    const { values } = doc.map(step.index, c);
    const range = shared || doc.range(step.index, c, "map");
    const start = i * height * width;
    const colour = colourful ? tinted(values, c) : coloured(doc.gray(step.index), range);
    shrink(values, columns, rows, coarse, (at, value) => (pixels[start + at] = colour(value)));
  });
  sheet(image);
  channels.forEach((_, i) => {
    inBox(context, i * height, height, width, cellBox({ ...block, x: 0, y: 0 }, i + before), block);
  });
  if (colourful) for (const [i, c] of channels.entries()) nameColour(context, block, i + before, COLOURS[c]);
  if (before) drawPicture(context, doc, block, 0);
}

/** A colour's name on its map. @param {CanvasRenderingContext2D} context @param {Block} block @param {number} place
 * @param {string} name */
function nameColour(context, block, place, name) {
  const { x, y, width, height } = cellBox({ ...block, x: 0, y: 0 }, place);
  context.font = "600 11px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillStyle = "rgb(0 0 0 / 0.6)";
  context.fillRect(x, y + height - 15, width, 15);
  context.fillStyle = "#fff";
  context.fillText(name, x + width / 2, y + height - 4);
}

/** @param {boolean} gray @param {number} range */
function coloured(gray, range) {
  const { lut, gray: shades } = palette();
  const table = gray ? shades : lut;
  return (/** @type {number} */ value) => table[slot(value, range)];
}

/** The smallest and the largest; NaN where there is none. @param {ArrayLike<number>} values */
function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return low > high ? [NaN, NaN] : [low, high];
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
  const { index } = block.item.step;
  const down = Math.ceil(block.shown / block.across);
  const image = new ImageData(block.across, down);
  const pixels = new Uint32Array(image.data.buffer);
  const colour = coloured(doc.gray(index), doc.range(index, 0, choice.scale));
  const output = doc.output(index);
  block.channels.forEach((c, i) => (pixels[i] = colour(output ? output[c] : unit(doc, index, c))));
  sheet(image);
  context.drawImage(atlas, 0, 0, block.across, down, 0, 0, block.across * block.cell.width, down * block.cell.height);
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
 * @param {HTMLCanvasElement} canvas @param {Block} block @param {import("./reach.js").Channels | null} lit
 * @param {number | null} chosen
 */
export function drawMarks(canvas, block, lit, chosen) {
  const context = prepare(canvas, block.width, block.height);
  context.strokeStyle = ink2d("accent");
  context.lineWidth = block.cell.height < 12 ? 1 : 2;
  const inset = context.lineWidth / 2;
  if (lit === "all") {
    context.strokeRect(inset, inset, block.width - block.gap - 2 * inset, block.height - block.gap - 2 * inset);
  }
  block.channels.forEach((c, i) => {
    if (lit === null || lit === "all" || !lit.has(c)) return;
    const { x, y, width, height } = cellBox({ ...block, x: 0, y: 0 }, i);
    context.strokeRect(x + inset, y + inset, Math.max(1, width - 2 * inset), Math.max(1, height - 2 * inset));
  });
  const place = chosen === null ? -1 : block.channels.indexOf(chosen);
  if (place < 0) return;
  const { x, y, width, height } = cellBox({ ...block, x: 0, y: 0 }, place);
  ring(context, x + 1, y + 1, Math.max(2, width - 2), Math.max(2, height - 2));
}

/** @param {Doc} doc @param {Block} block @param {number} channel @param {Said | null} said */
export function describeMap(doc, block, channel, said) {
  const { step } = block.item;
  if (channel === PICTURE) return "the picture in its colours";
  const { values } = doc.map(step.index, channel);
  const [low, high] = ends(values);
  const name = said ? `, “${said.names[channel]}”` : "";
  if (step.shape.flat) return `${titled(step)}, unit ${channel}${name}: ${short(values[0])}`;
  const colour = isColour(doc, step) ? `, ${COLOURS[channel]}` : "";
  return `${titled(step)}, channel ${channel}${colour}: from ${short(low)} to ${short(high)}`;
}

// All filters of a layer on one canvas, at one frame of the film; a mouse, a finger or the arrow keys choose a weight.

import { picture, place, pointIn, prepare } from "../draw/canvas.js";
import { palette, slot } from "../draw/colors.js";
import { h } from "../draw/dom.js";
import { ring } from "../draw/mapview.js";
import { arranged, beside, cellAt, cellOf, corner, paint } from "./tiles.js";

/**
 * @typedef {import("./reel.js").Reel} Reel
 * @typedef {import("./reel.js").Frame} Frame
 * @typedef {{layer: number, channel: number, scale: "film" | "frame", weight: number | null}} Chosen
 */

/** Pixels that a cell has at most. */
const LARGEST = 16;
const SMALLEST = 2;
const HIGHEST = 420;
const LARGEST_OF_MAPS = 4;

export class Filters {
  /** @param {Reel} reel @param {(weight: number) => void} pick */
  constructor(reel, pick) {
    this.reel = reel;
    this.pick = pick;
    this.canvas = h("canvas", { class: "filters", role: "application", tabindex: 0, "data-filters": true });
    /** @type {import("./tiles.js").Tiles | null} */
    this.tiles = null;
    this.cell = 1;
    /** @type {ImageData | null} */
    this.image = null;
    /** @type {number | null} */
    this.weight = null;
    this.canvas.addEventListener("click", (event) => this.click(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Frame} frame @param {Chosen} chosen @param {number} room how wide it may be, in pixels */
  draw(frame, { layer, channel, scale, weight }, room) {
    const { about } = this.reel;
    const weights = this.reel.weights(layer, frame);
    if (!about || !weights) return;
    const tiles = arranged(about.layers[layer].shape, channel, room / HIGHEST);
    this.tiles = tiles;
    this.weight = weight;
    this.cell = size(tiles, room);
    const [width, height] = [tiles.width * this.cell, tiles.height * this.cell];
    const context = prepare(this.canvas, width, height);
    if (this.image?.width !== tiles.width || this.image.height !== tiles.height) {
      this.image = new ImageData(tiles.width, tiles.height);
    }
    const range = this.reel.range(layer, scale === "frame" ? frame : null);
    const { lut } = palette();
    paint(new Uint32Array(this.image.data.buffer), tiles, (index) => lut[slot(weights[index], range)]);
    place(context, this.image, 0, 0, width, height);
    const at = weight === null ? null : cellOf(tiles, weight);
    if (!at) return;
    const from = corner(tiles, at.tile);
    ring(context, (from.x + at.x) * this.cell, (from.y + at.y) * this.cell, this.cell, this.cell);
  }

  /** @param {MouseEvent} event */
  click(event) {
    const { x, y } = pointIn(this.canvas, event);
    const cell = this.tiles && cellAt(this.tiles, x / this.cell, y / this.cell);
    if (cell) this.pick(cell.index);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const moves = /** @type {Record<string, [number, number]>} */ ({
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    });
    const move = moves[event.key];
    if (!move || !this.tiles) return;
    event.preventDefault();
    const from = this.weight === null ? null : cellOf(this.tiles, this.weight);
    const cell = from ? beside(this.tiles, from, ...move) : cellAt(this.tiles, 0, 0);
    if (cell) this.pick(cell.index);
  }
}

/**
 * The side of a cell, whole pixels where there is room; of filters as many as can be seen, and the rest is scrolled to.
 * @param {import("./tiles.js").Tiles} tiles @param {number} room
 */
function size({ width, height, gap }, room) {
  const most = Math.min(LARGEST, room / width, Math.max(HIGHEST, room / 2) / height);
  return Math.max(gap ? SMALLEST : 0, most >= 1 ? Math.floor(most) : most);
}

/**
 * The maps of a layer on one canvas, side by side.
 * @param {HTMLCanvasElement} canvas @param {import("./reel.js").Maps} maps @param {number} range @param {number} room
 */
export function drawMaps(canvas, { bytes, range: own, channels, height, width }, range, room) {
  const tiles = arranged([channels, 1, height, width], 0, room / 150);
  const image = new ImageData(tiles.width, tiles.height);
  const { lut } = palette();
  const table = Uint32Array.from({ length: 256 }, (_, byte) => lut[slot(((byte - 128) / 127) * own, range)]);
  paint(new Uint32Array(image.data.buffer), tiles, (index) => table[bytes[index]]);
  const cell = Math.min(LARGEST_OF_MAPS, room / tiles.width);
  const context = prepare(canvas, tiles.width * cell, tiles.height * cell);
  place(context, image, 0, 0, tiles.width * cell, tiles.height * cell);
}

/**
 * One of the pictures that the network is asked, and nothing else of its canvas.
 * @param {CanvasRenderingContext2D} context @param {Reel} reel @param {number} number
 * @param {number} x @param {number} y @param {number} side
 */
export function drawPicture(context, { pictures: { numbers, shape } }, number, x, y, side) {
  const [, height, width, channels] = shape;
  const size = height * width * channels;
  const bytes = numbers.subarray(number * size, (number + 1) * size);
  const image = picture(bytes, height, width, channels);
  place(context, image, x, y, side, side);
}

// One map, large: its cells, its padding, whatever is marked on it; a mouse, a finger or the arrow keys choose a cell.

import { hatch, mapImage, place, pointIn, prepare } from "./canvas.js";
import { ink2d } from "./colors.js";
import { h } from "./dom.js";
import { Finger } from "./finger.js";

/**
 * @typedef {import("../types.js").Box} Box
 * @typedef {import("../types.js").Sides} Sides
 * @typedef {{values: ArrayLike<number>, height: number, width: number, range: number, gray?: boolean,
 *   image?: ImageData, padding?: Sides, window?: Box | null, dilation?: [number, number],
 *   cell?: {y: number, x: number} | null, labels?: string[], until?: number}} Shown
 *   `labels`: a word beside each row; `until`: cells from this one on are not computed yet
 * @typedef {{pick: (y: number, x: number) => void, preview?: (y: number, x: number) => void, release?: () => void,
 *   move?: (down: number, right: number) => void}} Picking
 *   what to do when a cell is chosen, pointed at, no longer pointed at; and for arrow keys, where they move a window
 */

const LABEL = 130;
/** Pixels that a single row takes at least. */
const ROW = 22;
const NONE = { top: 0, bottom: 0, left: 0, right: 0 };

export class MapView {
  /**
   * @param {{label: string, size: number, pick?: Picking | null, name: string}} options
   *   `name`: data-map, for tests and styles
   */
  constructor({ label, size, pick = null, name }) {
    this.size = size;
    /** @type {Shown | null} */
    this.shown = null;
    this.canvas = h("canvas", {
      class: "map",
      "data-map": name,
      role: pick ? "application" : "img",
      "aria-label": label,
      tabindex: pick ? 0 : null,
    });
    if (pick) this.listen(pick);
  }

  /** @param {string} label */
  name(label) {
    this.canvas.setAttribute("aria-label", label);
  }

  /** The size of a cell in pixels. */
  get cell() {
    const { height, width, padding = NONE, labels } = /** @type {Shown} */ (this.shown);
    const [rows, columns] = [height + padding.top + padding.bottom, width + padding.left + padding.right];
    return Math.min(this.size / Math.max(1, rows), (this.size - (labels ? LABEL : 0)) / Math.max(1, columns));
  }

  /** How tall it is: a single row is taller than its cells are wide, so that it can be seen. */
  get tall() {
    const { height, padding = NONE } = /** @type {Shown} */ (this.shown);
    return height + padding.top + padding.bottom === 1 ? Math.max(this.cell, ROW) : this.cell;
  }

  /** @param {Shown} shown */
  draw(shown) {
    this.shown = shown;
    const { height, width, range, padding = NONE } = shown;
    const [s, v] = [this.cell, this.tall];
    const [full, tall] = [(width + padding.left + padding.right) * s, (height + padding.top + padding.bottom) * v];
    const context = prepare(this.canvas, full + (shown.labels ? LABEL : 0), tall);
    const [x, y] = [padding.left * s, padding.top * v];
    if (x + y + padding.bottom + padding.right > 0) hatch(context, 0, 0, full, tall);
    place(
      context,
      shown.image ?? mapImage(shown.values, height, width, range, shown.gray),
      x,
      y,
      width * s,
      height * v,
    );
    if (shown.until !== undefined) this.cover(context, shown.until, width, height, s);
    if (s >= 7) grid(context, full, tall, s, v);
    frame(context, x, y, width * s, height * v);
    if (shown.labels) label(context, shown.labels, full, v);
    if (shown.window) this.outline(context, shown.window, shown.dilation ?? [1, 1], x, y, s);
    if (shown.cell) ring(context, x + shown.cell.x * s, y + shown.cell.y * v, s, v);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {number} until @param {number} width @param {number} height
   * @param {number} s
   */
  cover(context, until, width, height, s) {
    const [row, column, v] = [Math.floor(until / width), until % width, this.tall];
    context.fillStyle = ink2d("surface");
    context.fillRect(column * s, row * v, (width - column) * s, v);
    context.fillRect(0, (row + 1) * v, width * s, (height - row - 1) * v);
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {Box} box @param {[number, number]} dilation @param {number} x
   * @param {number} y @param {number} s
   */
  outline(context, box, dilation, x, y, s) {
    ring(context, x + box.x * s, y + box.y * this.tall, box.width * s, box.height * this.tall);
    if (dilation[0] === 1 && dilation[1] === 1) return;
    context.fillStyle = ink2d("accent");
    for (let dy = 0; dy < box.height; dy += dilation[0]) {
      for (let dx = 0; dx < box.width; dx += dilation[1]) {
        context.beginPath();
        context.arc(x + (box.x + dx + 0.5) * s, y + (box.y + dy + 0.5) * this.tall, Math.max(1, s / 6), 0, 7);
        context.fill();
      }
    }
  }

  /** @param {Picking} pick */
  listen(pick) {
    const at = (
      /** @type {PointerEvent} */ event,
      /** @type {((y: number, x: number) => void) | undefined} */ tell,
    ) => {
      if (!this.shown || !tell) return;
      const { height, width, padding = NONE } = this.shown;
      const point = pointIn(this.canvas, event);
      const y = Math.floor(point.y / this.tall) - padding.top;
      const x = Math.floor(point.x / this.cell) - padding.left;
      tell(Math.max(0, Math.min(height - 1, y)), Math.max(0, Math.min(width - 1, x)));
    };
    const finger = new Finger();
    const isFinger = (/** @type {PointerEvent} */ event) => event.pointerType === "touch";
    this.canvas.addEventListener("pointermove", (event) => {
      if (isFinger(event) && !finger.moved(event)) return;
      at(event, event.pointerType === "mouse" ? pick.preview : pick.pick);
    });
    this.canvas.addEventListener("pointerdown", (event) =>
      isFinger(event) ? finger.down(event) : at(event, pick.pick),
    );
    this.canvas.addEventListener("pointerup", (event) => isFinger(event) && at(event, pick.pick));
    this.canvas.addEventListener("pointerleave", () => pick.release?.());
    this.canvas.addEventListener("keydown", (event) => this.key(event, pick));
  }

  /** @param {KeyboardEvent} event @param {Picking} pick */
  key(event, pick) {
    const moves = /** @type {Record<string, number[]>} */ ({
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    });
    const move = moves[event.key];
    if (!this.shown || !move) return;
    event.preventDefault();
    const far = event.shiftKey ? 5 : 1;
    if (pick.move) {
      pick.move(move[0] * far, move[1] * far);
      return;
    }
    const cell = this.shown.cell ?? { y: 0, x: 0 };
    pick.pick(
      Math.max(0, Math.min(this.shown.height - 1, cell.y + move[0] * far)),
      Math.max(0, Math.min(this.shown.width - 1, cell.x + move[1] * far)),
    );
  }
}

/** @param {CanvasRenderingContext2D} context @param {string[]} labels @param {number} x @param {number} s */
function label(context, labels, x, s) {
  context.font = "13px system-ui, sans-serif";
  context.fillStyle = ink2d("ink");
  context.textBaseline = "middle";
  labels.forEach((text, i) => context.fillText(text, x + 10, (i + 0.5) * s, LABEL - 14));
}

/**
 * @param {CanvasRenderingContext2D} context @param {number} width @param {number} height
 * @param {number} s how wide a cell is @param {number} v how tall
 */
function grid(context, width, height, s, v) {
  context.strokeStyle = ink2d("grid");
  context.lineWidth = 0.5;
  context.beginPath();
  for (let x = s; x < width - 1; x += s) {
    context.moveTo(x, 0);
    context.lineTo(x, height);
  }
  for (let y = v; y < height - 1; y += v) {
    context.moveTo(0, y);
    context.lineTo(width, y);
  }
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width
 * @param {number} height
 */
function frame(context, x, y, width, height) {
  context.strokeStyle = ink2d("line");
  context.lineWidth = 1;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

/**
 * A mark that can be seen on any colour: the accent between two lines of paper.
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width
 * @param {number} height
 */
export function ring(context, x, y, width, height) {
  context.lineWidth = 4;
  context.strokeStyle = ink2d("paper");
  context.strokeRect(x, y, width, height);
  context.lineWidth = 2;
  context.strokeStyle = ink2d("accent");
  context.strokeRect(x, y, width, height);
}

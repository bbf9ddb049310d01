// The drawing pad: a pen, undo and clear. While the pen moves, what is drawn so far is sent on.

import { h, replace } from "../draw/dom.js";

/** @typedef {{x: number, y: number}[]} Stroke */

const SIZE = 196;
const SENT = 112;
const PEN = 17;
const INVITATION = "draw here";

export class Pad {
  /**
   * @param {HTMLElement} root @param {(bytes: Uint8Array, size: number) => void} send
   * @param {() => void} blank what to do when nothing is left
   */
  constructor(root, send, blank) {
    this.send = send;
    this.blank = blank;
    /** @type {Stroke[]} */
    this.strokes = [];
    this.drawing = false;
    this.canvas = h("canvas", {
      class: "pad",
      width: SIZE,
      height: SIZE,
      tabindex: 0,
      role: "application",
      "data-pad": true,
      "aria-label": "Drawing pad: draw a digit with the mouse, a finger, or the arrow keys while holding Shift",
    });
    this.small = h("canvas", { width: SENT, height: SENT });
    this.pen = { x: SIZE / 2, y: SIZE / 2 };
    this.undo = h(
      "button",
      { type: "button", "data-pad-undo": true, onclick: () => this.takeBack(this.strokes.slice(0, -1)) },
      "Undo",
    );
    this.clear = h("button", { type: "button", "data-pad-clear": true, onclick: () => this.takeBack([]) }, "Clear");
    replace(root, this.canvas, h("div", { class: "pad-buttons" }, this.undo, this.clear));
    this.canvas.addEventListener("pointerdown", (event) => this.down(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => (this.drawing = false));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    for (const name of ["focus", "blur"]) this.canvas.addEventListener(name, () => this.paint());
    this.paint();
  }

  /** @param {PointerEvent} event */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * SIZE, y: ((event.clientY - box.top) / box.height) * SIZE };
  }

  /** @param {PointerEvent} event */
  down(event) {
    event.preventDefault();
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    this.drawing = true;
    this.change([...this.strokes, [this.at(event)]]);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.drawing) return;
    const points = event.getCoalescedEvents?.().map((e) => this.at(e)) ?? [];
    this.strokes[this.strokes.length - 1].push(...(points.length ? points : [this.at(event)]));
    this.change(this.strokes);
  }

  /** Arrows move the pen; with Shift it draws. @param {KeyboardEvent} event */
  key(event) {
    const moves = /** @type {Record<string, number[]>} */ ({
      ArrowUp: [0, -8],
      ArrowDown: [0, 8],
      ArrowLeft: [-8, 0],
      ArrowRight: [8, 0],
    });
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) return this.change(this.strokes.slice(0, -1));
    const move = moves[event.key];
    if (!move) return undefined;
    event.preventDefault();
    const from = { ...this.pen };
    this.pen = { x: Math.max(0, Math.min(SIZE, from.x + move[0])), y: Math.max(0, Math.min(SIZE, from.y + move[1])) };
    if (!event.shiftKey) {
      this.moved = true;
      return this.paint();
    }
    const last = this.moved ? null : this.strokes[this.strokes.length - 1];
    this.moved = false;
    if (last) last.push(this.pen);
    else this.strokes.push([from, this.pen]);
    return this.change(this.strokes);
  }

  /**
   * The buttons go when nothing is left to take back; the pen is where the keyboard goes on.
   * @param {Stroke[]} strokes
   */
  takeBack(strokes) {
    if (!strokes.length) this.canvas.focus();
    this.change(strokes);
  }

  /** @param {Stroke[]} strokes */
  change(strokes) {
    this.strokes = strokes;
    this.paint();
    if (strokes.length) this.send(this.pixels(), SENT);
    else this.blank();
  }

  paint() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    draw(context, this.strokes, SIZE);
    this.undo.disabled = this.clear.disabled = !this.strokes.length;
    if (!this.strokes.length) {
      context.font = "16px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillStyle = "#9a9a9a";
      context.fillText(INVITATION, SIZE / 2, SIZE / 2);
    }
    if (this.canvas.matches(":focus-visible") && !this.drawing) {
      context.strokeStyle = "#888";
      context.lineWidth = 1;
      context.strokeRect(this.pen.x - 4, this.pen.y - 4, 8, 8);
    }
  }

  /** What is drawn, one byte a pixel: 0 is blank, 255 is ink. */
  pixels() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.small.getContext("2d", { willReadFrequently: true }));
    draw(context, this.strokes, SENT);
    const { data } = context.getImageData(0, 0, SENT, SENT);
    return Uint8Array.from({ length: SENT * SENT }, (_, i) => data[4 * i]);
  }
}

/**
 * White ink on black, as MNIST has it.
 * @param {CanvasRenderingContext2D} context @param {Stroke[]} strokes @param {number} size
 */
function draw(context, strokes, size) {
  context.setTransform(size / SIZE, 0, 0, size / SIZE, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, SIZE, SIZE);
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

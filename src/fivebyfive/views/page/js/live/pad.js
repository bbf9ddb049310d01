// The drawing pad: a pen, undo and clear. While the pen moves, what is drawn so far is sent on.

import { h, replace } from "../draw/dom.js";

import { draw, onCanvas, pixelsOf, SIZE } from "./strokes.js";

/** @typedef {import("./strokes.js").Stroke} Stroke @typedef {import("./source.js").Picture} Picture */
/**
 * @typedef {{send: (drawing: Picture) => void, blank: () => void, again: () => void}} Heard
 *   something is drawn; nothing is left; only the picture below is left
 */

/** The sides of what is sent of a pad without a picture of its own size below. */
const SENT = 112;
const INVITATION = "draw here";
/** Where it stands above a picture: MNIST's leave that free. */
const TOP = 20;
/** How much higher than wide a pad may be, and the other way round. */
const LONG = 1.5;

export class Pad {
  /**
   * @param {HTMLElement} root @param {Heard} heard
   * @param {{height: number, width: number, channels: number}} size of the pictures that the network takes
   * @param {boolean} digits whether it reads digits: then a drawing is sent larger than it takes them
   */
  constructor(root, heard, size, digits) {
    this.heard = heard;
    this.size = size;
    this.digits = digits;
    this.height = Math.round(SIZE * Math.min(LONG, Math.max(1 / LONG, size.height / size.width)));
    /** @type {Stroke[]} */
    this.strokes = [];
    /** What was drawn before another picture came. @type {Stroke[]} */
    this.kept = [];
    /** The picture below the strokes. @type {HTMLCanvasElement | null} */
    this.below = null;
    /** Whether that was only put there to begin with: the first stroke takes its place. */
    this.example = false;
    this.drawing = false;
    this.canvas = h("canvas", {
      class: "pad",
      width: SIZE,
      height: this.height,
      tabindex: 0,
      role: "application",
      "data-pad": true,
      "aria-label": "Drawing pad: draw a digit with the mouse, a finger, or the arrow keys while holding Shift",
    });
    this.small = h("canvas");
    this.pen = { x: SIZE / 2, y: this.height / 2 };
    this.undo = h(
      "button",
      { type: "button", "data-pad-undo": true, onclick: () => this.takeBack(this.strokes.slice(0, -1)) },
      "Undo",
    );
    this.clear = h("button", { type: "button", "data-pad-clear": true, onclick: () => this.wipe() }, "Clear");
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
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    return { x: Math.round(x * SIZE), y: Math.round(y * this.height) }; // whole, as a link keeps them
  }

  /** @param {PointerEvent} event */
  down(event) {
    event.preventDefault();
    this.canvas.focus();
    this.canvas.setPointerCapture(event.pointerId);
    this.begin();
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

  /** A stroke begins. */
  begin() {
    if (this.example) this.below = null;
    this.example = false;
  }

  /** Another picture lies in the pad. @param {Picture} picture @param {boolean} example */
  show(picture, example) {
    if (this.strokes.length && !this.below) this.kept = this.strokes;
    this.strokes = [];
    this.below = onCanvas(picture);
    this.example = example;
    this.paint();
  }

  /** What was drawn before, or now. */
  recall() {
    const { strokes, kept } = this;
    if (strokes.length) return this.change(strokes);
    if (!kept.length) return this.canvas.focus();
    this.begin();
    this.below = null;
    return this.change(kept);
  }

  /** Arrows move the pen; with Shift it draws. @param {KeyboardEvent} event */
  key(event) {
    const moves = /** @type {Record<string, number[]>} */ ({
      ArrowUp: [0, -8],
      ArrowDown: [0, 8],
      ArrowLeft: [-8, 0],
      ArrowRight: [8, 0],
    });
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) return this.takeBack(this.strokes.slice(0, -1));
    const move = moves[event.key];
    if (!move) return undefined;
    event.preventDefault();
    const from = { ...this.pen };
    this.pen = {
      x: Math.max(0, Math.min(SIZE, from.x + move[0])),
      y: Math.max(0, Math.min(this.height, from.y + move[1])),
    };
    if (!event.shiftKey) {
      this.moved = true;
      return this.paint();
    }
    this.begin();
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

  /** Nothing is left, neither strokes nor the picture below. */
  wipe() {
    this.begin();
    this.below = null;
    this.takeBack([]);
  }

  /** @param {Stroke[]} strokes */
  change(strokes) {
    this.strokes = strokes;
    this.paint();
    if (strokes.length) this.heard.send(this.pixels());
    else if (this.below) this.heard.again();
    else this.heard.blank();
  }

  paint() {
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.imageSmoothingEnabled = false;
    draw(context, this.strokes, this.below, { width: SIZE, height: this.height }, 1);
    this.undo.disabled = !this.strokes.length;
    this.clear.disabled = !this.strokes.length && !this.below;
    if (this.example || (!this.strokes.length && !this.below)) {
      context.font = "16px system-ui, sans-serif";
      context.textAlign = "center";
      context.fillStyle = "#9a9a9a";
      context.fillText(INVITATION, SIZE / 2, this.example ? TOP : this.height / 2);
    }
    if (this.canvas.matches(":focus-visible") && !this.drawing) {
      context.strokeStyle = "#888";
      context.lineWidth = 1;
      context.strokeRect(this.pen.x - 4, this.pen.y - 4, 8, 8);
    }
  }

  /** What is drawn, over the picture below: in its colours, and in its size where that is what the network takes. */
  pixels() {
    const own = this.below && !this.digits;
    const [width, height] = own ? [this.size.width, this.size.height] : [SENT, Math.round((SENT * this.height) / SIZE)];
    if (this.small.width !== width || this.small.height !== height) Object.assign(this.small, { width, height });
    const context = /** @type {CanvasRenderingContext2D} */ (this.small.getContext("2d", { willReadFrequently: true }));
    context.imageSmoothingEnabled = true;
    draw(context, this.strokes, this.below, { width, height }, width / SIZE);
    return pixelsOf(context, own && this.size.channels >= 3 ? 3 : 1);
  }
}

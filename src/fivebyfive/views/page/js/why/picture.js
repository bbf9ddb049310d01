// The picture with what its pixels contributed over it, and a patch that can be moved about: dragged, or by arrow keys.

import { ink2d, spread } from "../draw/colors.js";
import { mapImage, picture, place, prepare } from "../draw/canvas.js";
import { h } from "../draw/dom.js";

/**
 * @typedef {{values: Float32Array, height: number, width: number}} Seen
 * @typedef {{y: number, x: number, size: number, stride: number}} Patch
 */

const SIDE = 308;
/** For it, and against it, over a picture of any brightness. */
const [FOR, AGAINST] = [
  [36, 150, 240],
  [255, 138, 0],
];

export class WhyPicture {
  /** @param {import("../document/document.js").Doc} doc @param {(y: number, x: number) => void} moved */
  constructor(doc, moved) {
    this.doc = doc;
    this.moved = moved;
    /** @type {Patch | null} */
    this.patch = null;
    this.size = { height: 1, width: 1 };
    this.canvas = h("canvas", {
      class: "why-picture",
      tabindex: 0,
      role: "application",
      "data-why-picture": true,
    });
    this.canvas.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.canvas.focus();
      this.canvas.setPointerCapture(event.pointerId);
      this.point(event);
    });
    this.canvas.addEventListener("pointermove", (event) => event.buttons && this.point(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {PointerEvent} event */
  point(event) {
    if (!this.patch) return;
    const box = this.canvas.getBoundingClientRect();
    const { height, width } = this.size;
    const half = (this.patch.size - 1) / 2;
    this.moved(
      Math.floor(((event.clientY - box.top) / box.height) * height) - half,
      Math.floor(((event.clientX - box.left) / box.width) * width) - half,
    );
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const moves = /** @type {Record<string, number[]>} */ ({
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    });
    const move = moves[event.key];
    if (!move || !this.patch) return;
    event.preventDefault();
    this.moved(this.patch.y + move[0] * this.patch.stride, this.patch.x + move[1] * this.patch.stride);
  }

  /**
   * @param {Seen} seen what is shown over the picture @param {Patch | null} patch @param {string} label
   */
  draw(seen, patch, label) {
    this.patch = patch;
    const { height, width } = this.doc.structure.image ?? seen;
    this.size = { height, width };
    const scale = SIDE / Math.max(height, width);
    const context = prepare(this.canvas, width * scale, height * scale);
    this.canvas.style.maxWidth = "100%";
    this.canvas.style.height = "auto";
    this.canvas.setAttribute("aria-label", label);
    const [, , channels = 1] = this.doc.shapes.get("image") ?? [];
    const bytes = this.doc.buffers.get("image");
    if (bytes) {
      place(
        context,
        picture(grey(bytes, height * width, channels), height, width, 1),
        0,
        0,
        width * scale,
        height * scale,
      );
      place(context, overlay(seen), 0, 0, width * scale, height * scale);
    } else {
      place(
        context,
        mapImage(seen.values, seen.height, seen.width, spread(seen.values)),
        0,
        0,
        width * scale,
        height * scale,
      );
    }
    if (patch) frame(context, patch, scale);
  }
}

/**
 * Without its colours, which would be taken for contributions.
 * @param {ArrayLike<number>} bytes @param {number} count of pixels @param {number} channels
 */
function grey(bytes, count, channels) {
  const shown = Math.min(channels, 3);
  return Uint8Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < shown; c++) sum += bytes[i * channels + c];
    return sum / shown;
  });
}

/** Blue for it, orange against, the stronger the less can be seen through it. @param {Seen} seen */
function overlay({ values, height, width }) {
  const image = new ImageData(Math.max(1, width), Math.max(1, height));
  const range = spread(values);
  for (let i = 0; i < values.length; i++) {
    const strength = range ? Math.min(1, Math.abs(values[i]) / range) ** 0.6 : 0;
    (values[i] < 0 ? AGAINST : FOR).forEach((level, c) => (image.data[4 * i + c] = level));
    image.data[4 * i + 3] = Math.round(255 * strength);
  }
  return image;
}

/** @param {CanvasRenderingContext2D} context @param {Patch} patch @param {number} scale */
function frame(context, { y, x, size }, scale) {
  const box = /** @type {[number, number, number, number]} */ ([x * scale, y * scale, size * scale, size * scale]);
  context.fillStyle = "rgb(0 0 0 / 55%)";
  context.fillRect(...box);
  context.lineWidth = 3;
  context.strokeStyle = "#fff";
  context.strokeRect(...box);
  context.lineWidth = 1.5;
  context.strokeStyle = ink2d("accent");
  context.strokeRect(...box);
}

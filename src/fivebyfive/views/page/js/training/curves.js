// Loss and accuracy over the whole training, with the shown frames marked; a click goes there.

import { pointIn, prepare } from "../draw/canvas.js";
import { ink2d } from "../draw/colors.js";
import { h } from "../draw/dom.js";
import { percent, short } from "../draw/format.js";

/** @typedef {import("./reel.js").Point} Point @typedef {import("./reel.js").Reel} Reel */

const HEIGHT = 112;
const [LEFT, TOP, BOTTOM] = [44, 8, 20];
/** Points beyond which neighbours are one. */
const MOST = 600;
/** So many times the smallest loss is shown by powers of ten. */
const MANY = 20;
/** Pixels from the middle of a look's dot. */
const DOT = 3;

export class Curves {
  /** @param {Reel} reel @param {(step: number) => void} goTo */
  constructor(reel, goTo) {
    this.reel = reel;
    this.canvas = h("canvas", { class: "curves-of-training", role: "img", "data-curves": true });
    this.legend = h("p", { class: "hint", hidden: true }, "Lines: batches that it learned. Dots: validation pictures.");
    this.element = h("div", {}, this.canvas, this.legend);
    this.room = 320;
    this.canvas.addEventListener("click", (event) => {
      const share = (pointIn(this.canvas, event).x - LEFT) / (this.room - LEFT);
      goTo(Math.round(Math.max(0, Math.min(1, share)) * this.last));
    });
  }

  /** The step at the right edge. */
  get last() {
    return Math.max(1, this.reel.about?.steps ?? 1, this.reel.frames.at(-1)?.step ?? 1);
  }

  /** @param {number[]} steps that are marked @param {number} room */
  draw(steps, room) {
    this.room = room;
    const context = prepare(this.canvas, room, 2 * HEIGHT);
    const points = thinned(this.reel.points(), MOST);
    const losses = [...points, ...this.reel.looks].filter(([, loss]) => loss !== null);
    const axis = axisOf(losses.map(([, loss]) => Number(loss)));
    this.curve(context, "loss", points, 1, axis, 0, steps);
    this.curve(context, "right", points, 2, SHARES, HEIGHT, steps);
    const end = points.at(-1);
    this.canvas.setAttribute(
      "aria-label",
      end ? `Loss and accuracy: ${said(points[0])} at first, ${said(end)} at the end` : "Loss and accuracy",
    );
    this.legend.hidden = !this.reel.looks.length;
  }

  /**
   * @param {CanvasRenderingContext2D} context @param {string} name @param {Point[]} points @param {1 | 2} which
   * @param {Axis} axis @param {number} top @param {number[]} steps
   */
  curve(context, name, points, which, { share, highest, lowest }, top, steps) {
    const { room } = this;
    const [height, width] = [HEIGHT - TOP - BOTTOM, room - LEFT - 4];
    const x = (/** @type {number} */ step) => LEFT + (step / this.last) * width;
    const y = (/** @type {number} */ value) => top + TOP + (1 - share(value)) * height;
    context.fillStyle = ink2d("sunken");
    context.fillRect(LEFT, top + TOP, width, height);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = ink2d("muted");
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(highest, LEFT - 5, top + TOP + 5, LEFT - 6);
    context.fillText(name, LEFT - 5, top + TOP + height / 2, LEFT - 6);
    context.fillText(lowest, LEFT - 5, top + TOP + height - 4, LEFT - 6);
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText("step 0", LEFT, top + TOP + height + 4);
    context.textAlign = "right";
    context.fillText(String(this.last), LEFT + width, top + TOP + height + 4);
    context.lineWidth = 1.5;
    context.strokeStyle = ink2d(which === 1 ? "below" : "above");
    context.beginPath();
    for (const point of points) {
      const value = point[which];
      if (value !== null) context.lineTo(x(point[0]), y(value));
    }
    context.stroke();
    context.fillStyle = ink2d("ink");
    for (const look of this.reel.looks) {
      const value = look[which];
      if (value === null) continue;
      context.beginPath();
      context.arc(x(look[0]), y(value), DOT, 0, 2 * Math.PI);
      context.fill();
    }
    context.strokeStyle = ink2d("accent");
    for (const step of steps) {
      context.beginPath();
      context.moveTo(x(step), top + TOP);
      context.lineTo(x(step), top + TOP + height);
      context.stroke();
    }
  }
}

/** @typedef {{share: (value: number) => number, highest: string, lowest: string}} Axis how high a value stands */

/** @type {Axis} */
const SHARES = { share: (value) => value, highest: "100 %", lowest: "0" };

/**
 * From zero; where the largest is many times the smallest, by powers of ten.
 * @param {number[]} values @returns {Axis}
 */
export function axisOf(values) {
  const known = values.filter((value) => value > 0 && value < Infinity);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (!known.length) return { share: () => 0, highest: "", lowest: "0" };
  if (high < MANY * low) return { share: (value) => clamped(value / high), highest: short(high), lowest: "0" };
  const share = (/** @type {number} */ value) => clamped(Math.log(value / low) / Math.log(high / low));
  return { share, highest: short(high), lowest: short(low) };
}

/** @param {number} share */
function clamped(share) {
  return Math.max(0, Math.min(1, share));
}

/** @param {Point[]} points @param {number} most @returns {Point[]} */
export function thinned(points, most) {
  const every = Math.ceil(points.length / most);
  return every < 2 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
}

/** @param {Point} point */
function said([, loss, accuracy]) {
  return `loss ${short(loss ?? NaN)}, ${percent(accuracy ?? NaN)} right`;
}

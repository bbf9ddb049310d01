// One weight's life: its value frame by frame, and what moved it at the frame that is shown.

import { prepare } from "../draw/canvas.js";
import { ink2d } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { number, short } from "../draw/format.js";

/** @typedef {import("./reel.js").Reel} Reel @typedef {import("./reel.js").Frame} Frame */

const HEIGHT = 96;
const LEFT = 52;
const MEANINGS = /** @type {const} */ ([
  ["gradient", "gradient", "how the loss would change with it"],
  ["m", "m", "the mean of the gradients so far, of late ones more"],
  ["v", "v", "the same of their squares"],
  ["change", "step", "what was added to it"],
]);

export class Life {
  /** @param {Reel} reel */
  constructor(reel) {
    this.reel = reel;
    this.canvas = h("canvas", { role: "img" });
    this.numbers = h("dl", { class: "moment" });
    this.title = h("h3", { class: "small" });
    this.element = h(
      "section",
      { class: "life", hidden: true, "data-life": true },
      this.title,
      this.canvas,
      this.numbers,
    );
  }

  /** @param {Frame} frame @param {{layer: number, weight: number | null}} chosen @param {number} room */
  draw(frame, { layer, weight }, room) {
    const { about } = this.reel;
    const now = this.reel.weights(layer, frame);
    const hidden = weight === null || !now || !about;
    if (this.element.hidden !== hidden) this.element.hidden = hidden;
    if (hidden) return;
    const life = this.reel.life(layer, weight);
    this.title.textContent = `The life of one weight: ${place(about.layers[layer].shape, weight)}`;
    this.chart(life, frame.step, room);
    this.canvas.setAttribute(
      "aria-label",
      `From ${short(life[0][1])} after step ${life[0][0]} to ${short(life[life.length - 1][1])}`,
    );
    const before = this.reel.frames[this.reel.frames.indexOf(frame) - 1];
    const known = MEANINGS.flatMap(([name, said, meaning]) => {
      const held = this.reel.moment(name, layer, frame);
      return held && !Number.isNaN(held[weight]) ? row(said, held[weight], meaning) : [];
    });
    const was = before && this.reel.weights(layer, before);
    replace(
      this.numbers,
      ...row("value", now[weight], `after step ${frame.step}`),
      ...(known.length || !was ? known : row("moved", now[weight] - was[weight], `since step ${before.step}`)),
    );
  }

  /** @param {[number, number][]} life @param {number} step @param {number} room */
  chart(life, step, room) {
    const context = prepare(this.canvas, room, HEIGHT);
    const last = Math.max(1, this.reel.about?.steps ?? 1, life[life.length - 1][0]);
    const values = life.map(([, value]) => value).filter(Number.isFinite);
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (!(high > low)) [low, high] = [low - 1, low + 1];
    const x = (/** @type {number} */ at) => LEFT + (at / last) * (room - LEFT - 4);
    const y = (/** @type {number} */ value) => 8 + ((high - value) / (high - low)) * (HEIGHT - 16);
    context.fillStyle = ink2d("sunken");
    context.fillRect(LEFT, 4, room - LEFT - 4, HEIGHT - 8);
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = ink2d("muted");
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(short(high), LEFT - 5, 11, LEFT - 6);
    context.fillText(short(low), LEFT - 5, HEIGHT - 11, LEFT - 6);
    context.lineWidth = 1.5;
    context.strokeStyle = ink2d("above");
    context.beginPath();
    for (const [at, value] of life) context.lineTo(x(at), y(value));
    context.stroke();
    context.strokeStyle = ink2d("accent");
    context.beginPath();
    context.moveTo(x(step), 4);
    context.lineTo(x(step), HEIGHT - 4);
    context.stroke();
  }
}

/** @param {string} name @param {number} value @param {string} meaning */
function row(name, value, meaning) {
  return [h("dt", {}, name), h("dd", {}, number(value, { "data-moment": name }), h("small", {}, ` ${meaning}`))];
}

/**
 * Where a weight is, in words that count from 0, as everywhere on the page.
 * @param {[number, number, number, number]} shape
 * @param {number} index
 */
export function place([, inputs, height, width], index) {
  const x = index % width;
  const y = Math.floor(index / width) % height;
  const channel = Math.floor(index / (width * height)) % inputs;
  const filter = Math.floor(index / (width * height * inputs));
  if (height === 1 && width === 1) return `from input ${channel} to output ${filter}`;
  const of = inputs > 1 ? `, channel ${channel}` : "";
  return `filter ${filter}${of}, y ${y}, x ${x}`;
}

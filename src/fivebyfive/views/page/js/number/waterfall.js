// How the input channels add up: each one's share as a step up or down, then the bias, then the total.

import { css, ink2d, spread } from "../draw/colors.js";
import { prepare } from "../draw/canvas.js";
import { h } from "../draw/dom.js";
import { short } from "../draw/format.js";

const WIDEST = 520;
const HEIGHT = 110;
const TOTAL = 48;

export class Waterfall {
  /** @param {string} [what] what adds up */
  constructor(what = "input maps") {
    this.what = what;
    this.canvas = h("canvas", { class: "waterfall", role: "img", "data-waterfall": true });
  }

  /**
   * @param {number[]} parts what each channel adds @param {number | null} bias @param {number} chosen
   * @param {number} room pixels from left to right
   */
  draw(parts, bias, chosen, room) {
    const width = Math.min(WIDEST, room);
    const steps = bias === null ? parts : [...parts, bias];
    const context = prepare(this.canvas, width, HEIGHT);
    const ends = [0];
    for (const part of steps) ends.push(ends[ends.length - 1] + part);
    const total = ends[ends.length - 1];
    if (!Number.isFinite(total)) return this.say(context, parts.length, bias, total);
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    const y = (/** @type {number} */ v) => HEIGHT - 12 - ((v - low) / (high - low || 1)) * (HEIGHT - 24);
    const each = (width - TOTAL) / (steps.length + 1);
    const range = spread(steps);
    context.strokeStyle = ink2d("line");
    context.beginPath();
    context.moveTo(0, y(0) + 0.5);
    context.lineTo(width, y(0) + 0.5);
    context.stroke();
    steps.forEach((part, i) => {
      const [top, bottom] = [y(Math.max(ends[i], ends[i + 1])), y(Math.min(ends[i], ends[i + 1]))];
      context.fillStyle = css(part < 0 ? -Math.max(-part, range * 0.45) : Math.max(part, range * 0.45), range);
      context.fillRect(i * each, top, Math.max(1, each - (each > 4 ? 1 : 0)), Math.max(1, bottom - top));
      if (i === chosen) {
        context.strokeStyle = ink2d("accent");
        context.lineWidth = 2;
        context.strokeRect(i * each, top - 2, Math.max(2, each), bottom - top + 4);
      }
    });
    context.fillStyle = ink2d("ink");
    context.fillRect(
      steps.length * each,
      y(Math.max(0, total)),
      Math.max(2, each - 1),
      Math.max(1, Math.abs(y(total) - y(0))),
    );
    context.font = "11px system-ui, sans-serif";
    context.fillText(short(total), width - TOTAL + 4, Math.min(HEIGHT - 4, Math.max(12, y(total) + 4)));
    this.name(parts.length, bias, total);
  }

  /**
   * A total without a height: only its name.
   * @param {CanvasRenderingContext2D} context @param {number} count @param {number | null} bias @param {number} total
   */
  say(context, count, bias, total) {
    context.fillStyle = ink2d("ink");
    context.font = "11px system-ui, sans-serif";
    context.fillText(`adds up to ${short(total)}`, 4, HEIGHT / 2);
    this.name(count, bias, total);
  }

  /** @param {number} count @param {number | null} bias @param {number} total */
  name(count, bias, total) {
    this.canvas.setAttribute(
      "aria-label",
      `${count} ${this.what}${bias === null ? "" : " and the bias"} add up to ${short(total)}`,
    );
  }
}

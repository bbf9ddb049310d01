// One activation: its curve, every value of the map on it, and the chosen one.

import { prepare } from "../../draw/canvas.js";
import { css, ink2d, spread } from "../../draw/colors.js";
import { h } from "../../draw/dom.js";
import { short } from "../../draw/format.js";
import { curve as curveOf } from "../../sums/pieces.js";
import { cellOf, figure, numberPicking, outputView, shown, sign, title } from "../../layer/views.js";
import { MapView } from "../../draw/mapview.js";

/**
 * @typedef {import("../../layer/views.js").Context<import("../../types.js").Activation>} Context
 * @typedef {import("../../layer/views.js").Stage} Stage
 * @typedef {import("../../sums/pieces.js").Line} Line
 */

const DOTS = 1500;

/**
 * The function as it is written; some have a number of their own for each channel.
 * @param {Context["step"]} step @param {number} channel
 */
export function formulaOf({ attributes: { formulas } }, channel) {
  return formulas[formulas.length === 1 ? 0 : channel];
}

/** @param {Context} context @returns {Stage} */
export function activationStage(context) {
  const { doc, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const output = outputView(context);
  const before = new MapView({ label: `Input of ${step.name}`, size, name: "input", pick: numberPicking(context) });
  const curve = h("canvas", { class: "curve", role: "img", "data-map": "curve" });
  const paper = { width: Math.round(Math.min(size * 1.3, context.room)), height: size };
  const written = h("span");
  const element = h(
    "div",
    { class: "flow activation" },
    figure(before.canvas, title(input, "input")),
    sign("→"),
    figure(curve, h("b", {}, step.op), written),
    sign("→"),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      before.draw({
        ...shown(doc, input, choice.channel, choice),
        cell: cellOf(input, choice.channel, choice.y, choice.x),
      });
      const [from, to] = [
        doc.value(input.index, choice.channel, choice.y, choice.x),
        doc.value(step.index, choice.channel, choice.y, choice.x),
      ];
      curve.setAttribute("aria-label", `${step.op} of ${short(from)} is ${short(to)}`);
      const whole = step.shape.flat;
      const xs = whole ? doc.output(input.index) : doc.map(input.index, choice.channel).values;
      const ys = whole ? doc.output(step.index) : doc.map(step.index, choice.channel).values;
      written.textContent = `: ${formulaOf(step, choice.channel)}`;
      const reach = Math.max(spread(xs ?? []), 1e-6) * 1.1;
      const lines = curveOf(doc, step, choice.channel, reach);
      plot(curve, paper, { xs: xs ?? [], ys: ys ?? [], x: from, y: to, reach, lines });
      output.update(choice);
    },
  };
}

/** @typedef {{width: number, height: number}} Paper */

/**
 * @param {HTMLCanvasElement} canvas @param {Paper} paper
 * @param {{xs: ArrayLike<number>, ys: ArrayLike<number>, x: number, y: number, reach: number, lines: Line[]}} shown
 *   the map's values, the chosen one, how far the axis goes to both sides, the function's curve
 */
function plot(canvas, { width, height }, { xs, ys, x, y, reach, lines }) {
  const context = prepare(canvas, width, height);
  const high = Math.max(...lines.map((line) => spread(line.map((point) => point.y))), spread(ys), 1e-6) * 1.1;
  const px = (/** @type {number} */ v) => width / 2 + (v / reach) * (width / 2 - 8);
  const py = (/** @type {number} */ v) => height * 0.62 - (v / high) * (height * 0.62 - 12);
  axes(context, { width, height }, px(0), py(0), reach, high);
  context.globalAlpha = 0.55;
  const every = Math.max(1, Math.ceil(xs.length / DOTS));
  for (let i = 0; i < xs.length; i += every) {
    context.fillStyle = css(ys[i] || xs[i] / 3, high);
    context.beginPath();
    context.arc(px(xs[i]), py(ys[i]), 2.4, 0, 7);
    context.fill();
  }
  context.globalAlpha = 1;
  for (const points of lines) line(context, px, py, points);
  if (Number.isNaN(x)) return;
  dropLines(context, px(x), py(y), px(0), py(0));
}

/**
 * @param {CanvasRenderingContext2D} context @param {Paper} paper @param {number} x @param {number} y
 * @param {number} reach @param {number} high
 */
function axes(context, { width, height }, x, y, reach, high) {
  context.strokeStyle = ink2d("line");
  context.fillStyle = ink2d("muted");
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(0, y);
  context.lineTo(width, y);
  context.moveTo(x, 0);
  context.lineTo(x, height);
  context.stroke();
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  context.fillText(short(reach / 1.1), width - 2, y + 14);
  context.textAlign = "left";
  context.fillText(short(-reach / 1.1), 2, y + 14);
  context.fillText(short(high / 1.1), x + 5, 18);
}

/**
 * @param {CanvasRenderingContext2D} context @param {(v: number) => number} px @param {(v: number) => number} py
 * @param {Line} points
 */
function line(context, px, py, points) {
  context.strokeStyle = ink2d("ink");
  context.lineWidth = 1.5;
  context.beginPath();
  for (const { x, y } of points) context.lineTo(px(x), py(y));
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} zeroX
 * @param {number} zeroY
 */
function dropLines(context, x, y, zeroX, zeroY) {
  context.strokeStyle = ink2d("accent");
  context.setLineDash([4, 3]);
  context.beginPath();
  context.moveTo(x, zeroY);
  context.lineTo(x, y);
  context.lineTo(zeroX, y);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = ink2d("accent");
  context.beginPath();
  context.arc(x, y, 5, 0, 7);
  context.fill();
}

// What is said of a frame of the film.

import { among, grouped, percent, plural, short } from "../draw/format.js";

/** @typedef {import("./reel.js").Reel} Reel @typedef {import("./reel.js").Frame} Frame */

export const BEGINNING =
  "A network begins with random numbers for weights, so its filters are noise and its answers guesses. " +
  "At every step it looks at some pictures and moves each weight a little, to where the loss, the measure of its " +
  "mistakes, would be less. Move the slider: filters take shape, the loss falls, and fewer pictures are read wrongly.";

/** "after step 310 of 1,562" and so on. @param {Reel} reel @param {Frame} frame */
export function when(reel, frame) {
  const { steps = 0, batch_size: batch = 0 } = reel.about ?? {};
  if (frame.step === 0) return `before the first of ${plural(steps, "step")}: nothing is learned yet`;
  const rate = frame.rate > 0 ? `, learning rate ${short(frame.rate)}` : "";
  return `after step ${grouped(frame.step)} of ${grouped(steps)}: ${grouped(frame.step * batch)} pictures seen${rate}`;
}

/** @param {Reel} reel @param {Frame} frame */
export function how(reel, frame) {
  const batch = reel.batch(frame.step);
  const said =
    batch && batch[1] !== null
      ? [`loss ${short(batch[1])}, ${percent(batch[2] ?? NaN)} of the batch right`]
      : frame.loss !== null
        ? [`loss ${short(frame.loss)}`]
        : [];
  return [...said, looked(reel, frame), right(reel, frame)].filter(Boolean).join("; ");
}

/** @param {Reel} reel @param {Frame} frame */
function looked(reel, frame) {
  const look = reel.look(frame.step);
  if (!look) return "";
  return `${percent(look[2] ?? NaN)} of the validation pictures right (looked after step ${grouped(look[0])})`;
}

/** @param {Reel} reel @param {Frame} frame */
function right(reel, frame) {
  const asked = reel.labels.length;
  if (!asked || !reel.answer(frame, 0)) return "";
  const then = frame.asked === frame.step ? "" : ` (asked after step ${grouped(frame.asked)})`;
  return `of ${plural(asked, "picture")} it is asked, ${asked - reel.wrong(frame).length} right${then}`;
}

/** @param {Reel} reel @param {Frame} frame */
export function wrongs(reel, frame) {
  if (!reel.answer(frame, 0)) return "What it answered then is not in this film.";
  const count = reel.wrong(frame).length;
  return count ? `${plural(count, "picture")} it got wrong then, and what it said:` : "It got none of them wrong then.";
}

/** The same for who cannot see the pictures. @param {Reel} reel @param {Frame} frame */
export function listed(reel, frame) {
  const name = (/** @type {number} */ n) => reel.about?.classes[n] ?? "no class";
  const one = reel.wrong(frame).map(({ picture, said }) => `${name(reel.labels[picture])} read as ${name(said)}`);
  return one.length ? `Got wrong: ${one.join(", ")}` : "None got wrong";
}

/** @param {import("./reel.js").Layer} layer @param {number} channel @param {number} range */
export function layerSays({ name, shape: [out, inputs, height, width], picture }, channel, range) {
  const colours = `Blue is above zero, orange below; ±${short(range)} has the strongest colour.`;
  if (picture) return `${name}: ${plural(out, "unit")}, each with a weight for every pixel. ${colours}`;
  if (height === 1 && width === 1) {
    const [rows, columns] = inputs >= out ? ["output", "input"] : ["input", "output"];
    const [few, many] = [Math.min(out, inputs), Math.max(out, inputs)];
    return `${name}: a row for each ${rows} (${few}), a column for each ${columns} (${many}). ${colours}`;
  }
  const through =
    inputs === 1 ? "" : channel < 0 ? `, every channel of each` : `, ${among("channel", channel, inputs)}`;
  const deep = inputs > 1 ? `×${inputs}` : "";
  return `${name}: ${plural(out, "filter")} of ${height}×${width}${deep}${through}. ${colours}`;
}

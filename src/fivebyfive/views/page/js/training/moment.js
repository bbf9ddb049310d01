// One frame of the film, a column: all filters of a layer, one picture's maps and answer, the pictures it got wrong.

import { pointIn, prepare } from "../draw/canvas.js";
import { ink2d, isDark } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { percent } from "../draw/format.js";
import { drawMaps, drawPicture, Filters } from "./filters.js";
import { how, layerSays, listed, when, wrongs } from "./words.js";

/**
 * @typedef {import("./reel.js").Reel} Reel
 * @typedef {import("./reel.js").Frame} Frame
 * @typedef {import("./filters.js").Chosen & {picture: number}} Chosen
 * @typedef {{weight: (index: number) => void, picture: (number: number) => void}} Picking
 */

/** Classes that have a bar; of more, the likeliest. */
const BARS = 10;
const PICTURE = 56;
/** The side of a picture that it got wrong, what it said under it, and how many fit. */
const [WRONG, WORD, MOST_WRONG] = [40, 16, 48];

export class Moment {
  /** @param {Reel} reel @param {string} name "A" or "B" @param {Picking} picking */
  constructor(reel, name, picking) {
    this.reel = reel;
    this.picking = picking;
    this.filters = new Filters(reel, picking.weight);
    this.says = h("figcaption", {});
    this.when = h("p", { class: "when", "data-when": name });
    this.how = h("p", { class: "says", "data-how": name });
    this.seen = h("canvas", { role: "img", class: "seen" });
    this.maps = h("div", { class: "layers" });
    this.mapsSaid = h("p", { class: "hint" });
    this.bars = h("ol", { class: "said", "data-said": name });
    /** @type {{row: HTMLElement, label: HTMLElement, fill: HTMLElement, share: HTMLElement}[]} */
    this.rows = [];
    this.wrongSaid = h("h3", { class: "small" });
    this.wrong = h("canvas", { role: "img", class: "wrong", "data-wrong": name });
    this.wrong.addEventListener("click", (event) => this.choose(event));
    /** What the answer that is drawn is of; and the wrong ones. */
    this.asked = this.wrongDrawn = "";
    /** @type {number[]} the pictures on `wrong` */
    this.shown = [];
    this.element = h(
      "div",
      { class: "column", "data-moment": name },
      this.when,
      this.how,
      h("figure", { class: "of-filters" }, h("div", { class: "scrolled" }, this.filters.canvas), this.says),
      h("h3", { class: "small" }, "What it makes of this picture"),
      h("div", { class: "asked" }, this.seen, this.bars),
      this.maps,
      this.mapsSaid,
      this.wrongSaid,
      this.wrong,
    );
  }

  /**
   * @param {Frame} frame @param {Chosen} chosen @param {number} room in pixels
   * @param {boolean} whole not only the filters
   */
  draw(frame, chosen, room, whole) {
    const { reel } = this;
    const layer = reel.about?.layers[chosen.layer];
    if (layer) this.filters.draw(frame, chosen, room);
    if (!whole) return;
    write(this.when, capital(when(reel, frame)));
    write(this.how, how(reel, frame));
    if (layer) {
      const range = reel.range(chosen.layer, chosen.scale === "frame" ? frame : null);
      write(this.says, layerSays(layer, chosen.channel, range));
      this.filters.canvas.setAttribute("aria-label", `${this.says.textContent} Arrow keys choose a weight.`);
    }
    const asked = [frame.asked, chosen.picture, chosen.scale, room, isDark()].join();
    if (this.asked === asked) return; // a frame at which it was not asked
    this.asked = asked;
    this.drawSeen(chosen.picture);
    this.drawAnswer(frame, chosen.picture);
    this.drawMaps(frame, chosen, room);
    this.drawWrong(frame, room);
  }

  /** @param {number} picture */
  drawSeen(picture) {
    if (this.seen.dataset.seen === String(picture) || !this.reel.labels.length) return;
    this.seen.dataset.seen = String(picture);
    drawPicture(prepare(this.seen, PICTURE, PICTURE), this.reel, picture, 0, 0, PICTURE);
    const label = this.reel.about?.classes[this.reel.labels[picture]] ?? "";
    this.seen.setAttribute("aria-label", `Picture ${picture + 1}, a ${label}`);
  }

  /** @param {Frame} frame @param {number} picture */
  drawAnswer(frame, picture) {
    const answer = this.reel.answer(frame, picture);
    const classes = this.reel.about?.classes ?? [];
    const order = Array.from({ length: answer?.length ?? 0 }, (_, i) => i);
    if (answer && order.length > BARS) order.sort((a, b) => answer[b] - answer[a]);
    const shown = order.slice(0, BARS);
    while (this.rows.length < shown.length) this.rows.push(bar());
    if (this.bars.childElementCount !== shown.length) {
      replace(this.bars, ...this.rows.slice(0, shown.length).map(({ row }) => row));
    }
    const first = Math.max(...(answer ?? []));
    shown.forEach((index, i) => {
      const { row, label, fill, share } = this.rows[i];
      const probability = /** @type {Float32Array} */ (answer)[index];
      write(label, classes[index]);
      write(share, percent(probability));
      fill.style.backgroundSize = `${(100 * (probability || 0)).toFixed(1)}% 100%`;
      row.classList.toggle("first", probability === first);
      row.classList.toggle("right", index === this.reel.labels[picture]);
      row.dataset.probability = String(probability);
    });
  }

  /** @param {Frame} frame @param {Chosen} chosen @param {number} room */
  drawMaps(frame, { picture, scale }, room) {
    const layers = (this.reel.about?.layers ?? []).map((layer, index) => ({ layer, index }));
    const held = layers.flatMap(({ layer, index }) => {
      const maps = this.reel.maps(index, frame, picture);
      return maps ? [{ layer, index, maps }] : [];
    });
    if (this.maps.childElementCount !== held.length) {
      replace(this.maps, ...held.map(() => h("figure", {}, h("canvas", { role: "img" }), h("figcaption", {}))));
    }
    const { mapped } = this.reel;
    write(this.mapsSaid, mapped && !held.length ? `Maps are kept of the first ${mapped} pictures only.` : "");
    held.forEach(({ layer, index, maps }, i) => {
      const [canvas, caption] = this.maps.children[i].children;
      const range = scale === "film" ? (this.reel.spreads.get(`film/maps/${index}`) ?? maps.range) : maps.range;
      drawMaps(/** @type {HTMLCanvasElement} */ (canvas), maps, range, room);
      const said = `the ${maps.channels} maps of ${layer.name}, ${maps.height}×${maps.width}`;
      if (caption.textContent === said) return;
      caption.textContent = said;
      canvas.setAttribute("aria-label", said);
    });
  }

  /** @param {Frame} frame @param {number} room */
  drawWrong(frame, room) {
    const wrong = this.reel.wrong(frame).slice(0, MOST_WRONG);
    write(this.wrongSaid, wrongs(this.reel, frame));
    const drawn = [room, isDark(), ...wrong.map(({ picture, said }) => `${picture}:${said}`)].join();
    if (this.wrongDrawn === drawn) return;
    this.wrongDrawn = drawn;
    this.shown = wrong.map(({ picture }) => picture);
    const columns = Math.max(1, Math.floor(room / (WRONG + 4)));
    const rows = Math.ceil(wrong.length / columns);
    this.wrong.hidden = !wrong.length;
    const context = prepare(this.wrong, Math.min(columns, wrong.length || 1) * (WRONG + 4), rows * (WRONG + WORD));
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "center";
    wrong.forEach(({ picture, said }, i) => {
      const [x, y] = [(i % columns) * (WRONG + 4), Math.floor(i / columns) * (WRONG + WORD)];
      drawPicture(context, this.reel, picture, x, y, WRONG);
      context.fillStyle = ink2d("muted");
      const word = `${this.name(this.reel.labels[picture])} → ${said < 0 ? "?" : this.name(said)}`;
      context.fillText(word, x + WRONG / 2, y + WRONG + 11, WRONG + 2);
    });
    this.wrong.setAttribute("aria-label", listed(this.reel, frame));
  }

  /** @param {number} index */
  name(index) {
    return this.reel.about?.classes[index] ?? "";
  }

  /** @param {MouseEvent} event */
  choose(event) {
    const { x, y } = pointIn(this.wrong, event);
    const columns = Math.max(1, Math.round(parseFloat(this.wrong.style.width) / (WRONG + 4)));
    const at = Math.floor(y / (WRONG + WORD)) * columns + Math.floor(x / (WRONG + 4));
    if (at < this.shown.length) this.picking.picture(this.shown[at]);
  }
}

/** A class, its bar and its share. */
function bar() {
  const [label, fill, share] = [h("b", {}), h("span", { class: "fill" }), h("span", { class: "share" })];
  const row = h("li", { class: "answer" }, label, h("span", { class: "track", "aria-hidden": "true" }, fill), share);
  return { row, label, fill, share };
}

/**
 * Only what is new, in the text that is there: layout is dear.
 * @param {HTMLElement} element @param {string} text
 */
function write(element, text) {
  const held = element.firstChild;
  if (!held) element.textContent = text;
  else if (held.nodeValue !== text) held.nodeValue = text;
}

/** @param {string} text */
function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

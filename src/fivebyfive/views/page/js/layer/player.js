// Play, pause, step, speed: the window slides over the input, cell by cell.

import { choose } from "../choice/choose.js";
import { h, replace, svg } from "../draw/dom.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

/** A triangle, or two bars, drawn: not every font has them. @param {string} path */
function icon(path) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" },
    svg("path", { d: path, fill: "currentColor" }),
  );
}

const PLAY = "M3 1 L14 8 L3 15 Z";
const PAUSE = "M3 1 H7 V15 H3 Z M10 1 H14 V15 H10 Z";

/** A bar and a triangle. @param {boolean} back */
function skip(back) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true", transform: back ? "scale(-1 1)" : null },
    svg("path", { d: "M3 2 L11 8 L3 14 Z M12 2 H14 V14 H12 Z", fill: "currentColor" }),
  );
}

export class Player {
  /** @param {Doc} doc @param {Store} store */
  constructor(doc, store) {
    this.doc = doc;
    this.store = store;
    this.frame = 0;
    this.due = 0;
    this.toggle = h(
      "button",
      {
        type: "button",
        class: "play",
        "data-play": "toggle",
        onclick: () => (this.frame ? this.pause() : this.play()),
      },
      icon(PLAY),
      "Play",
    );
    this.speed = h("input", { type: "range", min: 1, max: 60, value: 12, "aria-label": "Speed, cells a second" });
    this.element = h(
      "div",
      { class: "player", role: "group", "aria-label": "Animation" },
      h(
        "button",
        {
          type: "button",
          "data-play": "back",
          "aria-label": "One cell back",
          title: "One cell back",
          onclick: () => this.move(-1),
        },
        skip(true),
      ),
      this.toggle,
      h(
        "button",
        {
          type: "button",
          "data-play": "step",
          "aria-label": "One cell on",
          title: "One cell on",
          onclick: () => this.move(1),
        },
        skip(false),
      ),
      h("label", { class: "speed" }, "speed", this.speed),
    );
    store.listen((_, changed) => changed.has("step") && this.pause());
  }

  get shape() {
    return this.doc.steps[this.store.choice.step].shape;
  }

  play() {
    const { progress } = this.store.choice;
    if (progress === null || progress >= this.shape.height * this.shape.width) this.goTo(0);
    replace(this.toggle, icon(PAUSE), "Pause");
    let last = performance.now();
    const tick = (/** @type {number} */ now) => {
      this.due += ((now - last) / 1000) * Number(this.speed.value);
      last = now;
      this.frame = requestAnimationFrame(tick);
      const whole = Math.floor(this.due);
      this.due -= whole;
      if (whole) this.move(whole, true);
    };
    this.frame = requestAnimationFrame(tick);
  }

  pause() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
    replace(this.toggle, icon(PLAY), "Play");
  }

  /** @param {number} cells @param {boolean} [playing] */
  move(cells, playing = false) {
    if (!playing) this.pause();
    const { y, x } = this.store.choice;
    const next = y * this.shape.width + x + cells;
    const end = this.shape.height * this.shape.width;
    if (next >= end) {
      this.pause();
      choose(this.store, this.doc, { y: this.shape.height - 1, x: this.shape.width - 1 });
    } else this.goTo(Math.max(0, next));
  }

  /** @param {number} cell */
  goTo(cell) {
    choose(this.store, this.doc, {
      y: Math.floor(cell / this.shape.width),
      x: cell % this.shape.width,
      progress: cell + 1,
    });
  }
}

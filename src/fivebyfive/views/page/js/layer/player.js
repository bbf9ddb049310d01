// Play, pause, step, speed: the window slides over the input, cell by cell.

import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { icon, PAUSE, PLAY, skip } from "../draw/icons.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

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

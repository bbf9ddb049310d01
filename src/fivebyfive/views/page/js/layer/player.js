// Play, pause, step, speed: the window slides over the input, a map in ten seconds, cell by cell.

import { asGradients, goingBack } from "../back/gradients.js";
import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { short } from "../draw/format.js";
import { beginning, going, pace, SECONDS } from "./playing.js";
import { icon, PAUSE, PLAY, skip } from "../draw/icons.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

export class Player {
  /** @param {Doc} doc @param {Store} store */
  constructor(doc, store) {
    this.doc = doc;
    this.store = store;
    this.frame = 0;
    this.due = 0;
    this.first = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
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
    this.speed = h("input", {
      type: "range",
      min: -2,
      max: 3,
      step: 0.5,
      value: 0,
      "data-play": "speed",
      "aria-label": "Speed",
      oninput: () => this.timed(),
    });
    this.timed();
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
    store.listen((_, changed) => (changed.has("step") || changed.has("way")) && this.pause());
  }

  get shape() {
    return this.doc.steps[this.store.choice.step].shape;
  }

  /** How many times as fast as a map in ten seconds. */
  get factor() {
    return 2 ** Number(this.speed.value);
  }

  /** Say how long a map takes. */
  timed() {
    const text = `a map in ${short(SECONDS / this.factor)} seconds`;
    this.speed.setAttribute("aria-valuetext", text);
    this.speed.title = text;
  }

  play() {
    const { doc, store } = this;
    const { progress } = store.choice;
    const all = this.shape.height * this.shape.width;
    if (progress === null || progress >= all) {
      const back = goingBack(doc, store.choice);
      this.first = beginning(back ? asGradients(doc) : doc, doc.steps[store.choice.step], store.choice, !back);
      this.goTo(this.first);
    }
    replace(this.toggle, icon(PAUSE), "Pause");
    this.due = 0;
    let last = performance.now();
    const tick = (/** @type {number} */ now) => {
      const each = pace(all - this.first, this.factor);
      this.due += ((now - last) / 1000) * each;
      last = now;
      this.frame = requestAnimationFrame(tick);
      const whole = going(this.due, each, this.calm.matches);
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

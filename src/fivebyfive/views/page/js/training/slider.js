// The time slider: drag, play, step; the same for a film and for one that goes on.

import { h, replace } from "../draw/dom.js";
import { icon, PAUSE, PLAY, skip } from "../draw/icons.js";

/** Frames a second that are played; fewer for who wants less motion. */
const [RATE, CALM_RATE] = [10, 2];

export class Slider {
  /** @param {string} name "A" or "B" @param {(frame: number) => void} show */
  constructor(name, show) {
    this.show = show;
    this.playing = 0;
    this.input = h("input", {
      type: "range",
      min: 0,
      max: 0,
      value: 0,
      "data-frame": name,
      "aria-label": name === "A" ? "Frame of the film" : "The other frame",
      oninput: () => {
        this.pause();
        show(this.frame);
      },
    });
    this.toggle = h(
      "button",
      {
        type: "button",
        class: "play",
        "data-film": "play",
        onclick: () => (this.playing ? this.pause() : this.play()),
      },
      icon(PLAY),
      "Play",
    );
    this.element = h(
      "div",
      { class: "scrub", role: "group", "aria-label": name === "A" ? "Time" : "Time of the other frame" },
      h("button", this.stepping("back", "One frame back", -1), skip(true)),
      name === "A" && this.toggle,
      h("button", this.stepping("on", "One frame on", 1), skip(false)),
      this.input,
    );
  }

  get frame() {
    return Number(this.input.value);
  }

  get last() {
    return Number(this.input.max);
  }

  /** @param {string} name @param {string} label @param {number} by */
  stepping(name, label, by) {
    return { type: "button", "data-film": name, "aria-label": label, title: label, onclick: () => this.move(by) };
  }

  /** @param {number} frame @param {number} last @param {string} said */
  set(frame, last, said) {
    if (this.last !== last) this.input.max = String(last);
    if (this.frame !== frame) this.input.value = String(frame);
    this.input.setAttribute("aria-valuetext", said);
  }

  /** @param {number} by */
  move(by) {
    this.pause();
    this.show(Math.max(0, Math.min(this.last, this.frame + by)));
  }

  play() {
    if (this.frame >= this.last) this.show(0);
    replace(this.toggle, icon(PAUSE), "Pause");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playing = setInterval(
      () => {
        if (this.frame >= this.last) this.pause();
        else this.show(this.frame + 1);
      },
      1000 / (calm ? CALM_RATE : RATE),
    );
  }

  pause() {
    if (!this.playing) return;
    clearInterval(this.playing);
    this.playing = 0;
    replace(this.toggle, icon(PLAY), "Play");
  }
}

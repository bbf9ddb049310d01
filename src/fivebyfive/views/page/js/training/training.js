// "How it learned": the film of a training, under a time slider; of one that goes on, the newest frame.

import { h, replace } from "../draw/dom.js";
import { prepare } from "../draw/canvas.js";
import { Curves } from "./curves.js";
import { drawPicture } from "./filters.js";
import { Life } from "./life.js";
import { Moment } from "./moment.js";
import { Slider } from "./slider.js";
import { ALL } from "./tiles.js";
import { BEGINNING, when } from "./words.js";

/** @typedef {import("./reel.js").Reel} Reel */

/** Wider than this, the curves stand beside: as training.css has it. */
const WIDE = 900;
const PADDING = 32;
const ASIDE = 330;
const BUTTON = 36;
/** Pictures that have a button of their own. */
const BUTTONS = 4;
/** Milliseconds after which a training that is followed has all drawn, not its filters only: drawing slows it down. */
const SELDOM = 450;

export class Training {
  /** @param {HTMLElement} root @param {Reel} reel @param {string} [title] */
  constructor(root, reel, title = "How it learned") {
    this.root = root;
    this.reel = reel;
    /** @type {import("./moment.js").Chosen} */
    this.chosen = { layer: 0, channel: 0, scale: "film", weight: null, picture: 0 };
    /** The steps of the frames that are shown; `follow`: the newest. @type {[number, number]} */
    this.steps = [0, 0];
    this.follow = true;
    this.comparing = false;
    this.sliders = ["A", "B"].map((name, i) => new Slider(name, (frame) => this.show(i, frame)));
    const picking = {
      weight: (/** @type {number} */ weight) => this.choose({ weight }),
      picture: (/** @type {number} */ picture) => this.choose({ picture }),
    };
    this.moments = ["A", "B"].map((name) => new Moment(reel, name, picking));
    this.curves = new Curves(reel, (step) => this.show(0, reel.at(step)));
    this.life = new Life(reel);
    this.settings = h("div", { class: "settings" });
    this.pictures = h("div", { class: "asked-of", role: "group", "aria-label": "The picture it is asked" });
    this.columns = h("div", { class: "columns" }, this.moments[0].element);
    this.aside = h("div", { class: "aside" }, this.curves.element, this.life.element);
    this.notes = h("p", { class: "hint" });
    this.controls = h("div", { class: "scrubs" }, this.sliders[0].element);
    replace(
      root,
      h("div", { class: "bar" }, h("h2", { id: "training-title" }, title), this.settings),
      h("p", { class: "says" }, BEGINNING),
      this.controls,
      this.pictures,
      h("div", { class: "film" }, this.columns, this.aside),
      this.notes,
    );
    this.frame = 0;
    this.wide = 0;
    /** When all was drawn last. */
    this.whole = 0;
    new ResizeObserver(() => this.sized()).observe(root);
  }

  /** The layers and pictures are known. */
  begin() {
    const { about, labels } = this.reel;
    if (!about) return;
    this.offer();
    replace(
      this.pictures,
      "it is asked about",
      ...labels.slice(0, BUTTONS).map((_, i) => this.pictureButton(i)),
      this.pictureNumber(),
    );
    this.notes.textContent = about.left_out.join(" ");
    this.root.hidden = false;
  }

  /** What can be chosen: layer, channel, scale, a second frame. */
  offer() {
    const { layers } = /** @type {import("./reel.js").About} */ (this.reel.about);
    const layer = layers[this.chosen.layer];
    const inputs = layer && layer.shape[2] * layer.shape[3] > 1 ? layer.shape[1] : 1;
    replace(
      this.settings,
      layers.length > 0 &&
        select(
          "layer",
          "layer",
          layers.map(({ name }, i) => [String(i), name]),
          String(this.chosen.layer),
          (value) => {
            const { shape } = layers[Number(value)];
            const many = shape[1] > 1 && shape[2] * shape[3] > 1;
            this.choose({ layer: Number(value), channel: many && shape[0] * shape[1] > 64 ? ALL : 0, weight: null });
            this.offer();
          },
        ),
      inputs > 1 &&
        select(
          "channel",
          "channel",
          [[String(ALL), "all"], ...Array.from({ length: inputs }, (_, i) => [String(i), String(i)])],
          String(this.chosen.channel),
          (value) => this.choose({ channel: Number(value), weight: null }),
        ),
      select(
        "film-scale",
        "colours",
        [
          ["film", "the same all along"],
          ["frame", "strongest in each frame"],
        ],
        this.chosen.scale,
        (value) => this.choose({ scale: value === "frame" ? "frame" : "film" }),
      ),
      h(
        "label",
        {},
        h("input", {
          type: "checkbox",
          "data-setting": "compare",
          ...(this.comparing ? { checked: true } : {}),
          onchange: (/** @type {Event} */ event) =>
            this.compare(/** @type {HTMLInputElement} */ (event.target).checked),
        }),
        " two frames",
      ),
    );
  }

  /** @param {number} number */
  pictureButton(number) {
    const canvas = h("canvas", {});
    drawPicture(prepare(canvas, BUTTON, BUTTON), this.reel, number, 0, 0, BUTTON);
    const label = this.reel.about?.classes[this.reel.labels[number]] ?? "";
    const name = `Picture ${number + 1}, a ${label}`;
    const attributes = { type: "button", "data-asked": number, "aria-label": name, title: name };
    return h("button", { ...attributes, onclick: () => this.choose({ picture: number }) }, canvas);
  }

  pictureNumber() {
    const count = this.reel.labels.length;
    this.number = h("input", {
      type: "number",
      min: 1,
      max: count,
      value: this.chosen.picture + 1,
      "data-asked": "any",
      "aria-label": `Number of the picture, 1 to ${count}`,
      onchange: (/** @type {Event} */ event) => {
        const wanted = Math.round(Number(/** @type {HTMLInputElement} */ (event.target).value)) || 1;
        this.choose({ picture: Math.max(1, Math.min(count, wanted)) - 1 });
      },
    });
    return count > 0 && h("label", {}, "# ", this.number);
  }

  /** @param {boolean} on */
  compare(on) {
    this.comparing = on;
    if (on) this.steps[1] = this.reel.frames.at(-1)?.step ?? 0;
    if (on && this.follow) this.steps[0] = this.reel.frames[0]?.step ?? 0;
    if (on) this.follow = false;
    replace(this.columns, ...this.moments.slice(0, on ? 2 : 1).map(({ element }) => element));
    replace(this.controls, ...this.sliders.slice(0, on ? 2 : 1).map(({ element }) => element));
    this.update();
  }

  /** @param {Partial<import("./moment.js").Chosen>} patch */
  choose(patch) {
    this.chosen = { ...this.chosen, ...patch };
    if (this.number) this.number.value = String(this.chosen.picture + 1);
    this.update();
  }

  /** @param {number} which slider, 0 or 1 @param {number} frame */
  show(which, frame) {
    const { frames } = this.reel;
    if (!frames.length) return;
    this.steps[which] = frames[Math.max(0, Math.min(frames.length - 1, frame))].step;
    if (which === 0) this.follow = frame >= frames.length - 1;
    this.update();
  }

  /** Only its width says how all is drawn; its height changes by what is drawn. */
  sized() {
    if (this.root.clientWidth === this.wide) return;
    this.whole = 0;
    this.later();
  }

  /** Draw before the next picture of the screen, once. */
  later() {
    this.frame ||= requestAnimationFrame((now) => this.update(this.isDue(now)));
  }

  /** Whether more than the filters is to draw: it was asked again, or it is long ago. @param {number} now */
  isDue(now) {
    const newest = this.reel.frames.at(-1);
    const going = this.follow && this.reel.state === "training";
    return !going || newest?.asked === newest?.step || now >= this.whole + SELDOM;
  }

  /** @param {boolean} [whole] not only the filters and the chosen weight */
  update(whole = true) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const { frames } = this.reel;
    if (!frames.length || this.root.hidden) return;
    if (this.follow) this.steps[0] = frames[frames.length - 1].step;
    this.wide = this.root.clientWidth;
    const wide = this.wide - PADDING;
    const across = wide > WIDE ? wide - ASIDE - 24 : wide;
    const columns = this.comparing ? 2 : 1;
    const room = Math.floor(columns === 2 && across > 560 ? (across - 24) / 2 : across);
    const shown = this.steps.slice(0, columns).map((step) => this.reel.at(step));
    const aside = wide > WIDE ? ASIDE : Math.min(wide, 520);
    shown.forEach((index, i) => this.moments[i].draw(frames[index], this.chosen, room, whole));
    this.life.draw(frames[shown[0]], this.chosen, aside);
    if (whole) this.drawTime(shown, aside);
    const step = String(frames[shown[0]].step);
    if (this.root.dataset.step !== step) this.root.dataset.step = step;
  }

  /** The slider and the curves. @param {number[]} shown frames @param {number} room for the curves */
  drawTime(shown, room) {
    const { frames } = this.reel;
    this.whole = performance.now();
    shown.forEach((index, i) => this.sliders[i].set(index, frames.length - 1, when(this.reel, frames[index])));
    this.curves.draw(
      shown.map((index) => frames[index].step),
      room,
    );
  }
}

/**
 * @param {string} name @param {string} label @param {string[][]} options values and words @param {string} chosen
 * @param {(value: string) => void} choose
 */
function select(name, label, options, chosen, choose) {
  const input = h(
    "select",
    {
      "data-setting": name,
      onchange: (/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value),
    },
    ...options.map(([value, said]) => h("option", { value, selected: value === chosen }, said)),
  );
  return h("label", {}, `${label} `, input);
}

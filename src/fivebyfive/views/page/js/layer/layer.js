// One layer: what the chosen step is, in words and as a picture that moves.

import { goingBack, wayOf } from "../back/gradients.js";
import { backStage } from "../back/stage.js";
import { choose } from "../choice/choose.js";
import { kindClass } from "../draw/colors.js";
import { h, replace } from "../draw/dom.js";
import { unsaid } from "../document/names.js";
import { among, grouped, plural, sizes } from "../draw/format.js";
import { lowered } from "../draw/lowered.js";
import { plainStage } from "./plain.js";
import { Player } from "./player.js";
import { mapSide } from "../draw/room.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice @typedef {import("./views.js").Stage} Stage
 */

const FIRST = 2;

export class Layer {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.doc = doc;
    this.store = store;
    this.head = h("header", { class: "layer-head" });
    this.words = h("div", { class: "words" });
    this.stage = h("div", { class: "stage-holder" });
    this.player = new Player(doc, store);
    this.whole = false;
    this.back = false;
    replace(root, this.head, this.words, this.stage, this.player.element);
    store.listen((choice, changed) => this.changed(choice, changed));
    new ResizeObserver(() => this.size !== mapSide(this.stage.clientWidth) && this.open()).observe(this.stage);
    this.open();
  }

  /** @param {Choice} choice @param {Set<string>} changed */
  changed(choice, changed) {
    const other = this.whole !== this.complete || this.back !== goingBack(this.doc, choice);
    if (changed.has("step") || changed.has("structure") || other) this.open();
    else {
      if (changed.has("channel")) this.title();
      if (changed.has("values")) this.speak();
      this.current?.update(choice);
    }
  }

  get step() {
    return this.doc.steps[this.store.choice.step];
  }

  /** Whether the numbers of this step and of its inputs are there. */
  get complete() {
    const { doc, step } = this;
    return doc.output(step.index) !== null && step.inputs.every((i) => doc.output(i) !== null);
  }

  open() {
    const { doc, store, step } = this;
    this.whole = this.complete;
    this.back = goingBack(doc, store.choice);
    const forward = this.whole ? (doc.kindOf(step).stage ?? plainStage) : plainStage;
    const make = this.back ? backStage : forward;
    const room = this.stage.clientWidth;
    this.size = mapSide(room);
    this.current = make({ doc, store, step, size: this.size, room });
    this.title();
    this.speak();
    replace(this.stage, this.current.element);
    this.player.element.hidden = step.shape.flat || step.shape.height * step.shape.width < 2;
    this.current.update(store.choice);
  }

  /** The first sentences, and the rest for whoever wants it; open stays open. */
  speak() {
    const told = this.back ? wayOf(this.doc)?.steps[this.step.index].words : this.doc.fields.words?.[this.step.index];
    const sentences = /** @type {string[]} */ (told ?? []);
    const paragraphs = sentences.map((sentence) => h("p", {}, ...lowered(sentence)));
    const open = this.words.querySelector("details")?.open ?? false;
    const more =
      paragraphs.length > FIRST &&
      h("details", { open }, h("summary", {}, "more about this step"), ...paragraphs.slice(FIRST));
    replace(this.words, ...paragraphs.slice(0, FIRST), more);
  }

  title() {
    const { doc, store, step } = this;
    const { channel } = store.choice;
    const go = (/** @type {Partial<Choice>} */ patch) => () => choose(store, doc, patch);
    const input = step.inputs.length ? doc.steps[step.inputs[0]].shape : null;
    const facts = [
      input && `${step.inputs.map((i) => sizes(doc.steps[i].shape)).join(" , ")} → ${sizes(step.shape)}`,
      step.parameters > 0 && plural(step.parameters, "parameter"),
      step.macs === null
        ? "multiply-accumulates not counted"
        : step.macs > 0 && `${grouped(step.macs)} multiply-accumulates`,
    ];
    const button = (
      /** @type {string} */ label,
      /** @type {string} */ text,
      /** @type {boolean} */ off,
      /** @type {() => void} */ act,
      /** @type {string} */ name,
    ) =>
      h(
        "button",
        { type: "button", "aria-label": label, title: label, disabled: off, "data-go": name, onclick: act },
        text,
      );
    replace(
      this.head,
      h(
        "div",
        { class: "walk" },
        button("Step before", "←", step.index === 0, go({ step: step.index - 1 }), "before"),
        button("Step after", "→", step.index === doc.steps.length - 1, go({ step: step.index + 1 }), "after"),
      ),
      h(
        "h2",
        {},
        h("span", { class: `chip ${kindClass(step.kind)}` }, step.kind),
        h("code", { "data-layer": true }, step.name),
        unsaid(step) && h("small", { class: "operation" }, `· ${unsaid(step)}`),
      ),
      h("p", { class: "facts" }, ...facts.flatMap((fact) => (fact ? [h("span", {}, fact)] : []))),
      h(
        "div",
        { class: "walk maps-walk" },
        button(
          step.shape.flat ? "Unit before" : "Channel before",
          "‹",
          channel === 0,
          go({ channel: channel - 1 }),
          "map-before",
        ),
        h("span", {}, among(step.shape.flat ? "unit" : "channel", channel, step.shape.channels)),
        button(
          step.shape.flat ? "Unit after" : "Channel after",
          "›",
          channel === step.shape.channels - 1,
          go({ channel: channel + 1 }),
          "map-after",
        ),
      ),
    );
  }
}

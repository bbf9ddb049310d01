// The big picture: every block of the code from left to right, its liveliest maps; what a map is made of lights up.

import { arrange, heightFor } from "./arrange.js";
import { describeMap, drawMaps, drawMarks } from "./block.js";
import { choose } from "../choice/choose.js";
import { asGradients, goingBack } from "../back/gradients.js";
import { h, replace, svg } from "../draw/dom.js";
import { windowHeight } from "../draw/room.js";
import { blockElement, bracketElement, measuring } from "./elements.js";
import { groupKey, groupsOf, items, owners } from "./groups.js";
import { drawCurves, drawEdges } from "./lines.js";
import { namedSteps } from "./named.js";
import { pointing } from "./pointing.js";
import { madeFrom, madeOf } from "./reach.js";
import { channelsOf, measured, saidOf } from "./shown.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("./layout.js").Block} Block @typedef {import("./layout.js").Plan} Plan
 * @typedef {{block: Block, root: HTMLElement, maps: HTMLCanvasElement, marks: HTMLCanvasElement, seen: boolean,
 *   fresh: boolean}} Drawn
 */

const HINT = "Point at a map: what it is computed from lights up, and what uses it. Click to open it.";
const BACK_HINT = "Point at a map: what its gradient comes from lights up. Click to open it.";
/** How long the gradient takes from the last step to the first, in milliseconds, when the way is turned. */
const ARRIVAL = 900;
export class Overview {
  /**
   * @param {HTMLElement} root @param {Doc} doc @param {Store} store
   * @param {HTMLElement} said where a map under the pointer is described
   */
  constructor(root, doc, store, said) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.said = said;
    /** @type {Drawn[]} */
    this.drawn = [];
    /** @type {Map<number, number>} */
    this.owner = new Map();
    /** Steps all of whose maps are shown. @type {Set<number>} */
    this.whole = new Set();
    this.groups = groupsOf(doc.steps);
    this.named = namedSteps(doc.steps, doc.structure.classes);
    this.measure = measuring();
    this.hovered = "";
    /** What was found last. @type {{key: string, lit: import("./reach.js").Reached}} */
    this.reached = { key: "", lit: new Map() };
    said.textContent = this.hint;
    this.room = 0;
    this.watch = new IntersectionObserver((entries) => this.appear(entries), { rootMargin: "200px" });
    store.listen((choice, changed) => this.changed(choice, changed));
    new ResizeObserver(() => root.clientWidth !== this.room && this.rebuild()).observe(root);
    this.rebuild();
  }

  get back() {
    return goingBack(this.doc, this.store.choice);
  }

  /** What is drawn: outputs, or going back gradients. */
  get view() {
    return this.back ? asGradients(this.doc) : this.doc;
  }

  get hint() {
    return this.back ? BACK_HINT : HINT;
  }

  /** @param {Choice} choice @param {Set<string>} changed */
  changed(choice, changed) {
    if (this.back !== (this.root.dataset.going === "back")) this.turned();
    if (changed.has("structure")) {
      this.groups = groupsOf(this.doc.steps);
      this.named = namedSteps(this.doc.steps, this.doc.structure.classes);
    }
    if (["folded", "size", "structure"].some((name) => changed.has(name))) return this.rebuild();
    const anew = ["scale", "values", "theme", "way"].some((name) => changed.has(name));
    const moved = changed.has("step") || changed.has("channel");
    if (anew) this.redraw();
    if (moved) this.showChosen();
    if (anew || moved) this.mark(null);
    if (changed.has("step")) this.scrollTo(choice.step);
    return undefined;
  }

  rebuild() {
    const { choice } = this.store;
    const { steps } = this.doc;
    const list = items(steps, this.groups, choice.folded);
    this.owner = owners(list);
    this.room = this.root.clientWidth;
    const room = { size: choice.size, width: this.room, height: heightFor(this.room, windowHeight()) };
    const sizes = measured(this.doc, list, this.whole, this.room, this.measure);
    this.plan = arrange(steps, list, this.groups, room, sizes);
    this.watch.disconnect();
    this.drawn = [];
    this.reached.key = "";
    const { width, height, blocks, brackets } = this.plan;
    this.lines = svg("svg", { class: "edges", width, height, "aria-hidden": "true" });
    this.curves = svg("svg", { class: "curves", width, height, "aria-hidden": "true" });
    const stage = h(
      "div",
      { class: "stage" },
      this.lines,
      ...brackets.map((bracket) =>
        bracketElement(bracket, /** @type {Plan} */ (this.plan), () => this.fold(bracket.group, true)),
      ),
      ...blocks.map((block) => this.block(block)),
      this.curves,
    );
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    this.root.classList.toggle("tall", height > 1.6 * windowHeight());
    replace(this.root, h("div", { class: "strip" }, stage));
    drawEdges(/** @type {Element} */ (this.lines), /** @type {Plan} */ (this.plan), this.back);
    for (const drawn of this.drawn) this.watch.observe(drawn.root);
    this.mark(null);
  }

  /** The other way: arrows point the other way, and going back the gradient arrives from the right. */
  turned() {
    this.root.dataset.going = this.back ? "back" : "forward";
    this.said.textContent = this.hint;
    drawEdges(/** @type {Element} */ (this.lines), /** @type {Plan} */ (this.plan), this.back);
    if (!this.back) return;
    const last = this.drawn.length - 1;
    this.drawn.forEach(({ root }, i) => {
      root.style.setProperty("--arrives", `${Math.round((1 - i / Math.max(1, last)) * ARRIVAL)}ms`);
    });
    this.root.classList.add("arriving");
    setTimeout(() => this.root.classList.remove("arriving"), 2 * ARRIVAL);
  }

  /** @param {import("./groups.js").Group} group @param {boolean} fold */
  fold(group, fold) {
    const folded = new Set(this.store.choice.folded);
    if (fold) folded.add(groupKey(group));
    else folded.delete(groupKey(group));
    this.store.set({ folded });
  }

  /** Show all maps of a step, or the liveliest again. @param {number} step */
  toggleWhole(step) {
    if (!this.whole.delete(step)) this.whole.add(step);
    this.rebuild();
  }

  /** @param {Block} block */
  block(block) {
    const { step, group } = block.item;
    const { store, doc, whole } = this;
    const long = step.shape.channels > block.shown && block.form !== "bars";
    const made = blockElement(block, doc.steps.slice(group ? group.first : step.index, step.index + 1), {
      go: () => choose(store, doc, { step: step.index }),
      open: () => group && this.fold(group, false),
      whole: long || whole.has(step.index) ? () => this.toggleWhole(step.index) : null,
    });
    const drawn = { block, ...made, seen: false, fresh: false };
    this.pick(drawn);
    this.drawn.push(drawn);
    pointing(made.marks, () => block, {
      hover: (channel) => this.hover(drawn, channel),
      choose: (channel) => choose(store, doc, { step: step.index, channel }),
      here: () => (store.choice.step === step.index ? store.choice.channel : 0),
    });
    return made.root;
  }

  /** Which maps a block shows. @param {Drawn} drawn */
  pick({ block }) {
    const { step, channel } = this.store.choice;
    block.channels = channelsOf(this.doc, block, step === block.item.step.index ? channel : null);
  }

  /** A map in words. @param {Block} block @param {number} channel */
  described(block, channel) {
    const said = saidOf(this.doc, this.named, block.item.step, this.back);
    return `${this.back ? "gradient of " : ""}${describeMap(this.view, block, channel, said)}`;
  }

  /** @param {Drawn} drawn @param {number | null} channel */
  hover({ block }, channel) {
    const { index } = block.item.step;
    const key = channel === null ? "" : `${index} ${channel}`;
    if (key === this.hovered) return;
    this.hovered = key;
    this.said.textContent = channel === null ? this.hint : this.described(block, channel);
    this.mark(channel === null ? null : { step: index, channel: Math.max(0, channel) });
  }

  /** The chosen map is among those shown. */
  showChosen() {
    const { step, channel } = this.store.choice;
    const drawn = this.drawn[this.owner.get(step) ?? 0];
    if (drawn.block.item.step.index === step && !drawn.block.channels.includes(channel)) {
      this.pick(drawn);
      drawn.fresh = false;
      if (drawn.seen) this.draw(drawn);
    }
  }

  /**
   * The blocks' maps that belong to a map.
   * @param {{step: number, channel: number}} focus @returns {import("./reach.js").Reached}
   */
  lit({ step, channel }) {
    const { back, doc, owner } = this;
    const key = `${step} ${channel} ${back}`;
    if (this.reached.key !== key) {
      const shown = this.drawn.map((d) => d.block.item.step.index);
      const later = madeFrom(doc, shown, owner, step, channel);
      const lit = back ? later : new Map([...madeOf(doc, shown, owner, step, channel), ...later]);
      this.reached = { key, lit };
    }
    return this.reached.lit;
  }

  /** Light what belongs to a map: the one under the pointer, or the chosen one.
   * @param {{step: number, channel: number} | null} under */
  mark(under) {
    const { choice } = this.store;
    const focus = under ?? choice;
    const lit = this.lit(focus);
    const [here, chosen] = [this.owner.get(focus.step), this.owner.get(choice.step)];
    this.drawn.forEach((drawn, i) => {
      drawn.root.classList.toggle("lit", lit.has(i) || i === here);
      drawn.root.classList.toggle("chosen", i === chosen);
      if (!drawn.seen) return;
      const own = i === here ? focus : i === chosen ? choice : null;
      drawMarks(drawn.marks, drawn.block, lit.get(i) ?? null, own && this.sameChannel(drawn.block, own));
    });
    this.root.classList.toggle("hovering", under !== null);
    const blocks = this.drawn.map((d) => d.block);
    const channel = this.sameChannel(blocks[here ?? 0], focus);
    drawCurves(/** @type {Element} */ (this.curves), blocks, here ?? 0, channel, lit);
  }

  /** The shown map for that of a step within the block; null where these are not the same maps.
   * @param {Block} block @param {{step: number, channel: number}} place */
  sameChannel(block, { step, channel }) {
    return this.doc.steps[step].shape.channels === block.item.step.shape.channels ? channel : null;
  }

  /** @param {IntersectionObserverEntry[]} entries */
  appear(entries) {
    for (const entry of entries) {
      const drawn = this.drawn.find((d) => d.root === entry.target);
      if (!drawn) continue;
      drawn.seen = entry.isIntersecting;
      if (drawn.seen && !drawn.fresh) this.draw(drawn);
    }
    this.mark(null);
  }

  /** @param {Drawn} drawn */
  draw(drawn) {
    const { block, maps } = drawn;
    if (block.more) this.pick(drawn);
    drawMaps(maps, this.view, block, this.store.choice, saidOf(this.doc, this.named, block.item.step, this.back));
    drawn.fresh = true;
  }

  redraw() {
    for (const drawn of this.drawn) {
      drawn.fresh = false;
      if (drawn.seen) this.draw(drawn);
    }
  }

  /** @param {number} step */
  scrollTo(step) {
    const { block } = this.drawn[this.owner.get(step) ?? 0];
    const { scrollTop, clientHeight } = this.root;
    if (block.y > scrollTop + 20 && block.y + block.height < scrollTop + clientHeight - 20) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.root.scrollTo({ top: block.y - (clientHeight - block.height) / 2, behavior: calm ? "instant" : "smooth" });
  }
}

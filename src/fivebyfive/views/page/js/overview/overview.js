// The big picture: every step from left to right, every feature map of each; what a map is made of lights up.

import { arrange } from "./arrange.js";
import { describeMap, drawMaps, drawMarks } from "./block.js";
import { choose } from "../choice/choose.js";
import { asGradients, goingBack } from "../back/gradients.js";
import { append, h, replace, svg } from "../draw/dom.js";
import { arrowhead, blockElement, bracketElement, curve } from "./elements.js";
import { groupKey, groupsOf, items, reveal } from "./groups.js";
import { cellBox, path } from "./layout.js";
import { sources, uses } from "../document/relations.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc
 * @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("./layout.js").Block} Block @typedef {import("../document/relations.js").Maps} Maps
 * @typedef {{block: Block, root: HTMLElement, maps: HTMLCanvasElement, marks: HTMLCanvasElement, seen: boolean,
 *   fresh: boolean}} Drawn
 * @typedef {ReturnType<typeof import("./layout.js").layout>} Plan
 */

const HINT = "Point at a map: what it is computed from lights up, and what uses it. Click to open it.";
const BACK_HINT = "Point at a map: what its gradient comes from lights up. Click to open it.";
const CURVES = 96;
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
    this.groups = groupsOf(doc.steps);
    this.hovered = "";
    said.textContent = this.hint;
    this.room = 0;
    this.watch = new IntersectionObserver((entries) => this.appear(entries), { root, rootMargin: "200px" });
    store.listen((choice, changed) => this.changed(choice, changed));
    new ResizeObserver(() => store.choice.size === "fit" && root.clientWidth !== this.room && this.rebuild()).observe(
      root,
    );
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
    if (changed.has("structure")) this.groups = groupsOf(this.doc.steps);
    if (changed.has("step")) {
      const folded = reveal(this.groups, choice.folded, choice.step);
      if (folded !== choice.folded) return this.store.set({ folded });
    }
    if (["folded", "size", "structure"].some((name) => changed.has(name))) return this.rebuild();
    if (["scale", "values", "theme", "way"].some((name) => changed.has(name))) this.redraw();
    if (changed.has("step") || changed.has("channel")) this.mark(choice.step, choice.channel, null);
    if (changed.has("step")) this.scrollTo(choice.step);
    return undefined;
  }

  rebuild() {
    const { choice } = this.store;
    const list = items(this.doc.steps, this.groups, choice.folded);
    this.room = this.root.clientWidth;
    this.plan = arrange(this.doc.steps, list, this.groups, choice.size, this.room);
    this.watch.disconnect();
    this.drawn = [];
    const { width, height, blocks, brackets, lanes } = this.plan;
    this.lines = svg("svg", { class: "edges", width, height, "aria-hidden": "true" });
    this.curves = svg("svg", { class: "curves", width, height, "aria-hidden": "true" });
    const stage = h(
      "div",
      { class: "stage" },
      this.lines,
      ...brackets.map((bracket) => bracketElement(bracket, lanes, () => this.fold(bracket.group, true))),
      ...blocks.map((block) => this.block(block)),
      this.curves,
    );
    stage.style.width = `${width}px`;
    stage.style.height = `${height}px`;
    replace(this.root, h("div", { class: "strip" }, stage));
    this.edges();
    for (const drawn of this.drawn) this.watch.observe(drawn.root);
    this.mark(choice.step, choice.channel, null);
  }

  /** The other way: arrows point the other way, and going back the gradient arrives from the right. */
  turned() {
    this.root.dataset.going = this.back ? "back" : "forward";
    this.said.textContent = this.hint;
    this.edges();
    if (!this.back) return;
    const { width } = /** @type {Plan} */ (this.plan);
    for (const { root, block } of this.drawn) {
      root.style.setProperty("--arrives", `${Math.round((1 - block.x / width) * ARRIVAL)}ms`);
    }
    this.root.classList.add("arriving");
    setTimeout(() => this.root.classList.remove("arriving"), 2 * ARRIVAL);
  }

  edges() {
    const { blocks, edges, lanes } = /** @type {Plan} */ (this.plan);
    const { back } = this;
    replace(/** @type {Element} */ (this.lines), back && arrowhead());
    for (const { from, to, level } of edges) {
      append(
        /** @type {Element} */ (this.lines),
        svg("path", {
          d: path(blocks[from], blocks[to], level, lanes),
          "data-from": from,
          "data-to": to,
          "marker-start": back && "url(#backwards)",
        }),
      );
    }
  }

  /** @param {import("./groups.js").Group} group @param {boolean} fold */
  fold(group, fold) {
    const folded = new Set(this.store.choice.folded);
    if (fold) folded.add(groupKey(group));
    else folded.delete(groupKey(group));
    if (fold && this.store.choice.step >= group.first && this.store.choice.step < group.last) {
      choose(this.store, this.doc, { step: group.last });
    }
    this.store.set({ folded });
  }

  /** @param {Block} block */
  block(block) {
    const { step, group } = block.item;
    const go = () => choose(this.store, this.doc, { step: step.index });
    const made = blockElement(block, /** @type {Plan} */ (this.plan), go, () => group && this.fold(group, false));
    const drawn = { block, ...made, seen: false, fresh: false };
    this.drawn.push(drawn);
    this.listen(drawn);
    return made.root;
  }

  /** @param {Drawn} drawn */
  listen(drawn) {
    const { block, marks } = drawn;
    const { step } = block.item;
    const at = (/** @type {any} */ event) => {
      const box = marks.getBoundingClientRect();
      const column = Math.floor((event.clientX - box.left) / block.pitch);
      const channel = Math.floor((event.clientY - box.top) / block.pitch) * block.across + column;
      return column >= 0 && column < block.across && channel >= 0 && channel < step.shape.channels ? channel : null;
    };
    marks.addEventListener("pointermove", (event) => this.hover(drawn, at(event)));
    marks.addEventListener("pointerleave", () => this.hover(drawn, null));
    marks.addEventListener("click", (event) =>
      choose(this.store, this.doc, { step: step.index, channel: at(event) ?? 0 }),
    );
    marks.addEventListener("keydown", (event) => this.key(drawn, event));
  }

  /** @param {Drawn} drawn @param {KeyboardEvent} event */
  key(drawn, event) {
    const { block } = drawn;
    const moves = /** @type {Record<string, number>} */ ({
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -block.across,
      ArrowDown: block.across,
    });
    const { step, channel } = this.store.choice;
    const here = step === block.item.step.index ? channel : 0;
    if (event.key !== "Enter" && !(event.key in moves)) return;
    event.preventDefault();
    const next = here + (moves[event.key] ?? 0);
    if (next >= 0 && next < block.item.step.shape.channels) {
      choose(this.store, this.doc, { step: block.item.step.index, channel: next });
    }
    this.hover(drawn, this.store.choice.channel);
  }

  /** A map in words. @param {Block} block @param {number} channel */
  described(block, channel) {
    return `${this.back ? "gradient of " : ""}${describeMap(this.view, block, channel)}`;
  }

  /** @param {Drawn} drawn @param {number | null} channel */
  hover(drawn, channel) {
    const { choice } = this.store;
    const key = channel === null ? "" : `${drawn.block.item.step.index} ${channel}`;
    if (key === this.hovered) return;
    this.hovered = key;
    this.said.textContent = channel === null ? this.hint : this.described(drawn.block, channel);
    if (channel === null) this.mark(choice.step, choice.channel, null);
    else this.mark(choice.step, choice.channel, { step: drawn.block.item.step.index, channel });
  }

  /**
   * Light what belongs to a map.
   * @param {number} step @param {number} channel @param {{step: number, channel: number} | null} under the pointer
   */
  mark(step, channel, under) {
    const focus = under ?? { step, channel };
    const later = uses(this.doc, focus.step, focus.channel);
    const lit = this.back ? later : [...sources(this.doc, focus.step, focus.channel), ...later];
    for (const drawn of this.drawn) {
      const own = drawn.block.item.step.index;
      const maps = lit.filter((m) => m.step === own);
      drawn.root.classList.toggle("lit", maps.length > 0 || own === focus.step);
      drawn.root.classList.toggle("chosen", own === step);
      if (drawn.seen) {
        drawMarks(drawn.marks, drawn.block, maps, own === focus.step ? focus.channel : own === step ? channel : null);
      }
    }
    this.root.classList.toggle("hovering", under !== null);
    this.connect(focus, lit);
  }

  /**
   * Curves from each map that a map is computed from.
   * @param {{step: number, channel: number}} focus @param {Maps[]} lit
   */
  connect(focus, lit) {
    const curves = /** @type {Element} */ (this.curves);
    curves.replaceChildren();
    const target = this.drawn.find((d) => d.block.item.step.index === focus.step)?.block;
    if (!target) return;
    for (const maps of lit) {
      const other = this.drawn.find((d) => d.block.item.step.index === maps.step)?.block;
      if (!other) continue;
      const step = Math.max(maps.by, Math.ceil((maps.to - maps.from) / CURVES / maps.by) * maps.by);
      for (let c = maps.from; c < maps.to; c += step) {
        const [from, to] =
          maps.step < focus.step
            ? [cellBox(other, c), cellBox(target, focus.channel)]
            : [cellBox(target, focus.channel), cellBox(other, c)];
        append(curves, svg("path", { d: curve(from, to) }));
      }
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  appear(entries) {
    for (const entry of entries) {
      const drawn = this.drawn.find((d) => d.root === entry.target);
      if (!drawn) continue;
      drawn.seen = entry.isIntersecting;
      if (drawn.seen && !drawn.fresh) this.draw(drawn);
    }
    const { step, channel } = this.store.choice;
    this.mark(step, channel, null);
  }

  /** @param {Drawn} drawn */
  draw(drawn) {
    drawMaps(drawn.maps, this.view, drawn.block, this.store.choice);
    drawn.fresh = true;
  }

  redraw() {
    for (const drawn of this.drawn) {
      drawn.fresh = false;
      if (drawn.seen) this.draw(drawn);
    }
    const { step, channel } = this.store.choice;
    this.mark(step, channel, null);
  }

  /** @param {number} step */
  scrollTo(step) {
    const block = this.drawn.find((d) => d.block.item.step.index === step)?.block;
    if (!block) return;
    const { scrollLeft, clientWidth } = this.root;
    if (block.x > scrollLeft + 20 && block.x + block.width < scrollLeft + clientWidth - 20) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.root.scrollTo({ left: block.x - (clientWidth - block.width) / 2, behavior: calm ? "instant" : "smooth" });
  }
}

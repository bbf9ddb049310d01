// The tour: a card that goes from stop to stop, chooses on the page what each is about, and asks a small question.

import { keep, kept } from "../choice/session.js";
import { h, replace } from "../draw/dom.js";
import { lowered } from "../draw/lowered.js";
import { check } from "./check.js";
import { figureOf } from "./figure.js";
import { filled } from "./filled.js";
import { stopsOf } from "./stop.js";
import { lookAt, partOf } from "./where.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

/** Under which the stop is kept where the tour was left. */
const LEFT = "fivebyfive.tour";
/** Where one types, or moves along something by arrow keys, a key is for that. */
const TYPED = "input, select, textarea, [contenteditable]";
/** Up to this width the card lies at the foot of the window, as css/page/lesson.css has it; both in pixels. */
const [NARROW, HEADER] = [1000, 100];
const KEYS = /** @type {Record<string, number>} */ ({ n: 1, p: -1 });
const ARROWS = /** @type {Record<string, number>} */ ({ ArrowRight: 1, ArrowLeft: -1 });

export class Tour {
  /** @param {HTMLElement} opener @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(opener, root, doc, store) {
    this.opener = opener;
    this.root = root;
    this.doc = doc;
    this.store = store;
    /** The stop that the card shows. */
    this.shown = "";
    /** @type {import("./figure.js").Figure | null} */
    this.figure = null;
    /** @type {HTMLElement | null} */
    this.ringed = null;
    this.at = h("p", { class: "tour-at", "data-tour-at": true });
    this.title = h("h2", { id: "tour-title", tabindex: -1 });
    this.body = h("div", { class: "tour-body", tabindex: 0, role: "group", "aria-labelledby": "tour-title" });
    this.before = this.button("before", "Back", "The stop before (key p)", () => this.move(-1));
    this.after = this.button("after", "Next", "The next stop (key n)", () => this.move(1));
    this.build();
    opener.addEventListener("click", () => this.open());
    addEventListener("keydown", (event) => this.key(event));
    const sizes = new ResizeObserver(() => this.measure());
    sizes.observe(root);
    sizes.observe(document.body);
    store.listen((_, changed) => this.changed(changed));
    this.offer();
    if (store.choice.stop) this.show();
  }

  /** @param {string} name @param {string} text @param {string} title @param {() => void} act */
  button(name, text, title, act) {
    return h("button", { type: "button", title, "data-tour": name, onclick: act }, text);
  }

  build() {
    const close = this.button("close", "✕", "Leave the tour (Escape)", () => this.close());
    close.setAttribute("aria-label", "Leave the tour");
    replace(
      this.root,
      h("header", {}, h("div", { "aria-live": "polite" }, this.at, this.title), close),
      this.body,
      h(
        "footer",
        {},
        this.before,
        this.button("look", "Show me", "Look again at what this stop is about", () => this.look()),
        this.after,
      ),
    );
  }

  get stops() {
    return stopsOf(this.doc);
  }

  /** Which stop is shown; −1 for none. */
  get index() {
    return this.stops.findIndex(({ id }) => id === this.shown);
  }

  /** What the button in the header says. */
  offer() {
    const { stops, opener } = this;
    opener.hidden = !stops.length;
    const resumed = stops.findIndex(({ id }) => id === kept(LEFT));
    opener.textContent = resumed > 0 ? "Go on with the tour" : "Take the tour";
    opener.title = resumed > 0 ? `From stop ${resumed + 1} of ${stops.length} on` : `${stops.length} stops`;
  }

  open() {
    const { stops } = this;
    const resumed = stops.find(({ id }) => id === kept(LEFT));
    this.go(resumed?.id ?? stops[0].id);
    this.title.focus({ preventScroll: true });
  }

  /** @param {number} by */
  move(by) {
    const next = this.stops[this.index + by];
    if (next) this.go(next.id);
    else if (by > 0) this.finish();
  }

  finish() {
    this.close();
    keep(LEFT, "");
    this.offer();
  }

  /** @param {string} id */
  go(id) {
    this.store.set({ stop: id });
  }

  close() {
    this.store.set({ stop: "" });
    this.opener.focus({ preventScroll: true });
  }

  /** @param {Set<string>} changed */
  changed(changed) {
    if (changed.has("structure")) this.offer();
    if (changed.has("stop") && this.store.choice.stop !== this.shown) this.show();
    else if (this.shown && (changed.has("structure") || changed.has("values"))) {
      this.look(false);
      this.fill();
    } else if (this.shown && changed.has("theme")) this.fill();
  }

  /** The chosen stop; without one the card goes away. */
  show() {
    const { stops, store } = this;
    this.shown = stops.some(({ id }) => id === store.choice.stop) ? store.choice.stop : "";
    if (this.shown !== store.choice.stop) store.set({ stop: this.shown });
    this.root.hidden = !this.shown;
    if (this.shown) document.documentElement.dataset.touring = this.shown;
    else delete document.documentElement.dataset.touring;
    if (!this.shown) this.ring(null);
    this.fill();
    if (this.shown) {
      keep(LEFT, this.shown);
      this.look();
    }
    this.offer();
  }

  fill() {
    this.figure?.stop();
    this.figure = null;
    const { doc, stops, index } = this;
    const stop = stops[index];
    if (!stop) return replace(this.body);
    this.root.dataset.stop = stop.id;
    this.at.textContent = `stop ${index + 1} of ${stops.length}`;
    this.title.textContent = stop.title;
    this.before.disabled = index === 0;
    this.after.textContent = index === stops.length - 1 ? "Done" : "Next";
    this.figure = figureOf(doc, stop, this.body.clientWidth);
    const says = stop.says.map((sentence) => h("p", { "data-tour-says": true }, ...lowered(filled(doc, sentence))));
    const figure = this.figure?.element;
    replace(
      this.body,
      h("p", { class: "tour-question" }, stop.question),
      ...(stop.shows === "filters" ? [...says, figure] : [figure, ...says]),
      stop.ask && check(doc, stop.ask),
    );
    this.body.scrollTop = 0;
    return undefined;
  }

  /** Choose what the stop is about, and bring it into view. @param {boolean} [scrolling] */
  look(scrolling = true) {
    const stop = this.stops[this.index];
    if (!stop) return;
    lookAt(this.doc, this.store, stop);
    const part = partOf(stop, innerWidth <= NARROW);
    this.ring(part);
    this.measure();
    if (scrolling) part?.scrollIntoView({ block: part.offsetHeight > this.room ? "start" : "nearest" });
  }

  /** How much of the window's height the card leaves to the page. */
  get room() {
    return innerHeight - HEADER - (innerWidth > NARROW ? 0 : this.root.offsetHeight);
  }

  /** @param {HTMLElement | null} part */
  ring(part) {
    if (this.ringed) delete this.ringed.dataset.tourRing;
    if (part) part.dataset.tourRing = "true";
    this.ringed = part;
  }

  /** Where the card lies: at the foot of the column of the code. And how much of the window it takes. */
  measure() {
    const { style } = document.documentElement;
    const column = document.querySelector(".side")?.getBoundingClientRect();
    style.setProperty("--tour-height", `${this.root.offsetHeight}px`);
    if (!column) return;
    style.setProperty("--tour-width", `${column.width}px`);
    style.setProperty("--tour-left", `${column.left}px`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (event.key === "Escape") return this.close();
    if (!(target instanceof Element) || target.closest(TYPED)) return undefined;
    const by = KEYS[event.key] ?? (this.root.contains(target) ? ARROWS[event.key] : undefined);
    if (by === undefined || (by < 0 && this.index === 0)) return undefined;
    event.preventDefault();
    return this.move(by);
  }
}

// "Why this answer?": what each pixel and each map contributed to a class, or to one rather than another, what adds up
// to its number, and the test whether that is so.

import { Accounts } from "./accounts.js";
import { askWhy } from "./server.js";
import { classChoice, mapChoice, viewChoice, VIEWS } from "./controls.js";
import { choose } from "../choice/choose.js";
import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { mapRows, strongest } from "./strongest.js";
import { WhyPicture } from "./picture.js";
import { waterfall } from "./sum.js";
import { Trial } from "./trial.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

const PARTS = 9;
/** Milliseconds after which a live page asks again for a new picture. */
const PATIENCE = 300;
/** A sixth of the picture is covered. */
const SIXTH = 6;

export class WhySection {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    /** @type {Accounts | null} */
    this.accounts = null;
    this.view = "pixels";
    this.all = false;
    /** Among the classes that were sent: the one, and the other if there is one. */
    this.pair = two(/** @type {number} */ (0), null);
    /** Live: the class that is asked for, and the other; null for the answer, and for no other. */
    this.wanted = two(/** @type {number | null} */ (null), null);
    this.patch = { y: 0, x: 0, size: 1, stride: 1 };
    this.map = { step: 0, channel: 0 };
    this.picture = new WhyPicture(doc, (y, x) => this.cover(y, x));
    this.trial = new Trial(doc);
    this.waiting = 0;
    store.listen((_, changed) => {
      if (changed.has("values") || changed.has("structure")) this.renew();
      else if (changed.has("theme") && this.accounts) this.draw();
    });
    if (doc.fields.why) this.take(doc);
    else this.offer("");
  }

  get live() {
    return this.doc.question !== null;
  }

  /** A new picture: its account is asked for only if the one before was. */
  renew() {
    const asked = this.accounts !== null;
    clearTimeout(this.waiting);
    if (!this.live || !asked) return this.offer("");
    this.wanted = two(/** @type {number | null} */ (null), null);
    this.waiting = setTimeout(() => this.ask(), PATIENCE);
    return undefined;
  }

  /** Live, before anybody asked: a button. @param {string} trouble */
  offer(trouble) {
    this.accounts = null;
    const [answer] = this.doc.answers;
    this.root.hidden = !this.live || !answer;
    if (this.root.hidden) return;
    replace(
      this.root,
      h("h3", {}, "Why this answer?"),
      h(
        "p",
        { class: "why-offer" },
        h("button", { type: "button", "data-why-ask": true, onclick: () => this.ask() }, `Why ${answer.label}?`),
        h("span", { class: "hint" }, " what each pixel and each map contributed, and the test whether that is so"),
      ),
      trouble && h("p", { class: "says", role: "alert" }, trouble),
    );
  }

  async ask() {
    const { question } = this.doc;
    if (!question) return;
    const [a, b] = this.wanted;
    this.root.setAttribute("aria-busy", "true");
    try {
      const sent = await askWhy(question, { class: a, instead_of: b });
      if (question === this.doc.question) this.take(sent);
    } catch (error) {
      this.offer(/** @type {Error} */ (error).message);
    }
    this.root.removeAttribute("aria-busy");
  }

  /** @param {{fields: Record<string, any>, buffers: Map<string, any>, shapes: Map<string, number[]>}} sent */
  take(sent) {
    const { fields, buffers, shapes } = sent;
    this.accounts = new Accounts({ fields, buffers: new Map(buffers), shapes: new Map(shapes) }, this.doc.steps);
    this.pair = this.accounts.why.asked;
    const { height, width } = this.accounts.pixels(...this.pair);
    const { patch, cam, steps } = this.accounts.why;
    const size = patch?.size ?? Math.max(1, Math.round(Math.min(height, width) / SIXTH));
    const stride = patch?.stride ?? 1;
    const middle = (/** @type {number} */ length) => Math.max(0, Math.round((length - size) / 2 / stride) * stride);
    this.patch = { y: middle(height), x: middle(width), size, stride };
    const step = this.accounts.why.off ?? cam ?? steps[steps.length - 1];
    const [first] = strongest(this.accounts.maps(...this.pair).get(step) ?? [], 1);
    this.map = { step, channel: first?.channel ?? 0 };
    if (this.view === "cam" && cam === null) this.view = "pixels";
    this.root.hidden = false;
    this.draw();
    this.cover(this.patch.y, this.patch.x);
  }

  /** Move the patch, and see. @param {number} y @param {number} x */
  cover(y, x) {
    const { accounts, patch } = this;
    if (!accounts) return;
    const { height, width } = accounts.pixels(...this.pair);
    const within = (/** @type {number} */ at, /** @type {number} */ length) =>
      Math.round(Math.max(0, Math.min(length - 1, at)));
    const at = accounts.patchAt(y, x);
    this.patch = at
      ? { ...patch, y: at.row * at.stride, x: at.column * at.stride }
      : { ...patch, y: within(y, height - patch.size + 1), x: within(x, width - patch.size + 1) };
    this.paint();
    this.trial.try(accounts, ...this.pair, { kind: "patch", ...this.patch });
  }

  switchOff() {
    if (this.accounts) this.trial.try(this.accounts, ...this.pair, { kind: "map", ...this.map });
  }

  paint() {
    const { accounts, pair } = this;
    if (!accounts) return;
    const seen =
      this.view === "cam"
        ? accounts.cam(...pair)
        : this.view === "falls"
          ? accounts.falls(...pair)
          : accounts.pixels(...pair);
    const testable = accounts.why.patch !== null || this.live;
    const { y, x, size } = this.patch;
    const at = `A patch covers ${size}×${size} pixels at y ${y}, x ${x}; the arrow keys move it.`;
    const label = `${VIEWS[this.view]}. ${at}`;
    this.picture.draw(seen, testable ? this.patch : null, testable ? label : VIEWS[this.view]);
  }

  draw() {
    const accounts = /** @type {Accounts} */ (this.accounts);
    const [a, b] = this.pair;
    const { why } = accounts;
    const names = this.doc.steps.map((step) => step.name);
    replace(
      this.root,
      h("div", { class: "bar" }, h("h3", {}, "Why this answer?"), this.choices()),
      h("p", { "data-why-said": true }, capital(accounts.said(a, b)), " is ", number(accounts.value(a, b)), "."),
      h(
        "div",
        { class: "why-beside" },
        h(
          "figure",
          { class: "why-figure" },
          this.picture.canvas,
          this.views(),
          h(
            "figcaption",
            {},
            h("b", { class: "for" }, "■"),
            " speaks for it, ",
            h("b", { class: "against" }, "■"),
            " against it; drag the patch over it",
          ),
        ),
        h(
          "div",
          { class: "why-account" },
          h("h4", {}, "It adds up"),
          waterfall(accounts.parts(a, b, PARTS), accounts.value(a, b), names, (step) =>
            choose(this.store, this.doc, { step }),
          ),
          h("h4", {}, "The honest test"),
          this.trial.says,
          this.maps(),
        ),
      ),
      mapRows(
        accounts.maps(a, b),
        this.doc.steps,
        this.all,
        (step, channel) => this.go(step, channel),
        () => {
          this.all = !this.all;
          this.draw();
        },
      ),
      h(
        "details",
        { class: "why-limits" },
        h("summary", {}, "what this can and cannot tell"),
        ...why.notes.map((note) => h("p", {}, note)),
        ...why.limits.map((limit) => h("p", {}, limit)),
      ),
      ...why.notes.filter((note) => note.includes("hole")).map((note) => h("p", { class: "says" }, note)),
    );
    this.paint();
  }

  /** Go to a map, and let it be the one that can be switched off. @param {number} step @param {number} channel */
  go(step, channel) {
    choose(this.store, this.doc, { step, channel });
    if (!this.live && step !== this.accounts?.why.off) return;
    this.map = { step, channel };
    this.draw();
  }

  /** Which class, and rather than which: live any two, in a file of those that it holds. */
  choices() {
    const { why } = /** @type {Accounts} */ (this.accounts);
    const names = this.live ? this.doc.structure.classes : why.names;
    const place = (/** @type {number | null} */ at) => (this.live && at !== null ? why.classes[at] : at);
    const [a, b] = this.pair;
    return classChoice(names, /** @type {number} */ (place(a)), place(b), (one, other) => this.choose(one, other));
  }

  /** @param {number} a @param {number | null} b */
  choose(a, b) {
    const other = a === b ? null : b;
    if (this.live) {
      this.wanted = two(a, other);
      this.ask();
      return;
    }
    this.pair = two(a, other);
    this.draw();
    this.cover(this.patch.y, this.patch.x);
  }

  /** What is shown over the picture. */
  views() {
    const { why } = /** @type {Accounts} */ (this.accounts);
    const missing = [why.cam === null && "cam", why.patch === null && "falls"];
    return viewChoice(this.view, missing, (view) => {
      this.view = view;
      this.paint();
    });
  }

  /** A map to switch off: live of any step, in a file of the one that it holds. */
  maps() {
    const { why } = /** @type {Accounts} */ (this.accounts);
    if (!this.live && why.off === null) return null;
    const step = this.doc.steps[this.map.step];
    return mapChoice(step, this.map.channel, (channel) => {
      this.map.channel = channel;
      this.switchOff();
    });
  }
}

/**
 * @template {number | null} N
 * @param {N} a @param {number | null} b
 * @returns {[N, number | null]}
 */
function two(a, b) {
  return [a, b];
}

/** @param {string} text */
function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

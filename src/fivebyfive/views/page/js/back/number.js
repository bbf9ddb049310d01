// One number's way back: the later values that hang on it, each with its gradient, how much it grows, their product;
// and all of them together, which is the gradient here.

import { choose } from "../choice/choose.js";
import { spread } from "../draw/colors.js";
import { unsaid } from "../document/names.js";
import { h, math, replace } from "../draw/dom.js";
import { broken, frac, mi, mo, row, sub } from "../draw/formula.js";
import { number, plural } from "../draw/format.js";
import { named, placeOf } from "../sums/places.js";
import { bars } from "./bars.js";
import { asGradients, goingBack, gradientAt, gradientOf, wayOf } from "./gradients.js";
import { Mirrored } from "./mirrored.js";
import { passedBack } from "./sum.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice @typedef {import("../types.js").Step} Step
 * @typedef {import("./sum.js").Part} Part @typedef {import("../draw/dom.js").Child} Child
 */

/** Terms that are listed of each later step. */
const LISTED = 10;

export class BackNumber {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    /** The grids of each later step with a window. @type {Map<number, Mirrored>} */
    this.mirrored = new Map();
    store.listen((choice) => this.update(choice));
    new ResizeObserver(([entry]) => this.fit(entry.contentRect.width)).observe(root);
    this.width = 300;
    this.update(store.choice);
  }

  /** @param {number} width */
  fit(width) {
    if (!width || width === this.width) return;
    this.width = width;
    this.update(this.store.choice);
  }

  /** @param {Choice} choice */
  update(choice) {
    const { doc } = this;
    this.root.hidden = !goingBack(doc, choice);
    if (this.root.hidden) return;
    const step = doc.steps[choice.step];
    const gradient = gradientAt(doc, step.index, choice);
    const heading = [
      h("code", {}, step.name),
      unsaid(step) && ` · ${unsaid(step)}`,
      ` at ${named(step.shape, choice)}`,
    ];
    if (Number.isNaN(gradient) && !gradientOf(doc, step.index)) {
      replace(this.root, h("h3", { "data-back-number": true }, ...heading, ": ", none(doc, step)));
      return;
    }
    const found = passedBack(doc, step, choice);
    const marked = number(gradient, { class: "n strong", "data-gradient": true });
    replace(
      this.root,
      h("h3", { "data-back-number": true }, ...heading, `: gradient ${found.rough ? "≈ " : ""}`, marked),
      h("p", { class: "says" }, meaning(gradient), " ", this.largest(step, gradient)),
      ...this.way(step, choice, found),
    );
  }

  /** To the value of the step that the loss hangs on most. @param {Step} step @param {number} gradient */
  largest(step, gradient) {
    const { doc } = this;
    if (!(spread(asGradients(doc).spreadOf(step.index)) > Math.abs(gradient))) return null;
    const go = () => {
      const all = /** @type {Float32Array} */ (gradientOf(doc, step.index));
      const best = all.reduce((most, g, i) => (Math.abs(g) > Math.abs(all[most]) ? i : most), 0);
      choose(this.store, doc, placeOf(step.shape, best));
    };
    return h(
      "button",
      { type: "button", class: "plain-link", "data-largest": true, onclick: go },
      "to the largest here",
    );
  }

  /**
   * @param {Step} step @param {Choice} choice @param {import("./sum.js").Back} found
   * @returns {Child[]}
   */
  way(step, choice, found) {
    const parts = found.parts.map((part) => this.part(part, step));
    const formula = h(
      "div",
      { class: "formula", tabindex: 0, role: "group", "aria-label": "The chain rule" },
      chain(step, found.parts),
    );
    if (!found.known) return [formula, ...parts, h("p", { class: "says in-all" }, python(step, choice))];
    const sum = number(found.total, { class: "n strong", "data-back-sum": true });
    const count = plural(
      found.parts.reduce((all, part) => all + part.terms.length + part.left, 0),
      "product",
    );
    const says = found.agrees
      ? `the gradient here${found.rough ? ", to the three digits that this file holds" : ""}`
      : "which is not the gradient here: code that cannot be watched, or with a backward of its own, stands between";
    return [formula, ...parts, h("p", { class: "total in-all" }, `Σ of ${count} = `, sum, `, ${says}`)];
  }

  /** What one later step passes back. @param {Part} part @param {Step} step */
  part(part, step) {
    const { step: later } = part;
    const go = () => later && choose(this.store, this.doc, { step: later.index });
    const name = later ? h("button", { type: "button", onclick: go }, part.name) : h("code", {}, part.name);
    const head = h(
      "p",
      { class: "passed-head" },
      "passed back by ",
      name,
      !part.unknown && h("span", {}, ": ", number(part.total, { class: "n strong", "data-back-part": part.name })),
    );
    const body = part.unknown
      ? [h("p", { class: "says", "data-back-unknown": part.name }, `${capital(part.unknown)}.`)]
      : this.terms(part, step);
    return h("div", { class: "passed" }, head, ...body);
  }

  /** @param {number} later @returns {Mirrored} */
  gridsOf(later) {
    const held = this.mirrored.get(later) ?? new Mirrored(() => this.update(this.store.choice));
    this.mirrored.set(later, held);
    return held;
  }

  /** @param {Part} part @param {Step} step @returns {Child[]} */
  terms(part, step) {
    const { step: later } = part;
    if (!later) return [ofLoss(this.doc, part)];
    if (!part.terms.length) return [h("p", { class: "says" }, "Nothing there hangs on this value.")];
    const grids = this.gridsOf(later.index).show(step, part, this.width);
    const list = bars(
      part.terms,
      LISTED,
      (term) => ({
        text: named(later.shape, term),
        go: () => choose(this.store, this.doc, { step: later.index, channel: term.channel, y: term.y, x: term.x }),
        data: { "data-back-term": later.index, "data-channel": term.channel, "data-y": term.y, "data-x": term.x },
      }),
      part,
    );
    const says = h("p", { class: "hint" }, "gradient there × how much it grows with this value = what comes back");
    return [...grids, says, ...list];
  }
}

/** @param {Doc} doc @param {Step} step */
function none(doc, step) {
  const there = wayOf(doc)?.steps[step.index].size;
  return there ? "its gradient is not in this file" : "no gradient comes back here";
}

/** What a gradient says of its value. @param {number} gradient */
function meaning(gradient) {
  if (gradient === 0) return "Changing this value a little changes nothing in the loss.";
  if (Number.isNaN(gradient)) return "This is no number: a step of training would ruin the weights.";
  const [way, wanted] = gradient > 0 ? ["raises", "smaller"] : ["lowers", "larger"];
  const much = number(Math.abs(gradient));
  return h(
    "span",
    {},
    `Raising this value a little ${way} the loss by `,
    much,
    ` times as much: the loss would be less if this were ${wanted}.`,
  );
}

/** The cross-entropy's own derivative. @param {Doc} doc @param {Part} part */
function ofLoss(doc, part) {
  const way = /** @type {import("./gradients.js").Way} */ (wayOf(doc));
  const [term] = part.terms;
  const pictures = way.softmax?.pictures ?? 1;
  const right = term.weight * pictures < 0;
  const share = term.weight * pictures + Number(right);
  return h(
    "p",
    { class: "total", "data-back-term": "loss" },
    "softmax minus label: its share of the answer ",
    number(share),
    ` less ${right ? "1, because this is the right class" : "0, because another class is right"}`,
    pictures > 1 && `, over ${pictures} pictures`,
    " = ",
    number(term.product),
  );
}

/** ∂L/∂x = Σ ∂L/∂y · ∂y/∂x, a sum for each later step. @param {Step} step @param {Part[]} parts */
function chain(step, parts) {
  const d = (/** @type {string} */ of, /** @type {string} */ by) => frac(row(mi("∂"), mi(of)), row(mi("∂"), mi(by)));
  const passed = (/** @type {string} */ name) => [
    sub(mo("∑"), mi("k")),
    d("L", `${name}ₖ`),
    mo("·"),
    d(`${name}ₖ`, step.name),
  ];
  const ofAnswer = [mi("softmax"), mo("−"), mi("label")];
  const each = parts.flatMap((part, i) => [i > 0 && mo("+"), ...(part.step ? passed(part.name) : ofAnswer)]);
  return broken([d("L", step.name), mo("="), ...(each.length ? each : [math("mn", "0")])]);
}

/** Where else the sum is. @param {Step} step @param {Choice} choice */
function python(step, { y, x, channel }) {
  const call = `trace["${step.name}"].back(${y}, ${x}, ${channel})`;
  return h("span", {}, "The gradient above is autograd's own. Python writes the whole sum out: ", h("code", {}, call));
}

/** @param {string} sentence */
const capital = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);

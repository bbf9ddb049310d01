// The answer: every class with its probability, and how softmax makes probabilities of the last numbers.

import { h, replace } from "../draw/dom.js";
import { number, percent, plural } from "../draw/format.js";
import { softmax } from "../kinds/softmax.js";
import { returned } from "../overview/named.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */

const LISTED = 20;
/** Powers of e that the formula writes out. */
const WRITTEN = 10;
const UNSURE = "No class is likely enough to be taken without a look at the picture.";

export class Answer {
  /** @param {HTMLElement} brief @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(brief, root, doc, store) {
    this.brief = brief;
    this.root = root;
    this.doc = doc;
    this.all = false;
    store.listen((_, changed) => ["values", "structure", "answer"].some((name) => changed.has(name)) && this.update());
    this.update();
  }

  update() {
    const { doc } = this;
    const answers = doc.answers;
    this.root.hidden = !answers.length;
    const doubt = doc.fields.doubt ? `(${doc.fields.doubt})` : "";
    if (doc.unread) this.say(doc.unread);
    else {
      const likeliest = answers.slice(0, 3).map((a, i) => bar(a, `brief-${i}`, i === 0, doubt));
      replace(this.brief, answers.length > 0 && several(doc), ...likeliest);
    }
    if (!answers.length) return doc.unread ? replace(this.root) : this.without();
    if (!doc.unread) {
      const [{ label, probability }] = answers;
      const spoken = [
        `The answer: ${label}, ${percent(probability)}`,
        doubt,
        this.brief.querySelector("[data-several]")?.textContent,
      ];
      this.brief.setAttribute("aria-label", spoken.filter(Boolean).join(" "));
    }
    const few = doc.structure.classes.length <= LISTED;
    const shown = few ? inOrder(doc) : this.all ? answers : answers.slice(0, LISTED);
    const more =
      !few &&
      h(
        "button",
        { type: "button", onclick: () => this.toggle() },
        this.all ? "the likeliest only" : `all ${answers.length} classes`,
      );
    replace(
      this.root,
      h("h3", {}, doc.unread ? "The answer of the picture before" : "The answer"),
      doc.fields.doubt && h("p", { class: "says" }, UNSURE),
      h(
        "ol",
        { class: "answers", "data-answers": true },
        ...shown.map((a) => h("li", {}, bar(a, "all", a.label === answers[0].label, doubt))),
      ),
      more,
      this.formula(answers[0].label),
    );
  }

  /** No class is named where the network's last numbers are none. */
  without() {
    const last = returned(this.doc.steps);
    const unknown = this.doc.output(last.index)?.some(Number.isNaN) ?? false;
    replace(this.root);
    if (!unknown) return this.brief.removeAttribute("aria-label");
    return this.say("The answer holds NaN, which is no number: no class is named.");
  }

  /** Why there is no answer, where it would stand. @param {string} why */
  say(why) {
    replace(this.brief, h("span", { class: "says", "data-no-answer": true }, why));
    this.brief.setAttribute("aria-label", why);
  }

  toggle() {
    this.all = !this.all;
    this.update();
  }

  /** Softmax of the network's last numbers, if that is where the probabilities come from. @param {string} label */
  formula(label) {
    const { doc } = this;
    const last = returned(doc.steps);
    const logits = doc.output(last.index);
    const k = doc.structure.classes.indexOf(label);
    const given = doc.numbers("probabilities");
    if (!logits || !given || logits.length !== given.length || Math.abs(logits[k] - given[k]) < 1e-6) return null;
    return h(
      "details",
      { class: "softmax" },
      h("summary", {}, `how ${plural(logits.length, "number")} become probabilities: softmax`),
      h(
        "p",
        { class: "says" },
        "Each of the last numbers becomes a power of e; a class's probability is its share of their sum. For ",
        h("b", {}, label),
        ", the last number is ",
        number(logits[k]),
        ":",
      ),
      ...softmax(logits, k, WRITTEN),
    );
  }
}

/** Of several digits only one is explained. @param {Doc} doc */
function several({ fields }) {
  const count = /** @type {import("./given.js").Photo | null} */ (fields.photo ?? null)?.boxes.length ?? 0;
  return count > 1 && h("span", { class: "says", "data-several": count }, `one of ${count} digits`);
}

/** @param {Doc} doc */
function inOrder(doc) {
  const probabilities = doc.numbers("probabilities") ?? new Float32Array();
  return Array.from(probabilities, (probability, i) => ({ label: doc.structure.classes[i] ?? String(i), probability }));
}

/**
 * @param {import("../types.js").Answer} answer @param {string} name @param {boolean} first
 * @param {string} doubt of the first
 */
function bar({ label, probability }, name, first, doubt) {
  const fill = h("span", { class: "fill" });
  fill.style.width = `${probability * 100}%`;
  return h(
    "span",
    {
      class: `answer ${first ? "first" : ""}`,
      "data-answer": name,
      "data-label": label,
      "data-probability": String(probability),
    },
    h("b", { title: label }, label),
    h("span", { class: "track", "aria-hidden": "true" }, fill),
    h("span", { class: "share" }, percent(probability)),
    first && doubt && h("span", { class: "doubt", "data-doubt": true }, doubt),
  );
}

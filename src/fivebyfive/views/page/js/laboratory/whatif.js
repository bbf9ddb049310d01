// What if, through to the answer: what is changed of the network lies over the document, until all is as in the code.

import { answered, answering } from "../network/answered.js";
import { canChange, isChanged, otherwise, unchanged } from "../network/otherwise.js";
import { inWords } from "./words.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../network/otherwise.js").Change} Change @typedef {import("../network/otherwise.js").Over} Over
 */

/** @param {number} value @param {number} size */
const within = (value, size) => Math.max(0, Math.min(size - 1, value));

export class WhatIf {
  /** @param {Doc} doc @param {Store} store @param {(said: string[]) => void} show what is changed, in words */
  constructor(doc, store, show) {
    this.doc = doc;
    this.store = store;
    this.show = show;
    /** @type {import("../network/otherwise.js").Changes} */
    this.changes = new Map();
    /** Which steps can be changed, as far as that was asked. @type {Map<number, boolean>} */
    this.known = new Map();
    this.waiting = false;
    /** Where the changed network stops, and why. */
    this.stopped = "";
    store.listen((_, changed) => this.follow(changed)); // before whoever draws
  }

  /** Whether the page can work out all that hangs on a step. @param {number} step */
  can(step) {
    if (!this.known.has(step)) this.known.set(step, canChange(this.doc.own(), step));
    return this.known.get(step) ?? false;
  }

  /** What is changed of a step. @param {number} step @returns {Change} */
  of(step) {
    return this.changes.get(step) ?? unchanged();
  }

  /** @param {number} step @param {Change} change all that is changed of it */
  change(step, change) {
    if (isChanged(change)) this.changes.set(step, change);
    else if (!this.changes.delete(step)) return;
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.apply();
    });
  }

  /** All as in the code again. */
  reset() {
    if (!this.changes.size) return;
    this.changes.clear();
    this.apply();
  }

  /**
   * A new picture's numbers are changed in the same way; where another network came, nothing is.
   * @param {Set<string>} changed
   */
  follow(changed) {
    if (this.doc.under || !["values", "structure"].some((name) => changed.has(name))) return;
    this.known.clear();
    if (changed.has("structure")) this.changes.clear();
    if (this.changes.size) this.lay();
    this.tell();
  }

  apply() {
    const { doc, store } = this;
    const before = doc.steps;
    if (this.changes.size) this.lay();
    else doc.lift();
    const { step, channel, y, x } = store.choice;
    const { channels, height, width } = doc.steps[step].shape;
    const way = this.changes.size ? "forward" : store.choice.way;
    const at = { channel: within(channel, channels), y: within(y, height), x: within(x, width) };
    const changed = new Set(["values", ...(way === store.choice.way ? [] : ["way"])]);
    if (doc.steps.some((each, i) => each !== before[i])) changed.add("structure");
    store.choice = { ...store.choice, ...at, way, progress: null, held: null };
    this.tell();
    store.tell(changed);
  }

  lay() {
    const own = this.doc.own();
    const over = otherwise(own, this.changes);
    const answer = this.answer(own, over);
    const fields = {
      structure: { ...own.structure, steps: over.steps },
      words: [],
      off: Object.fromEntries([...this.changes].map(([step, change]) => [step, change.off])),
      back: undefined,
      ranking: answer?.ranking ?? [],
      doubt: answer?.doubt ?? "",
    };
    if (answer) over.buffers.set("probabilities", answer.probabilities);
    const gone = answer ? over.gone : [...over.gone, "probabilities"];
    const { stopped } = over;
    this.stopped = stopped ? `${stopped.step.name} stops with an error: ${stopped.why}.` : "";
    const unread = answer || !stopped ? "" : `No answer: the network stops at ${stopped.step.name}.`;
    this.doc.lay({ fields, buffers: over.buffers, shapes: over.shapes }, gone, unread);
  }

  /** @param {Doc} own @param {Over} over */
  answer(own, over) {
    const rule = answering(own);
    if (!rule || over.gone.includes(`output/${rule.step}`)) return null;
    const last = over.buffers.get(`output/${rule.step}`) ?? own.output(rule.step);
    return last && answered(last, rule.kind, own.structure.classes);
  }

  /** Mark the page, and say what is changed. */
  tell() {
    const { changes } = this;
    const steps = this.doc.own().steps;
    document.documentElement.toggleAttribute("data-otherwise", changes.size > 0);
    const said = [...changes].map(([step, change]) => inWords(steps[step], change));
    this.show(changes.size && this.stopped ? [...said, this.stopped] : said);
  }
}

// Compare: what the page shows beside another one, A and B. A file may bring the other one (5x5 explain --against); a
// page that can be given pictures keeps the present one, and the reader goes on; and a network that the reader changed
// stands beside itself as it is in the code.

import { h, replace } from "../draw/dom.js";
import { bothAnswers } from "./answers.js";
import { asInTheCode, besideKept, keep, written } from "./beside.js";
import { inputs, Maps } from "./maps.js";
import { story } from "./story.js";
import { Strip } from "./strip.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("./beside.js").Beside} Beside @typedef {import("./beside.js").Kept} Kept
 */

const INVITES = "Keep this picture, then draw or choose another one: here you see where the two ways part.";
/** What changes what is compared. */
const NUMBERS = ["values", "structure"];

export class Compare {
  /**
   * @param {HTMLElement} root @param {Doc} doc @param {Store} store
   * @param {boolean} changing whether the page can be given other pictures
   */
  constructor(root, doc, store, changing) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.changing = changing;
    /** @type {Kept | null} */
    this.kept = null;
    /** @type {Beside | null} */
    this.beside = null;
    this.maps = new Maps(doc, store);
    this.strip = new Strip(doc, store);
    this.pictures = h("div", { class: "compare-pictures" });
    this.words = h("div", { class: "words compare-words", role: "status" });
    this.answers = h("div", {});
    store.listen((choice, changed) => {
      if (!this.beside && !doc.under) return;
      if (NUMBERS.some((name) => changed.has(name))) this.renew();
      else if (changed.has("step")) {
        this.strip.mark();
        this.maps.open();
      } else this.maps.update(choice);
    });
    this.build();
  }

  /** Keep what the page shows now. */
  keep() {
    this.kept = keep(this.doc);
    this.build();
  }

  forget() {
    this.kept = null;
    this.build();
  }

  build() {
    const { root, changing } = this;
    this.beside = this.other();
    root.hidden = !changing && !this.beside;
    if (root.hidden) return;
    const act = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ does) =>
      h("button", { type: "button", "data-compare-act": name, onclick: does }, text);
    const head = h(
      "div",
      { class: "bar" },
      h("h2", {}, "Compare"),
      h(
        "div",
        { class: "compare-acts" },
        changing &&
          act("keep", this.kept ? "keep this one instead" : "keep this picture to compare", () => this.keep()),
        this.kept && act("forget", "forget", () => this.forget()),
      ),
    );
    root.classList.toggle("unused", !this.beside);
    if (!this.beside) replace(root, head, h("p", { class: "hint" }, INVITES));
    else {
      const more = h("div", { class: "compare-body" }, this.maps.element, this.answers);
      replace(root, head, h("div", { class: "compare-head" }, this.pictures, this.words), this.strip.element, more);
      this.draw(this.beside);
    }
  }

  /** What the page is compared with now; null for nothing. */
  other() {
    const { doc, kept } = this;
    const other = kept ?? (doc.under ? asInTheCode(doc) : null);
    return other ? besideKept(doc, other) : written(doc);
  }

  renew() {
    const before = this.beside;
    if (!before) {
      this.build();
      return;
    }
    this.beside = this.other();
    if (this.beside) this.draw(this.beside);
    else this.build();
  }

  /** @param {Beside} beside */
  draw(beside) {
    const { doc, store } = this;
    this.maps.take(beside);
    this.strip.draw(beside);
    replace(this.pictures, ...inputs(this.maps, beside, store.choice));
    replace(this.words, ...story(doc, beside).map((sentence) => h("p", {}, sentence)));
    replace(this.answers, bothAnswers(doc.answers, beside.answers, doc.structure.classes));
  }
}

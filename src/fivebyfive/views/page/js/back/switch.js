// Forward or back: which way through the network the page shows, and what the answer is compared with.

import { h, replace } from "../draw/dom.js";
import { number } from "../draw/format.js";
import { goingBack, wayOf } from "./gradients.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../choice/store.js").Choice} Choice
 */

const ASKS = "Going back: which values should change, and which way, to make the loss smaller?";
/** Where a right answer was taken from, in words. @type {Record<string, string>} */
const CHOSEN = {
  mnist: "as MNIST says",
  answer: "as if the network's own answer were right: there is little to learn from that",
};
/** Where one types, a letter is a letter. */
const TYPED = "input, select, textarea, [contenteditable]";

export class WaySwitch {
  /**
   * @param {HTMLElement} root @param {Doc} doc @param {Store} store
   * @param {boolean} live whether a server works the way back out when it is asked for
   */
  constructor(root, doc, store, live) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    this.live = live;
    this.buttons = /** @type {const} */ (["forward", "back"]).map((way) =>
      h("button", { type: "button", "data-way": way, title: "key b", onclick: () => this.turn(way) }, way),
    );
    this.says = h("div", { class: "way-says", role: "status" });
    replace(
      root,
      h("div", { class: "way-switch", role: "group", "aria-label": "Which way" }, ...this.buttons),
      this.says,
    );
    addEventListener("keydown", (event) => this.key(event));
    store.listen((choice, changed) => {
      if (["way", "values", "structure", "label"].some((name) => changed.has(name))) this.update(choice);
    });
    if (!live && !wayOf(doc)) store.choice.way = "forward";
    this.update(store.choice);
  }

  /** @param {"forward" | "back"} way */
  turn(way) {
    this.store.set({ way });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const typing = event.target instanceof Element && event.target.closest(TYPED);
    if (event.key !== "b" || typing || event.ctrlKey || event.metaKey || event.altKey || this.root.hidden) return;
    this.turn(this.store.choice.way === "back" ? "forward" : "back");
  }

  /** @param {Choice} choice */
  update(choice) {
    const { doc } = this;
    const back = goingBack(doc, choice);
    this.root.hidden = !this.live && !wayOf(doc);
    if (this.root.hidden && choice.way === "back") this.store.set({ way: "forward" });
    document.documentElement.dataset.going = back ? "back" : "forward";
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.way === choice.way));
    if (choice.way !== "back") replace(this.says);
    else if (!back) replace(this.says, h("span", {}, "the way back is being worked out …"));
    else replace(this.says, h("p", {}, ASKS), this.compared());
  }

  /** The loss, and the label that it compares the answer with. */
  compared() {
    const way = /** @type {import("./gradients.js").Way} */ (wayOf(this.doc));
    const loss = h("span", {}, "The loss is ", number(Number(way.loss), { class: "n strong", "data-loss": true }));
    const { label } = way;
    if (!label) return h("p", {}, loss, ".");
    const many = way.pictures > 1 && ` (the mean over ${way.pictures} pictures, of which this is the first)`;
    const why = CHOSEN[way.chosen ?? ""];
    const name = this.live ? this.select(label) : h("b", { "data-label": label.name }, label.name);
    return h("p", {}, loss, many, "; what it should have said: ", name, why && h("small", {}, ` ${why}`));
  }

  /** The classes to choose from. @param {{index: number, name: string}} label */
  select(label) {
    const { classes } = this.doc.structure;
    const options = classes.map((name, i) =>
      h("option", { value: classes.indexOf(name) === i ? name : String(i), selected: i === label.index }, name),
    );
    return h(
      "select",
      {
        "data-label": label.name,
        "aria-label": "What the network should have said",
        onchange: (/** @type {any} */ event) => this.store.set({ label: event.target.value }),
      },
      ...options,
    );
  }
}

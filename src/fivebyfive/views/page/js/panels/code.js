// The user's own code: each line with the shape it produced. Choosing a line chooses its steps, and the reverse.

import { choose } from "../choice/choose.js";
import { kindClass } from "../draw/colors.js";
import { titled } from "../document/names.js";
import { h, replace } from "../draw/dom.js";
import { sizes } from "../draw/format.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {{root: HTMLElement, steps: import("../types.js").Step[]}} Line
 */

export class Code {
  /** @param {HTMLElement} root @param {Doc} doc @param {Store} store */
  constructor(root, doc, store) {
    this.root = root;
    this.doc = doc;
    this.store = store;
    /** @type {Line[]} */
    this.lines = [];
    store.listen((_, changed) => {
      if (changed.has("structure")) this.rebuild();
      if (changed.has("step") || changed.has("structure")) this.mark();
    });
    this.rebuild();
    this.mark();
  }

  rebuild() {
    this.lines = [];
    const files = this.doc.structure.files.map((file, i) =>
      h(
        "section",
        { class: "file" },
        h("h3", {}, file.name),
        h("ol", { class: "lines" }, ...file.lines.map((parts, k) => this.line(i, file.first + k, parts))),
      ),
    );
    replace(
      this.root,
      ...(files.length ? files : [h("p", { class: "says" }, "The source of this network was not found.")]),
    );
  }

  /** @param {number} file @param {number} line @param {import("../types.js").Part[]} parts */
  line(file, line, parts) {
    const steps = this.doc.steps.filter((s) => s.lines.some((l) => l.file === file && l.line === line));
    const number = h("span", { class: "line-number", "aria-hidden": "true" }, line);
    const code = h("code", {}, ...painted(parts));
    if (!steps.length) return h("li", {}, h("div", { class: "line" }, number, code));
    const last = steps[steps.length - 1];
    const kinds = [...new Set(steps.map((s) => s.kind))].slice(0, 4);
    const marks = h(
      "span",
      { class: "kinds", "aria-hidden": "true" },
      ...kinds.map((kind) => h("i", { class: kindClass(kind) })),
    );
    const size = h(
      "span",
      {
        class: "shape",
        title: steps
          .map((s) => `${titled(s)} ${sizes(s.shape)}`)
          .slice(0, 8)
          .join("\n"),
      },
      sizes(last.shape),
    );
    const root = h(
      "button",
      { type: "button", class: "line", "data-line": line, onclick: () => this.choose(steps) },
      number,
      code,
      marks,
      size,
    );
    this.lines.push({ root, steps });
    return h("li", {}, root);
  }

  /** The line's first step; again and again, its next. @param {import("../types.js").Step[]} steps */
  choose(steps) {
    const at = steps.findIndex((s) => s.index === this.store.choice.step);
    choose(this.store, this.doc, { step: steps[(at + 1) % steps.length].index });
  }

  mark() {
    const { step } = this.store.choice;
    const holding = this.lines.filter((line) => line.steps.some((s) => s.index === step));
    const fewest = Math.min(...holding.map((line) => line.steps.length));
    for (const line of this.lines) {
      const own = holding.includes(line);
      line.root.classList.toggle("chosen", own && line.steps.length === fewest);
      line.root.classList.toggle("on-the-way", own && line.steps.length > fewest);
      line.root.setAttribute("aria-pressed", String(own));
      const size = /** @type {HTMLElement} */ (line.root.querySelector(".shape"));
      const shape =
        own && fewest === line.steps.length ? this.doc.steps[step].shape : line.steps[line.steps.length - 1].shape;
      size.textContent = sizes(shape);
    }
    const first = holding.find((line) => line.steps.length === fewest)?.root;
    if (first && this.root.scrollHeight > this.root.clientHeight) {
      this.root.scrollTop = first.offsetTop - this.root.clientHeight / 2;
    }
  }
}

/** A line in its colours. @param {import("../types.js").Part[]} parts */
function painted(parts) {
  return parts.length ? parts.map(([text, name]) => (name ? h("span", { class: name }, text) : text)) : [" "];
}

// The code: each line with the shape it produced. Choosing a line chooses its steps, and the reverse. Of a function
// that is called several times the lines show one run.

import { choose } from "../choice/choose.js";
import { kindClass } from "../draw/colors.js";
import { titled } from "../document/names.js";
import { h, replace } from "../draw/dom.js";
import { sizes } from "../draw/format.js";
import { counterpart, keyOf, routinesOf, runOf } from "./runs.js";

/**
 * @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store
 * @typedef {import("../types.js").Step} Step @typedef {import("../types.js").SourceFile} SourceFile
 * @typedef {import("./runs.js").Routine} Routine @typedef {import("./runs.js").Run} Run
 * @typedef {{root: HTMLElement, key: string, steps: Step[], marks: HTMLElement, size: HTMLElement,
 *   routine: Routine | undefined}} Line
 */

/** Kinds that are marked beside a line, and steps that its shape's hint lists, at most. */
const [MARKED, LISTED] = [4, 8];

export class Code {
  /** @param {HTMLElement} root @param {HTMLElement} title @param {Doc} doc @param {Store} store */
  constructor(root, title, doc, store) {
    this.root = root;
    this.title = title;
    this.doc = doc;
    this.store = store;
    /** @type {Line[]} */
    this.lines = [];
    /** @type {Routine[]} */
    this.routines = [];
    /** Which run of each is shown. @type {Map<Routine, Run>} */
    this.runs = new Map();
    /** Where a function's runs are named. @type {Map<Routine, HTMLElement>} */
    this.notes = new Map();
    store.listen((_, changed) => {
      if (changed.has("structure")) this.rebuild();
      if (changed.has("step") || changed.has("structure")) this.mark();
    });
    new ResizeObserver(() => this.reveal()).observe(root);
    this.rebuild();
    this.mark();
  }

  rebuild() {
    const { files, code } = this.doc.structure;
    this.title.textContent = code;
    this.lines = [];
    this.routines = routinesOf(this.doc.steps);
    this.runs.clear();
    this.notes.clear();
    const shown = files.map((file, i) => h("section", { class: "file" }, h("h3", {}, file.name), this.listed(file, i)));
    replace(
      this.root,
      ...(shown.length ? shown : [h("p", { class: "says" }, "The source of this network was not found.")]),
    );
  }

  /**
   * A file's lines, and above the beginning of a function which run of it is shown.
   * @param {SourceFile} file @param {number} i
   */
  listed(file, i) {
    const noted = beginnings(file, i, this.routines);
    const items = file.lines.flatMap((parts, k) => [
      ...(noted.get(k) ?? []).map((routine) => this.note(routine)),
      h("li", {}, this.line(i, file.first + k, parts)),
    ]);
    return h("ol", { class: "lines" }, ...items);
  }

  /** @param {number} file @param {number} line @param {import("../types.js").Part[]} parts */
  line(file, line, parts) {
    const steps = this.doc.steps.filter((s) => s.lines.some((l) => l.file === file && l.line === line));
    const number = h("span", { class: "line-number", "aria-hidden": "true" }, line);
    const code = h("code", {}, ...painted(parts));
    if (!steps.length) return h("div", { class: "line" }, number, code);
    const key = keyOf({ file, line });
    const marks = h("span", { class: "kinds", "aria-hidden": "true" });
    const size = h("span", { class: "shape" });
    const root = h(
      "button",
      { type: "button", class: "line", "data-line": line, onclick: () => this.choose(made) },
      number,
      code,
      marks,
      size,
    );
    const routine = this.routines.find(({ lines }) => lines.has(key));
    /** @type {Line} */
    const made = { root, key, steps, marks, size, routine };
    this.lines.push(made);
    return root;
  }

  /** @param {Routine} routine */
  note(routine) {
    const note = h("li", { class: "run", "data-run": true });
    this.notes.set(routine, note);
    return note;
  }

  /** Those of a line's steps that the shown run performed; all where no run did. @param {Line} line */
  shown({ steps, routine }) {
    const run = routine && this.runs.get(routine);
    const own = run ? steps.filter((step) => run.steps.includes(step)) : steps;
    return own.length ? own : steps;
  }

  /** The line's first step in the run that is shown; again and again, its next. @param {Line} line */
  choose(line) {
    const at = line.steps.findIndex((s) => s.index === this.store.choice.step);
    const next = at < 0 ? this.shown(line)[0] : line.steps[(at + 1) % line.steps.length];
    choose(this.store, this.doc, { step: next.index });
  }

  mark() {
    const step = this.doc.steps[this.store.choice.step];
    for (const routine of this.routines) this.runs.set(routine, runOf(routine, step, this.runs.get(routine)));
    const holding = this.lines.filter((line) => line.steps.includes(step));
    const running = holding.filter((line) => line.routine);
    const count = (/** @type {Line} */ line) => this.shown(line).length;
    const fewest = Math.min(...(running.length ? running : holding).map(count));
    const chosen = (/** @type {Line} */ line) => (!running.length || line.routine) && count(line) === fewest;
    this.first = holding.find(chosen)?.root;
    for (const line of this.lines) {
      const own = holding.includes(line);
      line.root.classList.toggle("chosen", own && Boolean(chosen(line)));
      line.root.classList.toggle("on-the-way", own && !chosen(line));
      line.root.setAttribute("aria-pressed", String(own));
      this.label(line, own && chosen(line) ? step : null);
    }
    for (const [routine, note] of this.notes) this.name(routine, note, step);
    this.reveal();
  }

  /** What a line made in the run that is shown. @param {Line} line @param {Step | null} step the chosen one */
  label(line, step) {
    const steps = this.shown(line);
    const last = step ?? steps[steps.length - 1];
    line.size.textContent = sizes(last.shape);
    line.size.title = steps
      .slice(0, LISTED)
      .map((s) => `${titled(s)} ${sizes(s.shape)}`)
      .join("\n");
    const kinds = [...new Set(steps.map((s) => s.kind))].slice(0, MARKED);
    replace(line.marks, ...kinds.map((kind) => h("i", { class: kindClass(kind) })));
  }

  /**
   * Which run it is, and the way to the others.
   * @param {Routine} routine @param {HTMLElement} note @param {Step} step
   */
  name(routine, note, step) {
    const { runs } = routine;
    const run = /** @type {Run} */ (this.runs.get(routine));
    const at = runs.indexOf(run);
    const turn = (/** @type {number} */ by, /** @type {string} */ sign, /** @type {string} */ label) =>
      h(
        "button",
        {
          type: "button",
          "data-turn-run": by < 0 ? "before" : "after",
          "aria-label": label,
          title: label,
          disabled: !runs[at + by],
          onclick: () => choose(this.store, this.doc, { step: counterpart(run, runs[at + by], step).index }),
        },
        sign,
      );
    replace(
      note,
      turn(-1, "‹", "The run before"),
      h("span", {}, `run ${at + 1} of ${runs.length}: `, h("b", {}, run.name)),
      turn(1, "›", "The next run"),
    );
  }

  /** The chosen line in the middle of what is seen. */
  reveal() {
    const { root, first } = this;
    if (!first || root.scrollHeight <= root.clientHeight) return;
    root.scrollTop = first.offsetTop - (root.clientHeight - first.offsetHeight) / 2;
  }
}

/**
 * Above which of a file's lines the runs of a function are named: the one that defines it.
 * @param {SourceFile} file @param {number} i which one it is @param {Routine[]} routines
 */
function beginnings({ first, lines }, i, routines) {
  /** @type {Map<number, Routine[]>} */
  const found = new Map();
  for (const routine of routines.filter(({ runs }) => runs.length > 1)) {
    const own = [...routine.lines].map((key) => key.split(":").map(Number)).filter(([file]) => file === i);
    if (!own.length) continue;
    let at = Math.min(...own.map(([, line]) => line)) - first;
    while (at > 0 && !lines[at].some(([, what]) => what === "definition")) at -= 1;
    found.set(at, [...(found.get(at) ?? []), routine]);
  }
  return found;
}

/** A line in its colours. @param {import("../types.js").Part[]} parts */
function painted(parts) {
  return parts.length ? parts.map(([text, name]) => (name ? h("span", { class: name }, text) : text)) : [" "];
}

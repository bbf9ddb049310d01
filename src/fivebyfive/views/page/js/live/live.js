// The live page: whatever is drawn or chosen goes to the source of numbers, and the page shows what comes back.

import { wayOf } from "../back/gradients.js";
import { renew } from "../choice/choose.js";
import { byId } from "../draw/dom.js";
import { given } from "../panels/given.js";
import { Asker } from "./asker.js";
import { drawn, linked, wanted } from "./link.js";
import { Pad } from "./pad.js";
import { pictures } from "./pictures.js";
import { ofDrawing, REFUSED } from "./source.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */
/** @typedef {import("./source.js").Question} Question @typedef {import("./source.js").Source} Source */
/** @typedef {import("./source.js").Answered} Answered @typedef {import("./ask.js").Problem} Problem */

const BEFORE = "The page still shows the picture before.";

/** What is drawn, what lies below it in the pad, and who is asked. */
class Live {
  /** @param {Doc} doc @param {Store} store @param {Source} source @param {Question | null} first */
  constructor(doc, store, source, first) {
    this.doc = doc;
    this.store = store;
    this.source = source;
    this.asker = new Asker(
      source,
      (answered, asked) => this.take(answered, asked),
      (problem, asked) => this.tell(problem, asked),
      () => this.more(),
    );
    this.asker.last = first;
    /** What lies in the pad below the strokes. @type {Question | null} */
    this.below = first;
    const size = doc.structure.image ?? { height: 1, width: 1, channels: 1 };
    const heard = {
      send: (/** @type {import("./source.js").Picture} */ drawing) => {
        if (!this.pad.below) this.below = null;
        this.asker.ask(ofDrawing(drawing));
      },
      blank: () => this.blank(),
      again: () => this.below && this.asker.ask(this.below),
    };
    this.pad = new Pad(byId("pad"), heard, size, doc.structure.preparation === "digits");
    if (first) this.show(true);
    pictures(byId("pictures"), source, (question) => this.another(question), this.pad);
    this.open(location.hash, false);
    addEventListener("hashchange", (event) => this.open(new URL(event.newURL).hash, true));
  }

  /** The picture that a link asks for. @param {string} hash @param {boolean} anew whether it was not asked for yet */
  open(hash, anew) {
    const [question, strokes] = [wanted(hash), drawn(hash)];
    if (anew && !same(linked(question, strokes), this.doc.linked)) {
      if (question) this.another(question);
      else if (strokes.length) this.pad.below = null;
      else return;
    } else if (anew) return;
    this.pad.example &&= !question;
    if (!strokes.length) return;
    if (!question) this.pad.begin();
    this.pad.change(strokes);
  }

  /** @param {Answered} answered @param {Question} asked */
  take({ envelope, said }, asked) {
    const { doc, store, asker } = this;
    doc.take(envelope);
    if (this.source.server) doc.question = asked;
    const latest = asked === asker.last && !asker.outdated;
    if (latest && asked.way !== "drawing") {
      this.below = asked;
      this.show(false);
    }
    if (latest) doc.linked = linked(this.below, this.pad.strokes);
    renew(store, doc, new Set(envelope.fields.structure ? ["structure", "values", "step"] : ["values"]));
    if (!asker.outdated) byId("label").textContent = said;
    given(doc);
    document.documentElement.dataset.version = String(doc.version);
  }

  /** The picture that the network was given lies in the pad. @param {boolean} example */
  show(example) {
    const values = /** @type {Uint8Array | undefined} */ (this.doc.buffers.get("image"));
    const [height, width, channels] = this.doc.shapes.get("image") ?? [];
    if (values) this.pad.show({ height, width, channels, values }, example);
  }

  /** @param {Problem | null} problem @param {Question} asked */
  tell(problem, asked) {
    const { doc, store, asker } = this;
    const trouble = byId("trouble");
    // What is no digit yet, while one draws, is no trouble: it is said where the answer stands, and nothing moves.
    const unread = problem?.status === REFUSED && asked.way === "drawing";
    trouble.hidden = !problem || unread;
    trouble.textContent = !problem || unread ? "" : told(problem);
    if (unread && !asker.outdated) this.withdraw(problem.message);
    if (problem && !wayOf(doc)) store.set({ way: "forward" });
  }

  blank() {
    this.asker.outdated = true;
    this.withdraw("");
    byId("label").textContent = `The pad is blank. ${BEFORE}`;
  }

  /** No answer for what is on the pad, and why; "": the answer of the picture that is shown. @param {string} why */
  withdraw(why) {
    this.doc.unread = why;
    this.store.tell(new Set(["answer"]));
    if (why) byId("label").textContent = "";
  }

  /** What every question says beside the picture: which structure the page has, and whether it goes back, from what. */
  more() {
    const { way, label } = this.store.choice;
    const said = new URLSearchParams({ knows: this.doc.fields.digest ?? "" });
    if (way === "back") said.set("way", "back");
    if (way === "back" && label) said.set("label", label);
    return said;
  }

  /** Another picture has another right answer. @param {Question} question */
  another(question) {
    if (!this.store.choice.label) return this.asker.ask(question);
    this.asker.last = question;
    return this.store.set({ label: "" }); // which asks
  }
}

/** @param {Doc} doc @param {Store} store @param {import("./begin.js").Begun} begun */
export function live(doc, store, { source, said, question }) {
  if (!source) return;
  byId("source").hidden = false;
  doc.linked = linked(question, []);
  const { asker } = new Live(doc, store, source, question);
  byId("label").textContent = said;
  if (!source.server) return;
  store.listen((choice, changed) => {
    const needed = changed.has("way") && choice.way === "back" && !wayOf(doc);
    if (needed || changed.has("label")) asker.again();
  });
  if (store.choice.way === "back") asker.again();
}

/** @param {Problem} problem */
function told(problem) {
  return problem.status === REFUSED ? `${problem.message}. ${BEFORE}` : problem.message;
}

/** @param {Record<string, string>} a @param {Record<string, string>} b */
function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

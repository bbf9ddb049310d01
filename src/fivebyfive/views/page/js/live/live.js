// The live page: a picture goes to the server, its numbers come back. One request at a time; the newest picture wins.
// A request that takes long is given up for a newer one.

import { wayOf } from "../back/gradients.js";
import { answered } from "./ask.js";
import { renew } from "../choice/choose.js";
import { unpack } from "../document/envelope.js";
import { byId } from "../draw/dom.js";
import { given } from "../panels/given.js";
import { Pad } from "./pad.js";
import { pictures } from "./pictures.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../choice/store.js").Store} Store */
/** @typedef {{url: string, body: BodyInit | null, type: string}} Question */
/** @typedef {import("./ask.js").Problem} Problem */

const PATIENCE = 400;
/** After how many milliseconds a request is given up, once there is a newer picture. */
const SLOW = 3000;
/** The type of a drawing, a byte a pixel. */
const DRAWING = "application/octet-stream";
/** The status of a picture that cannot be read. */
const REFUSED = 422;
/** The picture that the page begins with. @type {Question} */
const FIRST = { url: "api/mnist/0", body: null, type: "" };
const BEFORE = "The page still shows the picture before.";

/** The network, and the first picture's numbers if the server has a picture to begin with. */
export async function fetchDocument() {
  // The token is a cookie by now; in the address it would be shown, copied and kept in the browser's history.
  if (new URLSearchParams(location.search).has("token")) {
    history.replaceState(null, "", location.pathname + location.hash);
  }
  const ask = async (/** @type {string} */ url) => unpack(await (await answered(fetch(url))).arrayBuffer());
  const [network, first] = await Promise.all([ask("api/network"), ask(FIRST.url).catch(() => null)]);
  return { envelopes: first ? [network, first] : [network], question: first && FIRST };
}

/** Asks one question at a time; while one is under way only the newest of the others is kept. */
export class Asker {
  /**
   * @param {(bytes: ArrayBuffer, response: Response, asked: Question) => void} take
   * @param {(problem: Problem | null, asked: Question) => void} tell
   * @param {() => URLSearchParams} more what every question says beside the picture
   */
  constructor(take, tell, more) {
    this.take = take;
    this.more = more;
    this.tell = tell;
    /** @type {Question | null} */
    this.next = null;
    /** What was asked last, to ask it again. @type {Question | null} */
    this.last = null;
    this.busy = false;
    /** Of the request that is under way. @type {AbortController | null} */
    this.under = null;
    /** Whether what was asked is no longer on the pad: an answer that comes late must not wipe out the hint. */
    this.outdated = false;
  }

  /** @param {Question} question */
  ask(question) {
    this.next = this.last = question;
    this.outdated = false;
    if (!this.busy) this.run();
  }

  /** Ask the same once more, in another way: of what is no longer on the pad nothing is heard. */
  again() {
    const { outdated, last } = this;
    if (last) this.ask(last);
    this.outdated = outdated;
  }

  /** A request's end: given up when it has been under way for long and there is a newer picture, now or later. */
  overtaken() {
    const under = new AbortController();
    const giveUp = () => {
      if (under !== this.under) return;
      if (this.next) under.abort();
      else setTimeout(giveUp, PATIENCE);
    };
    setTimeout(giveUp, SLOW);
    return under;
  }

  async run() {
    this.busy = true;
    while (this.next) {
      const { url, body, type } = this.next;
      const asked = this.next;
      this.next = null;
      this.under = this.overtaken();
      try {
        const { signal } = this.under;
        const known = `${url}${url.includes("?") ? "&" : "?"}${this.more()}`;
        const response = await answered(
          fetch(
            known,
            body === null ? { signal } : { method: "POST", body, headers: { "Content-Type": type }, signal },
          ),
        );
        this.take(await response.arrayBuffer(), response, asked);
        this.tell(null, asked);
      } catch (error) {
        await this.later(asked, /** @type {Problem} */ (error));
      }
      this.under = null;
    }
    this.busy = false;
  }

  /**
   * Too busy: wait and send the newest picture. Anything else: say it.
   * @param {Question} asked @param {Problem} error
   */
  async later(asked, error) {
    if (error.name === "AbortError") return undefined;
    if (error.status !== 429) return this.tell(error, asked);
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    this.next ??= asked;
    return undefined;
  }
}

/** @param {Doc} doc @param {Store} store */
export function live(doc, store) {
  byId("source").hidden = false;
  const trouble = byId("trouble");
  const asker = new Asker(
    (bytes, response, asked) => {
      const envelope = unpack(bytes);
      doc.take(envelope);
      doc.question = asked;
      renew(store, doc, new Set(envelope.fields.structure ? ["structure", "values", "step"] : ["values"]));
      if (!asker.outdated) label(response.headers.get("Fivebyfive-Label"));
      given(doc);
      document.documentElement.dataset.version = String(doc.version);
    },
    (problem, asked) => {
      // What is no digit yet, while one draws, is no trouble: it is said where the answer stands, and nothing moves.
      const unread = problem?.status === REFUSED && asked.type === DRAWING;
      trouble.hidden = !problem || unread;
      trouble.textContent = !problem || unread ? "" : told(problem);
      if (unread && !asker.outdated) withdraw(doc, store, problem.message);
      if (problem && !wayOf(doc)) store.set({ way: "forward" });
    },
    () => more(doc, store),
  );
  asker.last = doc.buffers.has("output/0") ? FIRST : null;
  store.listen((choice, changed) => {
    const wanted = changed.has("way") && choice.way === "back" && !wayOf(doc);
    if (wanted || changed.has("label")) asker.again();
  });
  if (store.choice.way === "back") asker.again();
  const draw = (/** @type {Uint8Array} */ bytes, /** @type {number} */ size) =>
    asker.ask({ url: `api/explain?width=${size}&height=${size}`, body: /** @type {any} */ (bytes), type: DRAWING });
  const blank = () => {
    asker.outdated = true;
    withdraw(doc, store, "");
    byId("label").textContent = `The pad is blank. ${BEFORE}`;
  };
  const pad = new Pad(byId("pad"), draw, blank);
  pictures(byId("pictures"), { ask: (question) => another(asker, store, question) }, pad);
}

/**
 * What every question says beside the picture: which structure the page has, and whether it goes back, from what.
 * @param {Doc} doc @param {Store} store
 */
function more(doc, store) {
  const { way, label } = store.choice;
  const said = new URLSearchParams({ knows: doc.fields.digest ?? "" });
  if (way === "back") said.set("way", "back");
  if (way === "back" && label) said.set("label", label);
  return said;
}

/**
 * Another picture has another right answer.
 * @param {Asker} asker @param {Store} store @param {Question} question
 */
function another(asker, store, question) {
  if (!store.choice.label) return asker.ask(question);
  asker.last = question;
  return store.set({ label: "" }); // which asks
}

/** @param {Problem} problem */
function told(problem) {
  return problem.status === REFUSED ? `${problem.message}. ${BEFORE}` : problem.message;
}

/**
 * No answer for what is on the pad, and why; "": the answer of the picture that is shown.
 * @param {Doc} doc @param {Store} store @param {string} why
 */
function withdraw(doc, store, why) {
  doc.unread = why;
  store.tell(new Set(["answer"]));
  if (why) byId("label").textContent = "";
}

/** @param {string | null} text */
function label(text) {
  byId("label").textContent = text ? `MNIST says: ${text}` : "";
}

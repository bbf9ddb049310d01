// The honest test: what the network really answers with a patch covered, or a map switched off. A file brings the
// answers along; a live page asks the server, one question at a time, the newest next.

import { h, replace } from "../draw/dom.js";
import { number, percent } from "../draw/format.js";
import { askWhy } from "./server.js";

/**
 * @typedef {import("./accounts.js").Accounts} Accounts @typedef {import("./accounts.js").Outcome} Outcome
 * @typedef {{kind: "patch", y: number, x: number, size: number} | {kind: "map", step: number, channel: number}} Change
 */

export class Trial {
  /** @param {import("../document/document.js").Doc} doc */
  constructor(doc) {
    this.doc = doc;
    this.says = h("p", { class: "says", "data-why-outcome": true, "aria-live": "polite" });
    /** @type {(() => Promise<void>) | null} */
    this.next = null;
    this.busy = false;
  }

  /**
   * Say what becomes of the number. @param {Accounts} accounts @param {number} a @param {number | null} b
   * @param {Change} change
   */
  async try(accounts, a, b, change) {
    if (!this.doc.question) return this.tell(accounts, a, b, change, held(accounts, a, b, change, this.doc));
    this.next = async () => {
      const outcome = await this.ask(accounts, a, b, change).catch((/** @type {Error} */ error) => error);
      if (outcome instanceof Error) replace(this.says, outcome.message);
      else this.tell(accounts, a, b, change, outcome);
    };
    if (this.busy) return;
    this.busy = true;
    while (this.next) {
      const run = this.next;
      this.next = null;
      await run();
    }
    this.busy = false;
  }

  /**
   * @param {Accounts} accounts @param {number} a @param {number | null} b @param {Change} change
   * @returns {Promise<Outcome>}
   */
  async ask(accounts, a, b, change) {
    const { classes } = accounts.why;
    /** @type {Record<string, number | null>} */
    const asked =
      change.kind === "patch"
        ? { y: change.y, x: change.x, size: change.size }
        : { step: change.step, channel: change.channel };
    const question = /** @type {import("../live/source.js").Question} */ (this.doc.question);
    const { numbers, answer } = (await askWhy(question, { ...asked, class: classes[a] })).fields.changed;
    return { value: numbers[classes[a]] - (b === null ? 0 : numbers[classes[b]]), answer };
  }

  /**
   * @param {Accounts} accounts @param {number} a @param {number | null} b @param {Change} change
   * @param {Outcome | null} outcome
   */
  tell(accounts, a, b, change, outcome) {
    if (!outcome) return replace(this.says, "This file does not hold that test; the live page makes it.");
    const before = accounts.value(a, b);
    const expected = before - contribution(accounts, a, b, change);
    const name = change.kind === "patch" ? "" : this.doc.steps[change.step].name;
    const what =
      change.kind === "patch"
        ? `With a black patch of ${change.size}×${change.size} at y ${change.y}, x ${change.x}`
        : `With channel ${change.channel} of ${name} switched off`;
    replace(
      this.says,
      `${what}, ${accounts.said(a, b)} goes from `,
      number(before),
      " to ",
      number(outcome.value, { "data-why-after": true }),
      ". By the contributions it would be ",
      number(expected, { "data-why-expected": true }),
      ".",
      outcome.answer && " The answer is then ",
      outcome.answer && h("b", { "data-why-answer": true }, outcome.answer.label),
      outcome.answer && `, ${percent(outcome.answer.probability)}.`,
    );
    return undefined;
  }
}

/**
 * What came with the file. @param {Accounts} accounts @param {number} a @param {number | null} b
 * @param {Change} change @param {import("../document/document.js").Doc} doc
 */
function held(accounts, a, b, change, doc) {
  const { classes } = doc.structure;
  if (change.kind === "map") {
    return change.step === accounts.why.off ? accounts.tested("why-off", change.channel, a, b, classes) : null;
  }
  const at = accounts.patchAt(change.y, change.x);
  return at && accounts.tested("why-patch", at.row * at.columns + at.column, a, b, classes);
}

/**
 * What was changed had contributed so much. @param {Accounts} accounts @param {number} a @param {number | null} b
 * @param {Change} change
 */
export function contribution(accounts, a, b, change) {
  if (change.kind === "map") return accounts.maps(a, b).get(change.step)?.[change.channel] ?? NaN;
  const { values, height, width } = accounts.pixels(a, b);
  let sum = 0;
  for (let y = change.y; y < Math.min(height, change.y + change.size); y++) {
    for (let x = change.x; x < Math.min(width, change.x + change.size); x++) sum += values[y * width + x];
  }
  return sum;
}

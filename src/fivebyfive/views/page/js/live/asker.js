// One question at a time goes to the source of numbers, a server or the page's own network; the newest picture wins.
// A question that takes long is given up for a newer one.

/** @typedef {import("./ask.js").Problem} Problem @typedef {import("./source.js").Question} Question */
/** @typedef {import("./source.js").Source} Source @typedef {import("./source.js").Answered} Answered */

const PATIENCE = 400;
/** After how many milliseconds a request is given up, once there is a newer picture. */
const SLOW = 3000;

/** Asks one question at a time; while one is under way only the newest of the others is kept. */
export class Asker {
  /**
   * @param {Source} source
   * @param {(answered: Answered, asked: Question) => void} take
   * @param {(problem: Problem | null, asked: Question) => void} tell
   * @param {() => URLSearchParams} more what every question says beside the picture
   */
  constructor(source, take, tell, more) {
    this.source = source;
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
    document.documentElement.dataset.asking = "true";
    while (this.next) {
      const asked = this.next;
      this.next = null;
      this.under = this.overtaken();
      try {
        this.take(await this.source.answer(asked, this.more(), this.under.signal), asked);
        this.tell(null, asked);
      } catch (error) {
        await this.later(asked, /** @type {Problem} */ (error));
      }
      this.under = null;
    }
    this.busy = false;
    delete document.documentElement.dataset.asking;
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

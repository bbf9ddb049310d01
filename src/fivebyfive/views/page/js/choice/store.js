// What is chosen on the page, in one place; whoever draws listens.

/**
 * @typedef {{way: "forward" | "back", tap: number, step: number, channel: number, y: number, x: number, source: number,
 *   label: string, scale: "map" | "step" | "all",
 *   folded: Set<string>, size: "fit" | "small" | "large", progress: number | null,
 *   stop: string, held: {y: number, x: number, channel: number} | null, pointed: boolean}} Choice
 *   `way`: which way through the network is shown; `tap`: the cell of the filter whose gradient is shown, row by row;
 *   `label`: what the answer is compared with, "" for what is known of the picture;
 *   `source`: the input channel whose window is shown; `progress`: how many cells the animation has computed;
 *   `stop`: of the tour, "" for none;
 *   `held`: the chosen pixel, while the pointer is over another; `pointed`: the reader chose the place, it goes along
 * @typedef {(choice: Choice, changed: Set<string>) => void} Listener
 */

export class Store {
  /** @param {Choice} choice */
  constructor(choice) {
    this.choice = choice;
    /** @type {Listener[]} */
    this.listeners = [];
  }

  /** @param {Listener} listener */
  listen(listener) {
    this.listeners.push(listener);
  }

  /** @param {Partial<Choice>} patch */
  set(patch) {
    const changed = new Set(
      Object.keys(patch).filter((name) => Reflect.get(this.choice, name) !== Reflect.get(patch, name)),
    );
    if (!changed.size) return;
    this.choice = { ...this.choice, ...patch };
    this.tell(changed);
  }

  /** Tell everybody, e.g. that the numbers are new. @param {Set<string>} changed */
  tell(changed) {
    for (const listener of this.listeners) listener(this.choice, changed);
  }
}

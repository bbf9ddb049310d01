// A finger on a map: one that goes up or down moves the page, one that goes to a side points, and so does a tap.

/** Pixels that a finger moves without meaning it. */
const STILL = 6;

/** @typedef {{clientX: number, clientY: number}} Point */

export class Finger {
  constructor() {
    /** @type {Point} */
    this.from = { clientX: 0, clientY: 0 };
    this.points = false;
  }

  /** @param {Point} point */
  down({ clientX, clientY }) {
    this.from = { clientX, clientY };
    this.points = false;
  }

  /** Whether it points by now, and not only later moves the page. @param {Point} point */
  moved({ clientX, clientY }) {
    const [across, along] = [Math.abs(clientX - this.from.clientX), Math.abs(clientY - this.from.clientY)];
    this.points ||= across > STILL && across > along;
    return this.points;
  }
}

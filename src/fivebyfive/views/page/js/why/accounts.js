// The accounts that were sent: of some classes each, and of one over another their difference, because an account is
// linear in its class.

/**
 * @typedef {[number, number, string]} Share the step, the amount, and of which sort
 * @typedef {{value: number, inputs: number[], shares: Share[]}} Account
 * @typedef {{classes: number[], names: string[], asked: [number, number | null], number: string, ends: string,
 *   notes: string[], limits: string[], inputs: number[], steps: number[], accounts: Account[], cam: number | null,
 *   patch: {size: number, stride: number} | null, off: number | null}} Why as views/page/why.py says
 * @typedef {{step: number | null, amount: number, sort: string}} Part `step`: null for the pixels, or for many
 * @typedef {{value: number, answer: {label: string, probability: number} | null}} Outcome of a test
 * @typedef {{fields: Record<string, any>, buffers: Map<string, ArrayLike<number>>, shapes: Map<string, number[]>}} Sent
 */

/** A share below this part of the largest is rounding, and none is shown that small. */
const NOTHING = 1e-5;

export class Accounts {
  /** @param {Sent} sent @param {{index: number, shape: {channels: number}}[]} steps the network's */
  constructor(sent, steps) {
    this.why = /** @type {Why} */ (sent.fields.why);
    this.sent = sent;
    this.steps = steps;
  }

  /**
   * The number of one class, or how far it is above another's. @param {number} a @param {number | null} b places among
   * the classes that were sent
   */
  value(a, b) {
    const { accounts } = this.why;
    return accounts[a].value - (b === null ? 0 : accounts[b].value);
  }

  /** "the logit of 9 over that of 4" @param {number} a @param {number | null} b */
  said(a, b) {
    const { number, names } = this.why;
    return `${number} of ${names[a]}${b === null ? "" : ` over that of ${names[b]}`}`;
  }

  /** A buffer of one class, less the other's. @param {string} name @param {number} a @param {number | null} b */
  less(name, a, b) {
    const [one, other] = [
      this.sent.buffers.get(`${name}/${a}`),
      b === null ? null : this.sent.buffers.get(`${name}/${b}`),
    ];
    return Float32Array.from(one ?? [], (value, i) => value - (other ? other[i] : 0));
  }

  /** What each pixel contributed. @param {number} a @param {number | null} b */
  pixels(a, b) {
    const [height, width] = this.sent.shapes.get("why-pixels/0") ?? [1, 1];
    return { values: this.less("why-pixels", a, b), height, width };
  }

  /** Grad-CAM of the step that has it; for one class over another the difference of what it is made of. */
  cam(/** @type {number} */ a, /** @type {number | null} */ b) {
    const [height, width] = this.sent.shapes.get("why-cam/0") ?? [1, 1];
    return { values: this.less("why-cam", a, b).map((value) => Math.max(0, value)), height, width };
  }

  /** What each map contributed, by the step. @param {number} a @param {number | null} b */
  maps(a, b) {
    const all = this.less("why-maps", a, b);
    const found = new Map();
    let from = 0;
    for (const step of this.why.steps) {
      const to = from + this.steps[step].shape.channels;
      found.set(step, all.subarray(from, to));
      from = to;
    }
    return found;
  }

  /**
   * What adds up to the number: the pixels, then what the steps added, in order; the small ones together.
   * @param {number} a @param {number | null} b @param {number} most so many parts
   * @returns {Part[]}
   */
  parts(a, b, most) {
    const inputs = this.why.inputs.map((step, i) => ({
      step: this.why.inputs.length > 1 ? step : null,
      amount: this.why.accounts[a].inputs[i] - (b === null ? 0 : this.why.accounts[b].inputs[i]),
      sort: "pixels",
    }));
    const shares = this.shares(a, b);
    const least = NOTHING * Math.max(...shares.map((s) => Math.abs(s.amount)), Math.abs(this.value(a, b)));
    const large = shares.filter((s) => s.sort !== "rounding" && Math.abs(s.amount) > least);
    const kept = new Set([...large].sort((p, q) => Math.abs(q.amount) - Math.abs(p.amount)).slice(0, most));
    const listed = [...inputs, ...large.filter((share) => kept.has(share))];
    const rest = this.value(a, b) - listed.reduce((sum, part) => sum + part.amount, 0);
    if (large.length > kept.size) {
      listed.push({ step: null, amount: rest, sort: `${large.length - kept.size} smaller` });
    }
    return listed;
  }

  /** @param {number} a @param {number | null} b @returns {{step: number, amount: number, sort: string}[]} */
  shares(a, b) {
    const found = new Map();
    for (const [place, sign] of [[a, 1], ...(b === null ? [] : [[b, -1]])]) {
      for (const [step, amount, sort] of this.why.accounts[place].shares) {
        const before = found.get(step) ?? { step, amount: 0, sort: "rounding" };
        found.set(step, {
          step,
          amount: before.amount + sign * amount,
          sort: before.sort === "rounding" ? sort : before.sort,
        });
      }
    }
    return [...found.values()].sort((p, q) => p.step - q.step);
  }

  /** Where the sliding patch begins, nearest to a place. @param {number} y @param {number} x */
  patchAt(y, x) {
    const { patch } = this.why;
    if (!patch) return null;
    const [rows, columns] = this.sent.shapes.get("why-patch") ?? [1, 1];
    const near = (/** @type {number} */ at, /** @type {number} */ count) =>
      Math.max(0, Math.min(count - 1, Math.round(at / patch.stride)));
    return { row: near(y, rows), column: near(x, columns), size: patch.size, stride: patch.stride, columns };
  }

  /**
   * The number and the answer after a test that came with the file.
   * @param {"why-patch" | "why-off"} name @param {number} index @param {number} a @param {number | null} b
   * @param {string[]} classes
   * @returns {Outcome | null}
   */
  tested(name, index, a, b, classes) {
    const numbers = this.sent.buffers.get(name);
    if (!numbers) return null;
    const count = this.why.classes.length;
    const value = numbers[index * count + a] - (b === null ? 0 : numbers[index * count + b]);
    const [answer, share] = [this.sent.buffers.get(`${name}-answer`), this.sent.buffers.get(`${name}-share`)];
    return {
      value,
      answer:
        answer && share ? { label: classes[answer[index]] ?? String(answer[index]), probability: share[index] } : null,
    };
  }

  /**
   * For each pixel how far the number fell, on average over the patches on it.
   * @param {number} a @param {number | null} b
   */
  falls(a, b) {
    const { height, width } = this.pixels(a, b);
    const [rows, columns, count] = this.sent.shapes.get("why-patch") ?? [0, 0, 1];
    const numbers = this.sent.buffers.get("why-patch") ?? [];
    const { size, stride } = this.why.patch ?? { size: 1, stride: 1 };
    const [values, times] = [new Float32Array(height * width), new Uint32Array(height * width)];
    for (let i = 0; i < rows * columns; i++) {
      const fall = this.value(a, b) - numbers[i * count + a] + (b === null ? 0 : numbers[i * count + b]);
      const [top, left] = [Math.floor(i / columns) * stride, (i % columns) * stride];
      for (let y = top; y < Math.min(height, top + size); y++) {
        for (let x = left; x < Math.min(width, left + size); x++) {
          values[y * width + x] += fall;
          times[y * width + x] += 1;
        }
      }
    }
    return { values: values.map((sum, i) => sum / Math.max(1, times[i])), height, width };
  }
}

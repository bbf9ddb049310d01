// The sum behind one number, of every kind that has one: its terms, its bias, its total.

import assert from "node:assert/strict";
import { test } from "node:test";
import { count, doc, shape, step } from "./support.js";

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };
const ONE = { top: 1, bottom: 1, left: 1, right: 1 };
const window = (size, more = {}) => ({ kernel: [size, size], stride: [1, 1], padding: NONE, ...more });

test("a convolution multiplies the window by the filter, over all input maps, and adds the bias", () => {
  const steps = [step(0, "input", shape(2, 3, 3)), step(1, "convolution", shape(1, 2, 2), { attributes: window(2) })];
  const weights = [1, 2, 3, 4, -1, 0, 0, 1];
  const held = { "output/0": count(18), "weight/1": [[1, 2, 2, 2], weights], "bias/1": [0.5] };
  const found = doc(steps, held).sum(steps[1], { channel: 0, y: 1, x: 0 });
  assert.deepEqual(
    found.terms.map((term) => term.value),
    [4, 5, 7, 8, 13, 14, 16, 17],
  );
  assert.equal(found.total, 4 + 10 + 21 + 32 - 13 + 17 + 0.5);
});

test("what lies beyond the edge is zero, mirrored, repeated, or comes from the other side", () => {
  const expected = { zeros: 0, reflect: 5, replicate: 1, circular: 9 };
  for (const [mode, value] of Object.entries(expected)) {
    const attributes = window(3, { padding: ONE, padding_mode: mode });
    const steps = [step(0, "input", shape(1, 3, 3)), step(1, "convolution", shape(1, 3, 3), { attributes })];
    const held = { "output/0": count(9), "weight/1": [[1, 1, 3, 3], count(9)] };
    const [corner] = doc(steps, held).sum(steps[1], { channel: 0, y: 0, x: 0 }).terms;
    assert.deepEqual([corner.value, corner.padding, corner.y, corner.x], [value, true, -1, -1], mode);
  }
});

test("a group reads its own maps alone", () => {
  const attributes = window(1, { groups: 2 });
  const steps = [step(0, "input", shape(4, 1, 1)), step(1, "convolution", shape(2, 1, 1), { attributes })];
  const held = {
    "output/0": count(4),
    "weight/1": [
      [2, 2, 1, 1],
      [1, 1, 10, 10],
    ],
  };
  const found = doc(steps, held).sum(steps[1], { channel: 1, y: 0, x: 0 });
  assert.deepEqual([found.terms[0].channel, found.total], [2, 70]);
});

test("a transposed convolution adds up what falls on one place", () => {
  const attributes = window(2, { stride: [2, 2] });
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "transposed", shape(1, 4, 4), { attributes })];
  const held = { "output/0": count(4), "weight/1": [[1, 1, 2, 2], count(4, 10)] };
  assert.equal(doc(steps, held).sum(steps[1], { channel: 0, y: 3, x: 2 }).total, 4 * 12);
});

test("the largest value wins, padding never, and what is no number always", () => {
  const attributes = window(2, { padding: ONE, pooling: "max" });
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "maximum", shape(1, 3, 3), { attributes })];
  const at = { channel: 0, y: 0, x: 0 };
  assert.equal(doc(steps, { "output/0": [-5, -1, -2, -3] }).sum(steps[1], at).total, -5);
  assert.equal(doc(steps, { "output/0": [-5, -1, NaN, -3] }).sum(steps[1], { ...at, y: 1, x: 1 }).total, NaN);
});

test("a mean divides by the cells inside, by all where the code counts padding, or by what the code says", () => {
  const mean = (more) => {
    const attributes = window(2, { padding: ONE, pooling: "mean", ...more });
    const steps = [step(0, "input", shape(1, 2, 2)), step(1, "mean", shape(1, 3, 3), { attributes })];
    return doc(steps, { "output/0": [8, 4, 4, 8] }).sum(steps[1], { channel: 0, y: 0, x: 1 }).total;
  };
  assert.equal(mean({}), 6);
  assert.equal(mean({ count_include_pad: true }), 3);
  assert.equal(mean({ divisor: 12 }), 1);
});

test("an adaptive mean takes parts that are about as large", () => {
  const attributes = { pooling: "mean", adaptive: true };
  const steps = [step(0, "input", shape(1, 1, 5)), step(1, "mean", shape(1, 1, 2), { attributes })];
  const found = doc(steps, { "output/0": count(5) }).sum(steps[1], { channel: 0, y: 0, x: 1 });
  assert.deepEqual(
    found.terms.map((term) => term.value),
    [3, 4, 5],
  );
});

test("a matrix too large to send keeps its strongest products, and the rest as one number", () => {
  const steps = [step(0, "input", shape(4)), step(1, "matrix", shape(1))];
  const whole = doc(steps, {
    "output/0": count(4),
    "weight/1": [
      [1, 4],
      [1, 2, 3, 4],
    ],
    "bias/1": [1],
  });
  assert.equal(whole.sum(steps[1], { channel: 0, y: 0, x: 0 }).total, 31);
  const strongest = {
    "strongest/1": [
      [1, 2],
      [3, 2],
    ],
    "strongest-weight/1": [
      [1, 2],
      [4, 3],
    ],
  };
  const cut = doc(steps, { "output/0": count(4), "output/1": [31], "bias/1": [1], ...strongest });
  const found = cut.sum(steps[1], { channel: 0, y: 0, x: 0 });
  assert.deepEqual([found.left, found.remainder], [2, 5]);
});

test("a kind without a sum has none, nor has a form that no file knows", () => {
  const steps = [step(0, "input", shape(1)), step(1, "constructor", shape(1))];
  const made = doc(steps, { "output/0": [1], "output/1": [1] });
  for (const each of steps) assert.equal(made.sum(each, { channel: 0, y: 0, x: 0 }), null);
});

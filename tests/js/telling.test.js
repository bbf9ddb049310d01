// One number in words: what it was before, and what came of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { count, doc, KINDS, marked, shape, step } from "./support.js";

function told(form, more, buffers, at = { channel: 0, y: 0, x: 0 }, size = shape(4)) {
  const steps = [step(0, "input", size), step(1, form, size, more)];
  const made = doc(steps, buffers);
  return KINDS[form].tell(made, steps[1], at);
}

const all = { channels: 4, rows: true, columns: true };
const [first, second] = [Math.exp(1), Math.exp(2)];

test("a share is a power of e over the sum of all", () => {
  const held = { "output/0": [0, 1, 2, -Infinity] };
  const parts = told("softmax", { op: "softmax", attributes: { over: all } }, held, { channel: 1, y: 0, x: 0 });
  assert.ok(Math.abs(marked(parts, "data-sum")[0] - first / (1 + first + second)) < 1e-12);
});

test("its logarithm, and the share of the numbers with the other sign", () => {
  const held = { "output/0": [0, 1, 2, 3] };
  const sum = [0, 1, 2, 3].reduce((s, z) => s + Math.exp(z), 0);
  const logarithm = told("softmax", { op: "log_softmax", attributes: { over: all } }, held);
  assert.ok(Math.abs(marked(logarithm, "data-sum")[0] + Math.log(sum)) < 1e-12);
  const smallest = told("softmax", { op: "softmin", attributes: { over: all } }, held, { channel: 3, y: 0, x: 0 });
  assert.ok(Math.abs(marked(smallest, "data-sum")[0] - 1 / sum) < 1e-12);
});

test("a softmax along the columns of a map takes its own row alone", () => {
  const over = { channels: 1, rows: false, columns: true };
  const more = { op: "softmax", attributes: { over } };
  const parts = told("softmax", more, { "output/0": [0, 0, 5, 7] }, { channel: 0, y: 0, x: 1 }, shape(1, 2, 2));
  assert.deepEqual(marked(parts, "data-sum"), [0.5]);
});

test("a normalization by its own statistics measures the values that belong together", () => {
  const attributes = { eps: 0, over: { channels: 2, rows: true, columns: true } };
  const parts = told(
    "normalization",
    { op: "group_norm", attributes },
    { "output/0": [9, 9, 1, 3] },
    { channel: 3, y: 0, x: 0 },
  );
  assert.deepEqual(marked(parts, "data-sum"), [1]);
  assert.match(parts[1].textContent, /mean of 2 values 2\.000, variance 1\.000/);
});

test("a root mean square has no mean, and may have learned a scale for each place", () => {
  const attributes = { eps: 0, over: { channels: 1, rows: true, columns: true } };
  const held = { "output/0": [3, 3, 3, 3], "weight/1": [1, 2, 3, 4] };
  const parts = told("normalization", { op: "rms_norm", attributes }, held, { channel: 0, y: 1, x: 0 }, shape(1, 2, 2));
  assert.deepEqual(marked(parts, "data-sum"), [3]);
});

test("a function is told with the formula that the document brings, its channel's own where it has one", () => {
  const attributes = { formulas: count(4).map((n) => `${n}·x`) };
  const held = { "output/0": count(4), "output/1": [1, 4, 9, 16] };
  const parts = told("activation", { op: "prelu", attributes }, held, { channel: 2, y: 0, x: 0 });
  assert.equal(parts.at(-1).textContent, "prelu(x) = 3·x");
  assert.deepEqual([...marked(parts, "data-value-in"), ...marked(parts, "data-sum")], [3, 9]);
});

test("a sum names each part", () => {
  const steps = [step(0, "input", shape(1)), step(1, "input", shape(1), { inputs: [] })];
  const made = doc([...steps, step(2, "sum", shape(1), { inputs: [0, 1] })], { "output/0": [2], "output/1": [-3] });
  const parts = KINDS.sum.tell(made, made.steps[2], { channel: 0, y: 0, x: 0 });
  assert.equal(parts[0].textContent, "2.000+(−3.000)=−1.000");
  assert.deepEqual(marked(parts, "data-sum"), [-1]);
});

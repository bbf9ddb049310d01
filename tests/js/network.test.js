// The network on the page: a whole output is the sum at each of its places, and all steps follow from the first.

import assert from "node:assert/strict";
import { test } from "node:test";
import { brought, forward } from "../../src/fivebyfive/views/page/js/network/forward.js";
import { once } from "../../src/fivebyfive/views/page/js/network/once.js";
import { erf, erfc } from "../../src/fivebyfive/views/page/js/network/erf.js";
import { countOf, placeOf } from "../../src/fivebyfive/views/page/js/sums/places.js";
import { count, doc, shape, step } from "./support.js";

/** Numbers of some sizes and both signs. */
const some = (n, from = 0) => count(n).map((i) => Math.round(7 * Math.sin(3 * (i + from))) / 4);

/** The whole output of a second step is what its kind says of each place alone. */
function assertWhole(form, from, to, attributes, buffers = {}) {
  const made = doc([step(0, "input", from), step(1, form, to, { attributes })], {
    "output/0": some(countOf(from)),
    ...buffers,
  });
  const whole = made.output(1);
  assert.equal(whole.length, countOf(to));
  whole.forEach((value, i) => {
    const { total } = made.sum(made.steps[1], placeOf(to, i));
    assert.ok(
      Math.abs(value - total) <= 1e-5 * Math.max(1, Math.abs(total)),
      `${form} at ${i}: ${value}, not ${total}`,
    );
  });
}

const sides = (top, bottom = top, left = top, right = left) => ({ top, bottom, left, right });

/** Filters and a bias for step 1. */
const filters = (...size) => ({
  "weight/1": [
    size,
    some(
      size.reduce((a, b) => a * b),
      5,
    ),
  ],
  "bias/1": some(size[0], 9),
});

test("a convolution, however its window moves", () => {
  const plain = { kernel: [3, 2], stride: [1, 1], padding: sides(1, 1, 0, 1) };
  assertWhole("convolution", shape(2, 5, 4), shape(3, 5, 4), plain, filters(3, 2, 3, 2));
  const far = { kernel: [2, 3], stride: [2, 3], dilation: [3, 1], padding: sides(2) };
  assertWhole("convolution", shape(1, 7, 7), shape(5, 4, 3), far, filters(5, 1, 2, 3));
  const apart = { kernel: [3, 3], stride: [2, 2], padding: sides(1), groups: 4 };
  assertWhole("convolution", shape(4, 6, 6), shape(4, 3, 3), apart, filters(4, 1, 3, 3));
  assertWhole("convolution", shape(4, 6, 6), shape(8, 3, 3), { ...apart, groups: 2 }, filters(8, 2, 3, 3));
});

test("a convolution whose padding repeats the picture", () => {
  for (const mode of ["zeros", "reflect", "replicate", "circular"]) {
    const attributes = { kernel: [3, 3], stride: [1, 1], padding: sides(2, 1, 1, 2), padding_mode: mode };
    assertWhole("convolution", shape(1, 4, 5), shape(2, 5, 6), attributes, filters(2, 1, 3, 3));
  }
});

test("a window that ends before the edge, and one value alone", () => {
  const attributes = { kernel: [2, 2], stride: [2, 2], padding: sides(0) };
  assertWhole("convolution", shape(1, 5, 3), shape(1, 2, 1), attributes, filters(1, 1, 2, 2));
  assertWhole("convolution", shape(3), shape(2), { ...attributes, kernel: [1, 1] }, filters(2, 3, 1, 1));
});

test("a transposed convolution", () => {
  const attributes = { kernel: [3, 2], stride: [2, 2], padding: sides(1, 1, 0, 0), dilation: [1, 2], groups: 2 };
  assertWhole("transposed", shape(4, 3, 3), shape(2, 5, 8), attributes, filters(2, 2, 3, 2));
});

test("a mean, with and without padding, and over the edge", () => {
  const windowed = { kernel: [3, 3], stride: [2, 2], padding: sides(1), pooling: "mean" };
  assertWhole("mean", shape(2, 5, 6), shape(2, 3, 4), windowed);
  assertWhole("mean", shape(2, 5, 6), shape(2, 3, 4), { ...windowed, count_include_pad: true });
  assertWhole("mean", shape(2, 5, 5), shape(2, 3, 3), { ...windowed, divisor: 5 });
  assertWhole("mean", shape(1, 5, 7), shape(1, 2, 3), { adaptive: true, pooling: "mean" });
});

test("a maximum of negative values beside padding", () => {
  const windowed = { kernel: [3, 3], stride: [2, 2], padding: sides(1), dilation: [2, 1], pooling: "max" };
  assertWhole("maximum", shape(2, 7, 6), shape(2, 3, 3), windowed);
});

test("a list times a matrix, of an odd size too", () => {
  assertWhole("matrix", shape(5), shape(3), {}, { "weight/1": [[3, 5], some(15, 2)], "bias/1": some(3) });
});

test("the error function, to the last digits", () => {
  const known = {
    0: 0,
    0.5: 0.5204998778130465,
    1: 0.8427007929497149,
    2.5: 0.9995930479825551,
    3: 0.9999779095030014,
  };
  for (const [x, y] of Object.entries(known)) {
    assert.ok(Math.abs(erf(Number(x)) - y) < 1e-15 && Math.abs(erf(-x) + y) < 1e-15, x);
  }
  assert.ok(Math.abs(erfc(5) / 1.5374597944280349e-12 - 1) < 1e-12);
  assert.deepEqual([erf(Infinity), erf(-Infinity), erfc(-Infinity), erf(NaN)], [1, -1, 2, NaN]);
});

const CHAIN = [
  step(0, "input", shape(2)),
  step(1, "bias", shape(2)),
  step(2, "", shape(2), { inputs: [], name: "held" }),
  step(3, "sum", shape(2), { inputs: [1, 2] }),
];

test("all steps follow from the picture; what hangs on none is what it is", () => {
  const made = doc(CHAIN, { "bias/1": [1, 2], "output/2": [10, 20] });
  const outputs = forward(made, Float32Array.of(5, 6));
  assert.deepEqual([...outputs.get(3)], [16, 28]);
  assert.equal(made.output(0), null, "the document is as it was");
  made.take(brought(made, outputs));
  assert.deepEqual([...made.output(3)], [16, 28]);
  assert.equal(made.value(1, 1, 0, 0), 8);
});

test("a step that cannot be worked out is named", () => {
  const steps = [...CHAIN.slice(0, 2), step(2, "unknown", shape(2), { name: "warp" })];
  assert.throws(() => forward(doc(steps, { "bias/1": [1, 2] }), Float32Array.of(1, 2)), /warp \(unknown\) cannot be/);
});

test("what a step makes of the same inputs is made once, and of others anew", () => {
  const made = doc(CHAIN, { "bias/1": [1, 2] });
  let times = 0;
  const counted = once((_, __, [x]) => [++times, x[0]]);
  const [first, second] = [Float32Array.of(5), Float32Array.of(6)];
  assert.equal(counted(made, made.steps[1], [first]), counted(made, made.steps[1], [first]));
  assert.deepEqual(counted(made, made.steps[2], [first]), [2, 5]);
  assert.deepEqual(counted(made, made.steps[1], [second]), [3, 6]);
  assert.deepEqual(counted(doc(CHAIN, {}), made.steps[1], [second]), [4, 6]);
});

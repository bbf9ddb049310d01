// Outputs that a file does not hold: each kind makes its own from its inputs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { count, doc, shape, step } from "./support.js";

/** The second step's output, from the first's. */
function derived(form, from, to, more = {}, buffers = {}, numbers = count(from.channels * from.height * from.width)) {
  const steps = [step(0, "input", from), step(1, form, to, more)];
  return doc(steps, { "output/0": numbers, ...buffers }).output(1);
}

const same = (found, expected) => assert.deepEqual(Array.from(found), expected);

test("a bias is added to every value of its map", () => {
  same(derived("bias", shape(2, 1, 2), shape(2, 1, 2), {}, { "bias/1": [10, 20] }), [11, 12, 23, 24]);
});

test("a function follows its straight pieces, each channel its own where it has one", () => {
  const pieces = [
    [2, 2, 3],
    [0, 0.5, 0, Infinity, 1, 0, 0, -1, 0, Infinity, 1, 0],
  ];
  const size = shape(2, 1, 2);
  same(derived("activation", size, size, {}, { "pieces/1": pieces }, [-4, 4, -4, 4]), [-2, 4, 4, 4]);
});

test("a flat piece stays flat at infinity, and what is no number stays none", () => {
  const pieces = [
    [1, 2, 3],
    [6, 1, 0, Infinity, 0, 6],
  ];
  const size = shape(1, 1, 3);
  same(derived("activation", size, size, {}, { "pieces/1": pieces }, [Infinity, NaN, 5]), [6, NaN, 5]);
});

test("a normalization uses what it has learned", () => {
  const buffers = { "mean/1": [2], "variance/1": [4], "weight/1": [3], "bias/1": [1] };
  same(derived("normalization", shape(1, 1, 2), shape(1, 1, 2), { attributes: { eps: 0 } }, buffers, [2, 6]), [1, 7]);
});

test("a maximum is taken under every window, and of parts about as large", () => {
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const windowed = { attributes: { kernel: [1, 2], stride: [1, 2], padding, pooling: "max" } };
  same(derived("maximum", shape(2, 1, 4), shape(2, 1, 2), windowed), [2, 4, 6, 8]);
  const hanging = shape(1, 1, 5); // its last window has one cell only
  same(derived("maximum", hanging, shape(1, 1, 3), windowed, {}, [1, 2, 3, 4, -9]), [2, 4, -9]);
  const adaptive = { attributes: { adaptive: true, pooling: "max" } };
  same(derived("maximum", shape(1, 1, 5), shape(1, 1, 2), adaptive), [3, 5]);
});

test("a sum and a product lend an input's only row, column or map to all", () => {
  const steps = [step(0, "input", shape(2, 1, 2)), step(1, "input", shape(2), { inputs: [] })];
  const made = (form) => [...steps, step(2, form, shape(2, 1, 2), { inputs: [0, 1] })];
  const held = { "output/0": count(4), "output/1": [10, 100] };
  same(doc(made("sum"), held).output(2), [11, 12, 103, 104]);
  same(doc(made("product"), held).output(2), [10, 20, 300, 400]);
});

test("a concatenation puts its inputs one after the other", () => {
  const steps = [
    step(0, "input", shape(1, 1, 2)),
    step(1, "input", shape(2, 1, 2), { inputs: [] }),
    step(2, "concatenation", shape(3, 1, 2), { inputs: [1, 0] }),
  ];
  same(doc(steps, { "output/0": [1, 2], "output/1": [3, 4, 5, 6] }).output(2), [3, 4, 5, 6, 1, 2]);
});

test("a reshaping leaves the numbers in the order of the network's layout", () => {
  const attributes = (order) => ({ attributes: { order } });
  same(derived("reshape", shape(2, 1, 2), shape(4), attributes("NCHW")), [1, 2, 3, 4]);
  same(derived("reshape", shape(2, 1, 2), shape(4), attributes("NHWC")), [1, 3, 2, 4]);
});

test("a dropout that drops nothing hands on; what it dropped cannot be known", () => {
  same(derived("dropout", shape(2), shape(2), { attributes: { keep_prob: 1 } }), [1, 2]);
  assert.equal(derived("dropout", shape(2), shape(2), { attributes: { keep_prob: 0.5 } }), null);
});

test("nothing is made from what is not there, nor where a thumbnail says that it was left out", () => {
  const steps = [step(0, "input", shape(1)), step(1, "output", shape(1))];
  assert.equal(doc(steps).output(1), null);
  assert.equal(doc(steps, { "output/0": [1], "thumbnail/1": [0] }).output(1), null);
});

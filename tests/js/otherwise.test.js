// What if: sizes that follow from a change, what cannot take them, and the document as in the code again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, answering } from "../../src/fivebyfive/views/page/js/network/answered.js";
import { canChange, isChanged, otherwise, unchanged } from "../../src/fivebyfive/views/page/js/network/otherwise.js";
import { fitting } from "../../src/fivebyfive/views/page/js/network/sizes.js";
import { count, doc, shape, step } from "./support.js";

const runs = { computable: true };
const WINDOW = { kernel: [3, 3], stride: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } };

/** A picture, a convolution, a ReLU, a list, a matrix. */
function network(more = {}) {
  const steps = [
    step(0, "input", shape(1, 4, 4)),
    step(1, "convolution", shape(2, 4, 4), { ...runs, macs: 288, attributes: { ...WINDOW, padding_name: "SAME" } }),
    step(2, "bias", shape(2, 4, 4), runs),
    step(3, "reshape", shape(32), { ...runs, op: "flatten", attributes: { order: "NCHW", ...more } }),
    step(4, "matrix", shape(2), { ...runs, name: "fc" }),
  ];
  const made = doc(steps, {
    "output/0": count(16),
    "weight/1": [[2, 1, 3, 3], count(18)],
    "bias/2": [1, 2],
    "weight/4": [[2, 32], count(64)],
    "top/1": [[1, 4, 1], count(4)],
  });
  for (const { index } of steps) made.buffers.set(`output/${index}`, made.output(index));
  return made;
}

const changes = (index, change) => new Map([[index, { ...unchanged(), ...change }]]);

test("a weight, a bias and a map that is switched off go on to the end", () => {
  const made = network();
  const before = [...made.output(4)];
  for (const [index, change] of [
    [1, { weights: { 9: -7 } }],
    [2, { biases: { 1: 40 } }],
    [2, { off: [0] }],
  ]) {
    const over = otherwise(made, changes(index, change));
    assert.notDeepEqual([...over.buffers.get("output/4")], before);
    assert.equal(over.buffers.has("output/0"), false, "what stands before stays");
    assert.deepEqual(over.steps, made.steps);
  }
  const off = otherwise(made, changes(2, { off: [0] })).buffers.get("output/2");
  assert.deepEqual([...off.slice(0, 16)], new Array(16).fill(0));
  assert.deepEqual([...made.output(4)], before, "the document is as it was");
});

test("a stride changes the sizes behind it, up to what cannot take them", () => {
  const window = { ...WINDOW, stride: [2, 2], name: "SAME" };
  const over = otherwise(network(), changes(1, { window }));
  assert.deepEqual(
    over.steps.slice(1, 4).map((s) => s.shape),
    [shape(2, 2, 2), shape(2, 2, 2), shape(8)],
  );
  assert.deepEqual(over.steps[1].attributes.padding, { top: 0, bottom: 1, left: 0, right: 1 });
  assert.equal(over.steps[1].macs, 72);
  assert.equal(over.stopped.step.name, "fc");
  assert.match(over.stopped.why, /weights for 32 numbers, and 8 come/);
  assert.equal(over.buffers.has("output/4"), false);
  assert.ok(over.gone.includes("output/4"));
  assert.ok(over.gone.includes("top/1"));
});

test("a list whose length the code says takes no other", () => {
  const window = { ...WINDOW, stride: [2, 2], name: "SAME" };
  const made = network({ shape: [-1, 32] });
  made.steps[3].op = "reshape";
  const { stopped } = otherwise(made, changes(1, { window }));
  assert.match(stopped.why, /wants lists of 32 numbers, and 8 numbers come/);
});

test("a window that fits nowhere stops at once", () => {
  const window = { kernel: [9, 9], stride: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 }, name: "VALID" };
  const { stopped } = otherwise(network(), changes(1, { window }));
  assert.match(stopped.why, /window of 9×9 fits nowhere into 4×4×1/);
});

test("what lies over a document is lifted, also by another picture", () => {
  const made = network();
  const before = [...made.output(4)];
  const over = otherwise(made, changes(1, { off: [0, 1] }));
  const { buffers, shapes, steps } = over;
  made.lay({ fields: { structure: { ...made.structure, steps }, words: [] }, buffers, shapes }, over.gone, "none");
  assert.deepEqual([...made.output(1)], new Array(32).fill(0));
  assert.notDeepEqual([...made.output(4)], before);
  assert.equal(made.buffers.has("top/1"), false);
  made.lift();
  assert.deepEqual([...made.output(4)], before);
  assert.deepEqual([made.unread, made.buffers.has("top/1")], ["", true]);
  made.lay({ fields: {}, buffers, shapes }, [], "");
  made.take({ fields: {}, buffers: new Map([["output/4", Float32Array.of(5, 6)]]), shapes: new Map() });
  assert.deepEqual([...made.output(4)], [5, 6]);
  assert.equal(made.under, null);
});

test("a step can be changed where all behind it can be worked out", () => {
  const made = network();
  assert.deepEqual([canChange(made, 0), canChange(made, 1)], [false, true]);
  made.steps[4].macs = 1e9;
  assert.equal(canChange(made, 1), false, "it would take too long");
  made.steps[4].macs = 64;
  assert.equal(canChange(made, 1), true);
  made.buffers.delete("weight/4");
  assert.equal(canChange(made, 1), false);
  assert.equal(isChanged(unchanged()), false);
  assert.equal(isChanged({ ...unchanged(), off: [0] }), true);
});

test("each form has its own rule for other sizes", () => {
  const [a, b] = [shape(2, 7, 7), shape(2, 4, 4)];
  const of = (form, size, inputs, before, more = {}) =>
    fitting(step(1, form, size, { attributes: more }), inputs, before);
  assert.deepEqual(of("sum", b, [a, a], [b, b]).shape, a);
  assert.match(of("sum", b, [a, b], [b, b]), /joins 7×7×2 and 4×4×2/);
  assert.deepEqual(of("concatenation", shape(4, 4, 4), [a, a], [b, b]).shape, shape(4, 7, 7));
  assert.match(of("concatenation", shape(4, 4, 4), [a, b], [b, b]), /behind each other/);
  assert.deepEqual(of("mean", shape(2), [a], [b], { adaptive: true }).shape, shape(2));
  assert.deepEqual(of("transposed", shape(2, 8, 8), [a], [b], { stride: [2, 2] }).shape, shape(2, 14, 14));
  const over = { ...WINDOW, stride: [2, 2], kernel: [2, 2], padding: { top: 0, bottom: 0, left: 0, right: 0 } };
  assert.deepEqual(of("maximum", b, [a], [b], { ...over, ceil_mode: true }).shape, b);
  assert.deepEqual(of("maximum", b, [a], [b], over).shape, shape(2, 3, 3));
  assert.match(of("moved", b, [a], [b]), /made for 4×4×2 alone/);
  assert.deepEqual(of("moved", b, [b], [b]).shape, b);
});

test("the answer of other numbers is found by the rule that gave the first", () => {
  const steps = [step(0, "input", shape(3)), step(1, "output", shape(3))];
  const logits = [1, 2, 3];
  const sum = logits.reduce((all, z) => all + Math.exp(z), 0);
  const shares = logits.map((z) => Math.exp(z) / sum);
  const made = doc(steps, { "output/0": logits, "output/1": logits, probabilities: shares });
  assert.deepEqual(answering(made), { step: 1, kind: "logits" });
  const own = doc(steps, { "output/1": shares, probabilities: shares });
  assert.deepEqual(answering(own), { step: 1, kind: "probabilities" });
  const found = answered([9, 0, 0], "logits", ["a", "b", "c"]);
  assert.deepEqual([found.ranking, found.doubt], [[0, 1, 2], ""]);
  assert.equal(answered([NaN, 0, 0], "logits", ["a", "b", "c"]), null);
  assert.equal(answering(doc(steps, { "output/1": logits })), null);
});

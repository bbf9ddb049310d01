// Values that only move: where each came from, what stands where none did, and which maps have to do with which.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sources, uses, whence } from "../../src/fivebyfive/views/page/js/document/relations.js";
import { destination, sourceOf } from "../../src/fivebyfive/views/page/js/kinds/moved/source.js";
import { count, doc, KINDS, marked, shape, step } from "./support.js";

const FAR = -(2 ** 29);
const steps = [step(0, "input", shape(1, 2, 2)), step(1, "input", shape(1, 1, 2), { inputs: [] })];
const joined = [...steps, step(2, "moved", shape(1, 3, 2), { inputs: [0, 1] })];
const held = { "output/0": count(4), "output/1": [8, 9] };

test("three lists add up to the place of each value, among those of all inputs", () => {
  const made = doc(joined, { ...held, "from/2": [0, 0, 2, 4, 0, 1] });
  assert.deepEqual([...made.output(2)], [1, 2, 3, 4, 8, 9]);
  assert.deepEqual(sourceOf(made, made.steps[2], { channel: 0, y: 2, x: 1 }), { position: 1, number: 1 });
  assert.deepEqual(destination(made, made.steps[2], 1, 1), { channel: 0, y: 2, x: 1 });
  assert.equal(destination(made, made.steps[2], 1, 7), null);
});

test("a table may name the place of each value instead", () => {
  const from = [
    [1, 3, 2],
    [5, 4, 3, 2, 1, 0],
  ];
  assert.deepEqual([...doc(joined, { ...held, "from/2": from }).output(2)], [9, 8, 4, 3, 2, 1]);
});

test("where no value moved, one number stands", () => {
  const made = doc(joined, { ...held, "from/2": [0, FAR, 0, 2, 0, 1], "filled/2": [7] });
  assert.deepEqual([...made.output(2)], [7, 7, 1, 2, 3, 4]);
  const told = KINDS.moved.tell(made, made.steps[2], { channel: 0, y: 0, x: 1 });
  assert.match(told[0].textContent, /no value moved here/);
  assert.deepEqual(marked(told, "data-sum"), [7]);
});

test("constants stand behind the inputs", () => {
  const made = doc(joined, { ...held, "from/2": [0, 0, 2, 6, 0, 1], "constant/2": [5, 6] });
  assert.deepEqual([...made.output(2)], [1, 2, 3, 4, 5, 6]);
  const told = KINDS.moved.tell(made, made.steps[2], { channel: 0, y: 2, x: 0 });
  assert.match(told[0].textContent, /a number that the network holds/);
});

test("maps that change places have to do with each other, and with no others", () => {
  const swapped = [step(0, "input", shape(2)), step(1, "moved", shape(2))];
  const made = doc(swapped, { "output/0": [1, 2], "from/1": [1, 0, 0, 0] });
  assert.deepEqual(sources(made, 1, 0), [{ step: 0, from: 1, to: 2, by: 1 }]);
  assert.deepEqual(uses(made, 0, 0), [{ step: 1, from: 1, to: 2, by: 1 }]);
  assert.deepEqual([...made.output(1)], [2, 1]);
});

test("a unit is traced through what moved it", () => {
  const size = shape(1, 2, 2);
  const turned = [
    step(0, "input", size),
    step(1, "moved", size),
    step(2, "reshape", shape(4), { attributes: { order: "NCHW" } }),
  ];
  const made = doc(turned, { "output/0": count(4), "from/1": [0, 0, 1, 0, 2] });
  assert.deepEqual(whence(made, made.steps[2], 1), { step: made.steps[0], channel: 0, y: 1, x: 0 });
});

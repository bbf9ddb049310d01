// What gates make of a number, and what the rows and columns of an interpolation do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { count, doc, KINDS, marked, shape, step } from "./support.js"; // first: it makes a document
import { made } from "../../src/fivebyfive/views/page/js/kinds/recurrent.js";

const of = (sort, gates, cell = false) => made({ attributes: { sort, cell } }, gates).result;

test("an LSTM shows a part of what it remembers, and remembers a part of what it did and of what is new", () => {
  assert.equal(of("lstm", { o: 0.5, cell: 1 }), 0.5 * Math.tanh(1));
  assert.equal(of("lstm", { f: 0.5, before: 4, i: 0.25, g: -1 }, true), 1.75);
});

test("a GRU mixes what is new with the time before, and a simple layer bounds its sum", () => {
  assert.equal(of("gru", { z: 0.25, n: 1, before: -1 }), 0.5);
  assert.equal(of("rnn_tanh", { sum: 2 }), Math.tanh(2));
  assert.equal(of("rnn_relu", { sum: -2 }), 0);
});

test("every gate is told at the value's own place", () => {
  const attributes = { sort: "gru", cell: false, gates: ["r", "z", "n", "before"] };
  const steps = [step(0, "input", shape(2)), step(1, "recurrent", shape(2), { attributes })];
  const gates = { "gate-r/1": [0, 1], "gate-z/1": [0, 0.5], "gate-n/1": [0, 2], "gate-before/1": [0, 4] };
  const told = KINDS.recurrent.tell(doc(steps, { "output/0": [1, 2], ...gates }), steps[1], { channel: 1, y: 0, x: 0 });
  assert.deepEqual(marked(told, "data-gate"), [1, 0.5, 2, 4]);
  assert.deepEqual(marked(told, "data-sum"), [3]);
});

test("an interpolated value is a mean of its rows and columns, those without weight left out", () => {
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "interpolation", shape(1, 1, 1))];
  const taps = {
    "rows/1": [
      [1, 2],
      [1, 0],
    ],
    "row-weights/1": [
      [1, 2],
      [0.75, 0.25],
    ],
    "columns/1": [
      [1, 2],
      [1, 0],
    ],
    "column-weights/1": [
      [1, 2],
      [1, 0],
    ],
  };
  const found = doc(steps, { "output/0": count(4), ...taps });
  const { terms, total } = found.sum(found.steps[1], { channel: 0, y: 0, x: 0 });
  assert.deepEqual(
    terms.map((t) => [t.y, t.x, t.value, t.weight]),
    [
      [0, 1, 2, 0.25],
      [1, 1, 4, 0.75],
    ],
  );
  assert.equal(total, 3.5);
});

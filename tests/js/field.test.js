// The receptive field of a value: rows and columns of the picture, from buffers that are small where nothing varies.

import assert from "node:assert/strict";
import { test } from "node:test";
import { doc, shape, step } from "./support.js"; // first: it makes a document
import { fieldOf } from "../../src/fivebyfive/views/page/js/number/field.js";

const steps = [step(0, "input", shape(2, 2, 3))];
const rows = { "top/0": [[1, 2, 1], [0, 1]], "bottom/0": [[1, 2, 1], [2, 3]] }; // prettier-ignore
const columns = { "left/0": [[2, 1, 1], [4, 5]], "right/0": [[1, 1, 1], [8]] }; // prettier-ignore

test("rows go with the row, columns with the map here", () => {
  const made = doc(steps, { ...rows, ...columns });
  assert.deepEqual(fieldOf(made, 0, { channel: 0, y: 0, x: 2 }), { y: 0, x: 4, height: 3, width: 5 });
  assert.deepEqual(fieldOf(made, 0, { channel: 1, y: 1, x: 0 }), { y: 1, x: 5, height: 3, width: 4 });
});

test("what is padding depends on nothing, and what is not sent is not known", () => {
  const nothing = { "top/0": [[1, 1, 1], [1048576]], "bottom/0": [[1, 1, 1], [-1]] }; // prettier-ignore
  const made = doc(steps, { ...nothing, ...columns });
  assert.deepEqual(fieldOf(made, 0, { channel: 0, y: 0, x: 0 }), { y: 0, x: 0, height: 0, width: 0 });
  assert.equal(fieldOf(doc(steps), 0, { channel: 0, y: 0, x: 0 }), null);
});

// Which maps a map is computed from, and which are computed from it: two sides of one relation.

import assert from "node:assert/strict";
import { test } from "node:test";
import { sources, uses, whence } from "../../src/fivebyfive/views/page/js/document/relations.js";
import { doc, shape, step } from "./support.js";

const over = { channels: 2, rows: true, columns: true };
const CASES = {
  "all from all": ["matrix", shape(3), shape(2), {}],
  "each from its own": ["activation", shape(3, 2, 2), shape(3, 2, 2), {}],
  groups: ["convolution", shape(4, 2, 2), shape(6, 2, 2), { groups: 2 }],
  "a list of maps": ["reshape", shape(2, 1, 2), shape(4), { order: "NCHW" }],
  "a list of pixels": ["reshape", shape(2, 1, 2), shape(4), { order: "NHWC" }],
  "softmax in groups": ["softmax", shape(4), shape(4), { over }],
  "statistics of groups": ["normalization", shape(4, 2, 2), shape(4, 2, 2), { over, eps: 0 }],
  "statistics of the training": ["normalization", shape(4, 2, 2), shape(4, 2, 2), { eps: 0 }],
  "no kind, each": ["", shape(3, 2, 2), shape(3, 2, 2), {}, "each"],
  "no kind, all": ["", shape(3, 2, 2), shape(3, 2, 2), {}, "all"],
};

/** The channels of one relation, as a set of numbers. */
const channels = (maps) =>
  maps.flatMap(({ from, to, by }) => Array.from({ length: Math.ceil((to - from) / by) }, (_, i) => from + i * by));

for (const [name, [form, from, to, attributes, relation = "all"]] of Object.entries(CASES)) {
  test(`what reads a map is what it is written to: ${name}`, () => {
    const steps = [step(0, "input", from), step(1, form, to, { attributes, relation })];
    const made = doc(steps);
    for (let read = 0; read < from.channels; read++) {
      for (let written = 0; written < to.channels; written++) {
        const forth = channels(uses(made, 0, read)).includes(written);
        const back = channels(sources(made, 1, written)).includes(read);
        assert.equal(forth, back, `${read} → ${written}`);
      }
    }
  });
}

test("a map of a concatenation comes from one input alone", () => {
  const inputs = [step(0, "input", shape(2, 2, 2)), step(1, "input", shape(3, 2, 2), { inputs: [] })];
  const made = doc([...inputs, step(2, "concatenation", shape(5, 2, 2), { inputs: [0, 1] })]);
  assert.deepEqual(sources(made, 2, 3), [{ step: 1, from: 1, to: 2, by: 1 }]);
  assert.deepEqual(uses(made, 1, 1), [{ step: 2, from: 3, to: 4, by: 1 }]);
});

test("an only map lends itself to all", () => {
  const inputs = [step(0, "input", shape(3, 2, 2)), step(1, "input", shape(1, 2, 2), { inputs: [] })];
  const made = doc([...inputs, step(2, "sum", shape(3, 2, 2), { inputs: [0, 1] })]);
  assert.deepEqual(sources(made, 2, 2), [
    { step: 0, from: 2, to: 3, by: 1 },
    { step: 1, from: 0, to: 1, by: 1 },
  ]);
});

test("a unit of a list stood in a map, before whatever kept it in its place", () => {
  const steps = [
    step(0, "input", shape(2, 2, 3)),
    step(1, "reshape", shape(12), { attributes: { order: "NHWC" } }),
    step(2, "dropout", shape(12), { attributes: { keep_prob: 1 } }),
  ];
  const { step: from, channel, y, x } = whence(doc(steps), steps[2], 9);
  assert.deepEqual([from.index, channel, y, x], [0, 1, 1, 1]);
});

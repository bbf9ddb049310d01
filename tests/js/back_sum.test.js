// The way back as a whole: sums over later steps, weights and their places, sizes on a scale, an optimizer's numbers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTIMIZERS, firstStep, shown } from "../../src/fivebyfive/views/page/js/back/optimizers.js";
import { decades, tall } from "../../src/fivebyfive/views/page/js/back/sizes.js";
import { passedBack } from "../../src/fivebyfive/views/page/js/back/sum.js";
import { firstSource, gradientsOf, total, usesOf } from "../../src/fivebyfive/views/page/js/back/weights.js";
import { asGradients } from "../../src/fivebyfive/views/page/js/back/gradients.js";
import { fromFragment } from "../../src/fivebyfive/views/page/js/choice/choose.js";
import { count, doc, shape, step } from "./support.js";

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };

/** A document with a way back of these gradients; the last step is the loss's. */
function gone(steps, held, consumers, more = {}) {
  const made = doc(steps, held);
  const size = { mean: 1, most: 1, zeros: 0, count: 1 };
  const told = steps.map((_, i) => ({ consumers: consumers[i], words: [], size }));
  made.fields.back = {
    loss: 1,
    label: null,
    softmax: null,
    losses: [],
    steps: told,
    weights: {},
    pictures: 1,
    ...more,
  };
  return made;
}

const AT = { channel: 0, y: 0, x: 0 };

test("what several later steps pass back is added up, and is the gradient here", () => {
  const steps = [
    step(0, "input", shape(2)),
    step(1, "bias", shape(2)),
    step(2, "product", shape(2), { inputs: [0, 1] }),
  ];
  const held = { "output/0": [3, 4], "output/1": [5, 6], "gradient/1": [10, 20], "gradient/2": [1, 2] };
  const found = passedBack(gone(steps, { ...held, "gradient/0": [15, 0] }, [[1, 2], [2], []]), steps[0], AT);
  assert.deepEqual(
    found.parts.map((part) => part.total),
    [10, 5],
  );
  assert.deepEqual([found.total, found.known, found.agrees], [15, true, true]);
  const other = passedBack(gone(steps, { ...held, "gradient/0": [7, 0] }, [[1, 2], [2], []]), steps[0], AT);
  assert.equal(other.agrees, false);
});

test("the cross-entropy passes back the share less what it should be", () => {
  const steps = [step(0, "input", shape(2))];
  const made = gone(steps, { "output/0": [0, 0], "gradient/0": [-0.5, 0.5] }, [[1]], {
    label: { index: 0, name: "a" },
    softmax: { step: 0, pictures: 1 },
    losses: [{ name: "loss", op: "cross_entropy" }],
  });
  assert.equal(passedBack(made, steps[0], AT).total, -0.5);
  assert.equal(passedBack(made, steps[0], { ...AT, channel: 1 }).agrees, true);
});

test("a kind that the page does not work out, and numbers that a file leaves out, are said", () => {
  const steps = [
    step(0, "input", shape(1)),
    step(1, "recurrent", shape(1)),
    step(2, "matrix", shape(1), { inputs: [0] }),
  ];
  const held = { "output/0": [1], "gradient/0": [1], "gradient/1": [1], "gradient/2": [1] };
  const found = passedBack(gone(steps, held, [[1, 2], [], []]), steps[0], AT);
  assert.match(found.parts[0].unknown, /does not work out/);
  assert.match(found.parts[1].unknown, /not in this file/);
  assert.equal(found.known, false);
});

test("of a matrix too large to send the strongest products come back, and the rest as one number", () => {
  const steps = [step(0, "input", shape(2)), step(1, "matrix", shape(3))];
  const held = { "output/0": [1, 1], "gradient/1": [1, 10, 100], "gradient/0": [321, 0] };
  const cut = {
    "back-strongest/1": [
      [2, 2],
      [2, 1, 0, 0],
    ],
    "back-strongest-weight/1": [3, 2, 0, 0],
  };
  const found = passedBack(gone(steps, { ...held, ...cut }, [[1], []]), steps[0], AT);
  const [part] = found.parts;
  assert.deepEqual([part.terms.map((term) => term.product), part.left, part.total], [[300, 20], 1, 321]);
  assert.deepEqual([found.known, found.agrees], [true, true]);
});

/** A convolution of two groups, its windows two apart over a padded map. */
function grouped() {
  const attributes = {
    kernel: [2, 2],
    stride: [2, 2],
    dilation: [1, 1],
    padding: { ...NONE, top: 1, left: 1 },
    groups: 2,
  };
  const steps = [step(0, "input", shape(2, 3, 3)), step(1, "convolution", shape(2, 2, 2), { attributes })];
  const held = { "output/0": count(18), "gradient/1": [1, 10, 100, 1000, 2, 3, 5, 7] };
  return { steps, held: { ...held, "gradient/0": new Array(18).fill(0), "weight/1": [[2, 1, 2, 2], count(8)] } };
}

test("a weight's gradient is the gradient at every place where it was used, times what it met there", () => {
  const { steps, held } = grouped();
  const made = gone(steps, held, [[1], []]);
  const last = { channel: 0, source: 0, tap: 3 };
  const uses = usesOf(made, steps[1], last);
  assert.deepEqual(
    uses.map((use) => [use.value, use.weight]),
    [
      [1, 1],
      [10, 3],
      [100, 7],
      [1000, 9],
    ],
  );
  assert.equal(total(uses), 9731);
  const first = usesOf(made, steps[1], { channel: 1, source: 1, tap: 0 });
  assert.deepEqual(
    first.map((use) => [use.padding, use.weight, use.met.channel]),
    [
      [true, 0, 1],
      [true, 0, 1],
      [true, 0, 1],
      [false, 14, 1],
    ],
  );
  assert.equal(firstSource(made, steps[1], 1), 1);
});

test("a slice of a filter's gradient is autograd's own where it is here, and added up where it is not", () => {
  const { steps, held } = grouped();
  const slice = (channel) => count(4, 0).map((tap) => ({ channel, source: channel, tap }));
  const added = gradientsOf(gone(steps, held, [[1], []]), steps[1], slice(0));
  assert.equal(added[3], 9731);
  const own = { ...held, "weight-gradient/1": [[2, 1, 2, 2], count(8, 50)] };
  assert.deepEqual([...gradientsOf(gone(steps, own, [[1], []]), steps[1], slice(1))], [54, 55, 56, 57]);
});

test("a matrix's weight was used once, a transposed filter's wherever its window lies within the output", () => {
  const dense = [step(0, "input", shape(1, 1, 2)), step(1, "matrix", shape(2))];
  const held = { "output/0": [3, 4], "gradient/1": [10, 20], "gradient/0": [0, 0], "weight/1": [[2, 2], count(4)] };
  assert.equal(total(usesOf(gone(dense, held, [[1], []]), dense[1], { channel: 1, source: 1, tap: 0 })), 80);
  const attributes = { kernel: [1, 2], stride: [1, 2], padding: { ...NONE, left: 1 }, groups: 1 };
  const wide = [step(0, "input", shape(1, 1, 2)), step(1, "transposed", shape(1, 1, 3), { attributes })];
  const spread = {
    ...held,
    "gradient/1": [1, 10, 100],
    "weight/1": [
      [1, 1, 1, 2],
      [1, 1],
    ],
  };
  const uses = (tap) => usesOf(gone(wide, spread, [[1], []]), wide[1], { channel: 0, source: 0, tap });
  assert.deepEqual([total(uses(0)), total(uses(1))], [40, 3 + 400]);
});

test("drawn as gradients a document has them in place of outputs, and none is a picture", () => {
  const { steps, held } = grouped();
  const made = gone(steps, held, [[1], []]);
  const view = asGradients(made);
  assert.deepEqual([...view.map(1, 0).values], [1, 10, 100, 1000]);
  assert.equal(view.range(1, 0, "map"), 1000);
  assert.deepEqual([made.gray(0), view.gray(0)], [true, false]);
  made.buffers.delete("gradient/0");
  made.version += 1;
  assert.deepEqual([asGradients(made).map(0, 0).whole, asGradients(made).range(0, 0, "map")], [false, 0]);
  assert.equal(made.range(0, 0, "step"), 18);
});

test("a step whose gradient is a later step's is told so, and has it", () => {
  const { steps, held } = grouped();
  const made = gone(steps, held, [[1], []], { same: { 0: 1 } });
  assert.equal(passedBack(made, steps[0], AT).gradient, 1);
  assert.deepEqual([...asGradients(made).output(0)], held["gradient/1"]);
});

test("another picture's numbers without a way back leave nothing of the one before", () => {
  const { steps, held } = grouped();
  const made = gone(steps, held, [[1], []]);
  made.take({ fields: { words: [] }, buffers: new Map(), shapes: new Map() });
  assert.equal(made.fields.back, undefined);
  assert.equal(made.numbers("gradient/1"), null);
  assert.notEqual(made.numbers("weight/1"), null);
});

test("sizes stand on powers of ten, none on the ground, and what is not finite at the top", () => {
  assert.deepEqual(decades([1e-3, 0.5, 0, NaN]), { low: -4, high: 0 });
  assert.deepEqual(decades([1e-9, 10]), { low: -9, high: 2 });
  assert.deepEqual(decades([0, NaN]), { low: -4, high: 0 });
  const between = { low: -4, high: 0 };
  assert.deepEqual(
    [tall(0.01, between), tall(0, between), tall(NaN, between), tall(Infinity, between)],
    [0.5, 0, 0, 1],
  );
});

test("numbers are written as Python writes them", () => {
  const told = { 0: "0", 1: "1", 0.1: "0.1", 1234567: "1.23457e+06", 0.00001234: "1.234e−05", 0.0001234: "0.0001234" };
  for (const [value, text] of Object.entries(told)) assert.equal(shown(Number(value)), text);
  assert.deepEqual(
    [shown(-2.5), shown(NaN), shown(-Infinity), shown(123456789.4, 9)],
    ["−2.5", "NaN", "−∞", "123456789"],
  );
});

test("a step of every optimizer ends at the weight and its changes, added up", () => {
  for (const kind of Object.keys(OPTIMIZERS)) {
    const { quantities, after } = firstStep(kind, 0.5, 2, { lr: 0.125 });
    const changes = quantities.filter(({ symbol }) => symbol === "Δ" || symbol === "δ");
    assert.equal(after, 2 + changes.reduce((sum, { value }) => sum + value, 0), kind);
    assert.ok(after < 2, kind);
  }
  assert.equal(firstStep("sgd", 0, 2).after, 2);
  assert.match(firstStep("adam", NaN, 2).words[0], /is lost/);
});

test("a link says which way, and without a word of it forward", () => {
  const made = doc([step(0, "input", shape(1))]);
  assert.equal(fromFragment("#step=input0&way=back", made).way, "back");
  assert.equal(fromFragment("#step=input0", made).way, "forward");
  assert.equal(fromFragment("#way=sideways", made).way, "forward");
  assert.equal("way" in fromFragment("#", made), false);
});

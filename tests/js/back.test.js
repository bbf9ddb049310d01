// What a value passes back is what it passes on: of every kind, `back` is the slope of the forward sum, for every value
// of every input and every value of the output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { growing } from "../../src/fivebyfive/views/page/js/back/sum.js";
import { countOf, placeOf } from "../../src/fivebyfive/views/page/js/sums/places.js";
import { count, doc, marked, shape, step } from "./support.js";

const NONE = { top: 0, bottom: 0, left: 0, right: 0 };
const window = (size, more = {}) => ({ kernel: [size, size], stride: [1, 1], padding: NONE, ...more });
const sides = (top, bottom, left, right) => ({ top, bottom, left, right });

/** A small power of two: values move by it without being rounded. */
const H = 2 ** -7;
/** Numbers that are no multiples of each other, and none twice. */
const some = (n, from = 0) => Array.from({ length: n }, (_, i) => ((((i + from) * 37) % 61) - 30) / 16);

/** What the page makes of the inputs at a place: by its sum, its derivation, or as it is told. */
function forward(made, later, at) {
  const kind = made.kindOf(later);
  const sum = kind.sum?.(made, later, at.channel, at.y, at.x);
  if (sum) return sum.total;
  if (kind.derive) {
    const inputs = later.inputs.map((index) => made.output(index));
    const { height, width } = later.shape;
    const all = kind.derive(made, later, inputs);
    if (all) return all[(at.channel * height + at.y) * width + at.x];
  }
  return marked(kind.tell(made, later, at), "data-sum")[0];
}

/** The last step is one of `form`; those before it are inputs with some numbers. */
function assertSlopes(steps, held = {}, tolerance = 2e-3) {
  const later = steps[steps.length - 1];
  const given = {};
  for (const each of steps.slice(0, -1)) given[`output/${each.index}`] = some(countOf(each.shape), 7 * each.index);
  const making = (changed) => doc(steps, { ...held, ...given, ...changed });
  const places = Array.from({ length: countOf(later.shape) }, (_, i) => placeOf(later.shape, i));
  const whole = (made) => places.map((at) => forward(made, later, at));
  const base = making({});
  const made = making({ [`output/${later.index}`]: whole(base) });
  for (const input of new Set(later.inputs)) {
    const size = countOf(steps[input].shape);
    for (let i = 0; i < size; i++) {
      const [up, down] = [H, -H].map((by) => {
        const moved = [...given[`output/${input}`]];
        moved[i] += by;
        return whole(making({ [`output/${input}`]: moved }));
      });
      const told = new Array(places.length).fill(0);
      for (const grows of growing(made, later, input, placeOf(steps[input].shape, i)).some) {
        const { height, width } = later.shape;
        told[(grows.channel * height + grows.y) * width + grows.x] += grows.weight;
      }
      told.forEach((weight, k) => {
        const slope = (up[k] - down[k]) / (2 * H);
        assert.ok(
          Math.abs(weight - slope) <= tolerance * Math.max(1, Math.abs(slope)),
          `value ${i} of step ${input}, output ${k}: ${weight}, but ${slope}`,
        );
      });
    }
  }
}

/** One input of a size, one step of a form. */
function one(form, from, to, attributes = {}, more = {}) {
  return [step(0, "input", from), step(1, form, to, { attributes, ...more })];
}

/** Two inputs, one step that takes both. */
function two(form, a, b, to, attributes = {}, more = {}) {
  const inputs = [step(0, "input", a), step(1, "input", b, { inputs: [] })];
  return [...inputs, step(2, form, to, { inputs: [0, 1], attributes, ...more })];
}

test("a convolution: strides, padding, dilation", () => {
  const attributes = window(3, { stride: [2, 1], padding: sides(1, 1, 2, 0), dilation: [1, 2] });
  const steps = one("convolution", shape(2, 5, 5), shape(2, 3, 3), attributes);
  assertSlopes(steps, { "weight/1": [[2, 2, 3, 3], some(36)], "bias/1": [1, 2] });
});

test("a convolution: every way to fill its padding, where one cell may stand in a window twice", () => {
  for (const mode of ["zeros", "reflect", "replicate", "circular"]) {
    const attributes = window(3, { padding: sides(2, 2, 1, 1), padding_mode: mode });
    assertSlopes(one("convolution", shape(1, 3, 4), shape(1, 5, 4), attributes), {
      "weight/1": [[1, 1, 3, 3], some(9)],
    });
  }
});

test("a convolution: groups", () => {
  const steps = one("convolution", shape(4, 3, 3), shape(6, 2, 2), window(2, { groups: 2 }));
  assertSlopes(steps, { "weight/1": [[6, 2, 2, 2], some(48)] });
});

test("a transposed convolution", () => {
  const attributes = window(3, { stride: [2, 2], padding: sides(1, 1, 1, 1), groups: 2 });
  const steps = one("transposed", shape(4, 2, 3), shape(2, 3, 5), attributes);
  assertSlopes(steps, { "weight/1": [[2, 2, 3, 3], some(36)] });
});

test("a matrix, a bias, a sum, a product, a concatenation", () => {
  assertSlopes(one("matrix", shape(2, 2, 2), shape(3)), { "weight/1": [[3, 8], some(24)] });
  assertSlopes(one("bias", shape(2, 2, 2), shape(2, 2, 2)), { "bias/1": [1, 2] });
  assertSlopes(two("sum", shape(2, 2, 2), shape(2, 1, 1), shape(2, 2, 2)));
  assertSlopes(two("product", shape(2, 2, 2), shape(1, 2, 2), shape(2, 2, 2)));
  assertSlopes(two("concatenation", shape(2, 2, 2), shape(1, 2, 2), shape(3, 2, 2)));
});

test("what is multiplied by itself counts twice", () => {
  const steps = [step(0, "input", shape(3)), step(1, "product", shape(3), { inputs: [0, 0] })];
  assertSlopes(steps);
});

test("poolings: windows that overlap and hang over the edge, parts that are about as large", () => {
  for (const form of ["maximum", "mean"]) {
    const attributes = window(3, { stride: [2, 1], padding: sides(1, 1, 1, 1), pooling: form });
    assertSlopes(one(form, shape(2, 4, 4), shape(2, 2, 4), attributes));
    assertSlopes(one(form, shape(1, 5, 3), shape(1, 2, 2), { pooling: form, adaptive: true }));
  }
});

test("an interpolation", () => {
  const held = {
    "rows/1": [
      [3, 2],
      [0, 1, 0, 1, 1, 1],
    ],
    "row-weights/1": [0.75, 0.25, 0.5, 0.5, 1, 0],
    "columns/1": [
      [2, 2],
      [0, 1, 1, 0],
    ],
    "column-weights/1": [0.5, 0.5, 1, 0],
  };
  assertSlopes(one("interpolation", shape(2, 2, 2), shape(2, 3, 2)), held);
});

test("values that move, that are repeated, or go nowhere; and a reshaping", () => {
  const from = {
    "from/1": [
      [2, 1, 3],
      [3, 0, -1, 3, 2, 2],
    ],
  };
  assertSlopes(one("moved", shape(4), shape(2, 1, 3)), from);
  for (const order of ["NCHW", "NHWC"]) assertSlopes(one("reshape", shape(2, 2, 3), shape(12), { order }));
});

test("shares, their logarithm, and those of negative values", () => {
  const over = { channels: 3, rows: false, columns: false };
  for (const op of ["softmax", "log_softmax", "softmin"]) {
    assertSlopes(one("softmax", shape(3, 1, 2), shape(3, 1, 2), { over }, { op }));
  }
});

test("normalizations: by the training, by the values themselves, by their squares alone", () => {
  const learned = { "mean/1": [1, 2], "variance/1": [3, 4], "weight/1": [2, -1], "bias/1": [0, 1] };
  assertSlopes(one("normalization", shape(2, 2, 2), shape(2, 2, 2), { eps: 0.01 }), learned);
  const over = { channels: 1, rows: true, columns: true };
  for (const op of ["instance_norm", "rms_norm"]) {
    const steps = one("normalization", shape(2, 2, 3), shape(2, 2, 3), { eps: 0.01, over }, { op });
    assertSlopes(steps, { "weight/1": [2, -1] });
  }
});

const OPERANDS = { operands: [{ input: 0 }, { input: 1 }] };

test("two values joined", () => {
  const slopes = { add: 2, sub: -1 };
  for (const op of ["add", "sub", "mul", "div", "maximum", "minimum", "atan2", "hypot"]) {
    const attributes = { ...OPERANDS, factor: slopes[op] };
    assertSlopes(two("binary", shape(4), shape(4), shape(4), attributes, { op }), {}, 0.02);
  }
});

test("one of two values, as a condition says", () => {
  const steps = two("choice", shape(4), shape(4), shape(4), {
    operands: [{ buffer: "constant-0" }, { input: 0 }, { input: 1 }],
  });
  assertSlopes(steps, { "constant-0/2": [1, 0, 1, 0] });
});

test("reductions of a line", () => {
  const held = {
    "base-0/1": [
      [2, 1, 1],
      [0, 4],
    ],
    "along-0/1": [0, 1, 2, 3],
  };
  const wanted = ["mean", "sum", "max", "min", "prod", "var", "std", "norm", "logsumexp"];
  for (const reduced of wanted) {
    const attributes = { operands: [{ input: 0 }], reduced, fewer: 1, power: 2 };
    assertSlopes(one("reduction", shape(8), shape(2), attributes), held, 0.01);
  }
});

test("of several as large each has its part, or the first all, where the code asks which one it is", () => {
  const held = { "output/0": [3, 1, 3], "output/1": [3], "base-0/1": [[1, 1, 1], [0]], "along-0/1": [0, 1, 2] };
  const weights = (attributes) => {
    const steps = one("reduction", shape(3), shape(1), { operands: [{ input: 0 }], reduced: "max", ...attributes });
    const made = doc(steps, held);
    return count(3, 0).map((channel) => growing(made, steps[1], 0, { channel, y: 0, x: 0 }).some[0].weight);
  };
  assert.deepEqual(weights({}), [0.5, 0, 0.5]);
  assert.deepEqual(weights({ part: 0 }), [1, 0, 0]);
});

test("a cumulation", () => {
  const held = {
    "base-0/1": [
      [4, 1, 1],
      [0, 0, 0, 0],
    ],
    "along-0/1": [0, 1, 2, 3],
  };
  assertSlopes(one("cumulation", shape(4), shape(4), { operands: [{ input: 0 }] }), held);
});

test("rows times columns, with what is added", () => {
  // [2, 3] times [3, 2], as units of lists: row i begins at 3 i, column j at j, two apart.
  const held = {
    "base-0/2": [
      [4, 1, 1],
      [0, 0, 3, 3],
    ],
    "along-0/2": [0, 1, 2],
    "base-1/2": [
      [4, 1, 1],
      [0, 1, 0, 1],
    ],
    "along-1/2": [0, 2, 4],
  };
  const attributes = { ...OPERANDS, factor: 0.5, added: null };
  assertSlopes(two("pairs", shape(6), shape(6), shape(4), attributes), held);
});

test("attention: queries, keys and values", () => {
  // Two queries and two keys of two numbers each, as lists.
  const rows = [0, 0, 2, 2];
  const steps = [
    ...[0, 1, 2].map((i) => step(i, "input", shape(4), { inputs: [] })),
    step(3, "attention", shape(4), {
      inputs: [0, 1, 2],
      attributes: { operands: [{ input: 0 }, { input: 1 }, { input: 2 }], scale: 0.7, causal: false, mask: "" },
    }),
  ];
  const held = {
    "base-0/3": [[4, 1, 1], rows],
    "along-0/3": [0, 1],
    "base-1/3": [
      [4, 1, 1],
      [0, 0, 0, 0],
    ],
    "along-1/3": [0, 1, 2, 3],
    "base-2/3": [
      [4, 1, 1],
      [0, 1, 0, 1],
    ],
    "along-2/3": [0, 2],
    "queries/3": [
      [4, 1, 1],
      [0, 1, 0, 1],
    ],
    "query-steps/3": [0, 2],
  };
  assertSlopes(steps, held);
});

test("attention: a mask that is added", () => {
  const steps = [
    ...[0, 1, 2, 3].map((i) => step(i, "input", shape(4), { inputs: [] })),
    step(4, "attention", shape(4), {
      inputs: [0, 1, 2, 3],
      attributes: {
        operands: [{ input: 0 }, { input: 1 }, { input: 2 }, { input: 3 }],
        scale: 0.7,
        causal: false,
        mask: "adds",
      },
    }),
  ];
  const list = (values) => [[4, 1, 1], values];
  const held = {
    "base-0/4": list([0, 0, 2, 2]),
    "along-0/4": [0, 1],
    "base-1/4": list([0, 0, 0, 0]),
    "along-1/4": [0, 1, 2, 3],
    "base-2/4": list([0, 1, 0, 1]),
    "along-2/4": [0, 2],
    "base-3/4": list([0, 0, 2, 2]),
    "along-3/4": [0, 1],
    "queries/4": list([0, 1, 0, 1]),
    "query-steps/4": [0, 2],
  };
  assertSlopes(steps, held);
});

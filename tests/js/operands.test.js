// What the page works out from places that it is sent: sums of pairs, reductions, cumulations, two values joined.

import assert from "node:assert/strict";
import { test } from "node:test";
import { joinOf, signOf } from "../../src/fivebyfive/views/page/js/kinds/binary/functions.js";
import { lookup, named, numberOf, placeOf } from "../../src/fivebyfive/views/page/js/sums/places.js";
import { nameOf } from "../../src/fivebyfive/views/page/js/sums/operands.js";
import { count, doc, KINDS, marked, shape, step } from "./support.js";

const at = (channel, y = 0, x = 0) => ({ channel, y, x });
const constant = (k) => ({ buffer: `constant-${k}` });

test("a place is a number, and a number a place", () => {
  const size = shape(3, 2, 4);
  for (const place of [at(0), at(2, 1, 3), at(1, 0, 2)]) assert.deepEqual(placeOf(size, numberOf(size, place)), place);
  assert.equal(named(size, at(1, 0, 2)), "y 0, x 2, channel 1");
  assert.equal(named(shape(5), at(4)), "unit 4");
  assert.equal(lookup(doc([step(0, "input", size)]), "base-0/0", size), null);
});

/** A result of two rows and two columns, times itself, turned. */
function product() {
  const attributes = { operands: [{ input: 0 }, { input: 0 }], factor: 2, added: null };
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "pairs", shape(1, 2, 2), { attributes })];
  const base = { "base-0/1": [0, 0, 2, 0, 0], "base-1/1": [0, 0, 0, 0, 2] };
  return doc(steps, { "output/0": count(4), ...base, "along-0/1": [0, 1], "along-1/1": [0, 1] });
}

test("a row times a column is a sum of products, and each term says where both stand", () => {
  const made = product();
  const { terms, total } = made.sum(made.steps[1], at(0, 0, 1));
  assert.deepEqual(
    terms.map((t) => [t.value, t.weight, t.x, t.y]),
    [
      [1, 6, 0, 0],
      [2, 8, 1, 0],
    ],
  );
  assert.deepEqual(terms[1].by.place, at(0, 1, 1));
  assert.equal(total, 22);
});

test("with learned weights and a bias every place has the same matrix", () => {
  const attributes = { operands: [{ input: 0 }, { buffer: "weight" }, constant(2)], factor: 1, added: 0.5 };
  const steps = [step(0, "input", shape(1, 1, 2)), step(1, "pairs", shape(1, 1, 1), { attributes })];
  const zero = [0, 0, 0];
  const tables = { "base-0/1": zero, "base-1/1": zero, "base-2/1": zero, "along-0/1": [0, 1], "along-1/1": [0, 1] };
  const held = { "output/0": [3, 4], "weight/1": [10, 100], "constant-2/1": [8] };
  const made = doc(steps, { ...tables, ...held });
  const found = made.sum(made.steps[1], at(0));
  assert.deepEqual([found.bias, found.total], [4, 434]);
  assert.equal(nameOf(made, made.steps[1], 1), "its weights");
  assert.equal(doc(steps, { ...tables, "output/0": [3, 4] }).sum(steps[1], at(0)), null); // the weights were left out
});

/** Four values in a row, which become one. */
function reduced(more, numbers = [1, -2, 4, 1]) {
  const attributes = { operands: [{ input: 0 }], ...more };
  const steps = [step(0, "input", shape(1, 1, 4)), step(1, "reduction", shape(1), { attributes })];
  return doc(steps, { "output/0": numbers, "base-0/1": [0, 0, 0], "along-0/1": [0, 1, 2, 3] });
}

for (const [name, total] of [
  ["sum", 4],
  ["mean", 1],
  ["max", 4],
  ["min", -2],
]) {
  test(`many values become one: ${name}`, () => {
    const made = reduced({ reduced: name });
    assert.equal(made.sum(made.steps[1], at(0)).total, total);
  });
}

for (const [more, result] of [
  [{ reduced: "prod" }, -8],
  [{ reduced: "var", fewer: 1 }, 6],
  [{ reduced: "var", fewer: 0 }, 4.5],
  [{ reduced: "std", fewer: 0 }, Math.sqrt(4.5)],
  [{ reduced: "norm", power: 2 }, Math.sqrt(22)],
  [{ reduced: "norm", power: Infinity }, 4],
  [{ reduced: "norm", power: 0 }, 4],
  [{ reduced: "logsumexp" }, Math.log(2 * Math.E + Math.exp(-2) + Math.exp(4))],
  [{ reduced: "argmax" }, 2],
  [{ reduced: "argmin" }, 1],
]) {
  test(`many values become one: ${Object.values(more).join(" ")}`, () => {
    const made = reduced(more);
    const told = KINDS.reduction.tell(made, made.steps[1], at(0));
    assert.ok(Math.abs(marked(told, "data-sum")[0] - result) < 1e-12);
  });
}

test("a cumulation adds up the values of its line, up to its own", () => {
  const attributes = { operands: [{ input: 0 }] };
  const steps = [step(0, "input", shape(1, 2, 3)), step(1, "cumulation", shape(1, 2, 3), { attributes })];
  const tables = { "base-0/1": [0, 0, 3, 0, 0, 0], "along-0/1": [0, 1, 2] };
  const made = doc(steps, { "output/0": count(6), ...tables });
  const totals = [at(0, 0, 0), at(0, 0, 2), at(0, 1, 1)].map((place) => made.sum(made.steps[1], place).total);
  assert.deepEqual(totals, [1, 6, 9]);
});

/** Two values, joined by an operation. */
function joined(op, a, b, more = {}) {
  return joinOf({ op, attributes: more })(a, b);
}

test("two values become one as the operation has it", () => {
  assert.equal(joined("add", 1, 2, { factor: 0.5 }), 2);
  assert.equal(joined("sub", 1, 2, { factor: -1 }), -1);
  assert.equal(joined("div", -7, 2, { rounding_mode: "floor" }), -4);
  assert.equal(joined("div", -7, 2, { rounding_mode: "trunc" }), -3);
  assert.equal(joined("remainder", -7, 3), 2);
  assert.equal(joined("fmod", -7, 3), -1);
  assert.equal(joined("maximum", NaN, 2), NaN);
  assert.equal(joined("fmax", NaN, 2), 2);
  assert.equal(joined("and", 6, 3), 2);
  assert.equal(joined("logical_xor", 5, 0), 1);
  assert.deepEqual(
    [signOf({ op: "sub", attributes: { factor: -1 } }), signOf({ op: "add", attributes: { factor: 2 } })],
    ["−", ""],
  );
});

test("a value with a number: the whole map, and one of its values in words", () => {
  const attributes = { operands: [{ input: 0 }, constant(1)] };
  const steps = [step(0, "input", shape(1, 1, 3)), step(1, "binary", shape(1, 1, 3), { op: "mul", attributes })];
  const made = doc(steps, { "output/0": count(3), "base-1/1": [0, 0, 0, 0, 0], "constant-1/1": [-2] });
  assert.deepEqual([...made.output(1)], [-2, -4, -6]);
  const told = KINDS.binary.tell(made, made.steps[1], at(0, 0, 2));
  assert.deepEqual([...marked(told, "data-value-in"), ...marked(told, "data-sum")], [3, -6]);
  assert.match(told[0].textContent, /3\.000·\(−2\.000\)=−6\.000/);
});

test("a choice takes one of two values, and tells what the other would be", () => {
  const attributes = { operands: [{ input: 0 }, constant(1), { input: 0 }], asks: "mask" };
  const steps = [step(0, "input", shape(1, 1, 3)), step(1, "choice", shape(1, 1, 3), { attributes })];
  const made = doc(steps, { "output/0": [0, 2, 0], "base-1/1": [0, 0, 0, 0, 0], "constant-1/1": [-1] });
  assert.deepEqual([...made.output(1)], [0, -1, 0]);
  const told = KINDS.choice.tell(made, made.steps[1], at(0, 0, 1));
  assert.deepEqual(marked(told, "data-sum"), [-1]);
  assert.match(told[0].textContent, /the mask holds here/);
});

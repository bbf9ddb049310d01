// Two beside each other: how far they are apart, where the ways part, and what is kept to be compared with.

import assert from "node:assert/strict";
import { test } from "node:test";
import { rows } from "../../src/fivebyfive/views/page/js/compare/answers.js";
import { apart, difference, relative } from "../../src/fivebyfive/views/page/js/compare/apart.js";
import { besideKept, keep, written } from "../../src/fivebyfive/views/page/js/compare/beside.js";
import { part, parting, story } from "../../src/fivebyfive/views/page/js/compare/story.js";
import { largest, tall } from "../../src/fivebyfive/views/page/js/compare/strip.js";
import { doc, shape, step } from "./support.js";

const floats = (...values) => Float32Array.from(values);
const steps = () => [step(0, "input", shape(2)), step(1, "", shape(2)), step(2, "", shape(2))];
const made = (...outputs) => doc(steps(), Object.fromEntries(outputs.map((values, i) => [`output/${i}`, values])));

test("how far apart: root mean squares, the largest difference, and where", () => {
  const found = apart(floats(3, 4, 0, 0), floats(3, 0, 0, 2), shape(1, 2, 2));
  assert.deepEqual(found, {
    size: Math.sqrt(25 / 4),
    difference: Math.sqrt(20 / 4),
    largest: 4,
    at: { channel: 0, y: 0, x: 1 },
  });
  assert.ok(Math.abs(relative(found) - Math.sqrt(20 / 25)) < 1e-12);
});

test("the same infinity, or no number, in both is no difference; in one alone it is one", () => {
  assert.deepEqual([...difference(floats(Infinity, NaN, 1), floats(Infinity, NaN, 0))], [0, 0, 1]);
  assert.equal(relative(apart(floats(0, 0), floats(0, 0), shape(2))), 0);
  assert.equal(relative(apart(floats(0, 0), floats(0, 1), shape(2))), Infinity);
  assert.ok(Number.isNaN(relative(apart(floats(0, 0), floats(0, NaN), shape(2)))));
});

test("where there is nothing to compare there is no difference", () => {
  assert.equal(apart(floats(1, 2), floats(1), shape(2)), null);
  assert.equal(apart(null, floats(1), shape(1)), null);
  assert.equal(apart(floats(), floats(), shape(0)), null);
});

test("what was kept stays what it was when the page goes on", () => {
  const now = made([1, 2], [2, 4], [0, 8]);
  const kept = keep(now);
  const same = besideKept(now, kept);
  assert.equal(parting(same), null);
  assert.deepEqual(story(now, same), ["All values are the same."]);
  now.buffers.get("output/1")[1] = 0;
  now.version += 1;
  const later = besideKept(now, kept);
  assert.equal(parting(later).step.index, 1);
  assert.deepEqual([...later.output(1)], [2, 4]);
  assert.match(
    story(now, later)[0],
    /^The ways part at 1: what comes in is the same, and what comes out differs, by 200.%/,
  );
});

test("a network that took another way is compared where both ways have the same step", () => {
  const kept = keep(made([1, 2], [2, 4], [0, 8]));
  const [first, , last] = steps();
  const short = doc([first, { ...last, index: 1, inputs: [0] }], { "output/0": [1, 2], "output/1": [0, 4] });
  const found = besideKept(short, kept);
  assert.deepEqual(found.only, ["1"]);
  assert.equal(found.pairs[1].came, null);
  assert.deepEqual([...found.output(1)], [0, 8]);
  assert.match(story(short, found).join(" "), /2 steps of A's 2 and B's 3 are in both. Only in B: 1. The first step/);
});

test("numbers that JSON has no word for come as words", () => {
  const now = made([0, 0], [0, 0], [0, 0]);
  const told = (size, difference) => ({
    name: "x",
    size: "2",
    came: "nan",
    alike: false,
    apart: { size, difference, largest: "-inf", at: { channel: 0, y: 0, x: 0 } },
  });
  now.fields.against = { steps: [told(0, "inf"), told("nan", 1), null], only: [], count: 2, answers: [], rounded: [2] };
  const { pairs, rounded } = written(now);
  assert.equal(relative(pairs[0].apart), Infinity);
  assert.equal(pairs[0].apart.largest, -Infinity);
  assert.ok(Number.isNaN(relative(pairs[1].apart)));
  assert.equal(pairs[2], null);
  assert.deepEqual([1, 2].map(rounded), [false, true]);
});

test("bars are as tall as the difference; the smallest can be seen, and none is higher than the strip", () => {
  const pairs = [null, { apart: null }, ...[0.5, 2].map((size) => ({ apart: { size: 1, difference: size } }))];
  assert.equal(largest(pairs), 2);
  assert.deepEqual(
    [0, 0.5, 2, Infinity, NaN].map((far) => tall(far, 2)),
    [0, 0.25, 1, 1, 0],
  );
  assert.ok(tall(1e-9, 2) > 0.01);
});

test("all classes are shown in their order, of very many the likeliest of each", () => {
  const answer = (label, probability) => ({ label, probability });
  const [a, b] = [
    [answer("x", 0.9), answer("y", 0.1)],
    [answer("y", 0.8), answer("z", 0.2)],
  ];
  assert.deepEqual(rows(a, b, ["y", "x"]), [
    { label: "y", shares: [0.1, 0.8] },
    { label: "x", shares: [0.9, NaN] },
    { label: "z", shares: [NaN, 0.2] },
  ]);
  const many = Array.from({ length: 50 }, (_, i) => answer(`c${i}`, 1 / (i + 2)));
  const names = many.map(({ label }) => label);
  assert.deepEqual(
    rows(many, [...many].reverse(), names).map(({ label }) => label),
    [...names.slice(0, 5), ...names.slice(-5).reverse()],
  );
});

test("a part is written as a percentage", () => {
  const said = [0, 1e-9, 0.004, 0.9996, 1.212, 12.04, Infinity, NaN].map((value) => part(value).replace("\u00a0", " "));
  assert.deepEqual(said, ["0 %", "< 0.1 %", "0.4 %", "100.0 %", "121 %", "1,204 %", "∞", "NaN"]);
});

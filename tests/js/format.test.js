// Numbers and sizes as people read them, and formulas as they are set.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.js";
import {
  grouped,
  long,
  percent,
  plural,
  roughly,
  short,
  sizes,
} from "../../src/fivebyfive/views/page/js/draw/format.js";
import { equation, figures, symbols } from "../../src/fivebyfive/views/page/js/draw/formula.js";
import { shown } from "../../src/fivebyfive/views/page/js/back/optimizers.js";
import { KINDS, shape, step } from "./support.js";

test("three digits after the point, fewer where the number is large, a power where it is tiny", () => {
  const written = { 0: "0", 1.23456: "1.235", "-12.3456": "−12.35", 123.456: "123.5", 12345.6: "12346" };
  for (const [value, text] of Object.entries(written)) assert.equal(short(Number(value)), text);
  assert.equal(short(-0.0000123), "−1.2e−5");
  assert.deepEqual([NaN, Infinity, -Infinity].map(short), ["NaN", "∞", "−∞"]);
});

test("a rough number has three digits", () => {
  roughly(true);
  try {
    const written = { 1.23456: "1.23", "-12.3456": "−12.3", 123.456: "123", 12345.6: "12300", 0.12345: "0.123" };
    for (const [value, text] of Object.entries(written)) assert.equal(short(Number(value)), text);
    assert.equal(long(1.23456), "1.23");
  } finally {
    roughly(false);
  }
});

test("seven digits are all that a float32 has", () => {
  assert.equal(long(-1.23456789), "−1.234568");
});

test("no share is rounded to all or nothing", () => {
  assert.deepEqual([1, 0.99996, 0.5, 0.0001, 0].map(percent), ["100.0 %", "> 99.9 %", "50.0 %", "< 0.1 %", "0.0 %"]);
});

test("thousands apart, one or several, a map's size or a list's length", () => {
  assert.equal(grouped(1234567), "1,234,567");
  assert.deepEqual([plural(1, "map"), plural(2, "map")], ["1 map", "2 maps"]);
  assert.deepEqual([sizes(shape(32, 28, 27)), sizes(shape(10))], ["28×27×32", "10"]);
});

test("a negative number stands in brackets, but for the first and the result", () => {
  assert.equal(equation(-1, "+", -2, "=", -3).textContent, "−1.000+(−2.000)=−3.000");
});

test("the products written out, the others as one number, the bias, the total", () => {
  const terms = [{ value: 2, weight: -3 }];
  const text = figures(terms, { more: 1234, moreSum: 1, bias: 0.5, total: -4.5 }, 4).textContent;
  assert.equal(text, "2.000·(−3.000)+[1,234 more:\u00a01.000]+0.500=−4.500");
});

test("every kind's formula says what the output is", () => {
  const attributes = { kernel: [3, 3], stride: [2, 1], padding: { top: 1, bottom: 1, left: 0, right: 0 } };
  const made = step(1, "convolution", shape(1, 2, 2), { attributes });
  const text = symbols(made, KINDS.convolution.symbols(made, true)).textContent;
  assert.equal(text, "O[n,i,j,k]=∑di,dj,qI[n,2·i+di−1,j+dj,q]·W[di,dj,q,k]+b[k]");
});

test("a number that lies just between two of six digits goes to the even one, as Python writes it", () => {
  assert.equal(shown(0.05078125), "0.0507812");
  assert.equal(shown(-0.05078175), "−0.0507818");
  assert.equal(shown(0.5), "0.5");
  assert.equal(shown(1234565), "1.23456e+06");
});

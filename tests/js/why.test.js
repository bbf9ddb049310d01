// Why an answer: the difference of two accounts, what adds up, the maps that are worth a row, and where to ask.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Accounts } from "../../src/fivebyfive/views/page/js/why/accounts.js";
import { address } from "../../src/fivebyfive/views/page/js/why/server.js";
import { strongest, worth } from "../../src/fivebyfive/views/page/js/why/strongest.js";
import { contribution } from "../../src/fivebyfive/views/page/js/why/trial.js";
import { shape, step } from "./support.js";

const STEPS = [
  step(0, "input", shape(1, 2, 3), { kind: "input" }),
  step(1, "convolution", shape(2, 2, 3), { kind: "convolution" }),
  step(2, "bias", shape(2, 2, 3), { kind: "convolution" }),
  step(3, "matrix", shape(2), { kind: "fully connected" }),
];

function accounts(more = {}) {
  const why = {
    classes: [7, 4],
    names: ["seven", "four"],
    asked: [0, null],
    number: "the logit",
    inputs: [0],
    steps: [1, 2],
    accounts: [
      {
        value: 10,
        inputs: [3],
        shares: [
          [1, 1e-9, "rounding"],
          [2, 5, "bias"],
          [3, 2, "curve"],
        ],
      },
      {
        value: 4,
        inputs: [1],
        shares: [
          [1, 1e-9, "rounding"],
          [2, 3, "bias"],
          [3, 0, "rounding"],
        ],
      },
    ],
    cam: null,
    patch: { size: 2, stride: 1 },
    off: null,
    ...more,
  };
  const held = {
    "why-pixels/0": [
      [2, 3],
      [1, 2, 0, 0, 0, 0],
    ],
    "why-pixels/1": [
      [2, 3],
      [0, 1, 0, 0, 0, 0],
    ],
    "why-maps/0": [[4], [1, -2, 3, 0.5]],
    "why-maps/1": [[4], [1, 1, 1, 1]],
    "why-patch": [
      [1, 2, 2],
      [9, 4, 6, 4],
    ],
    "why-patch-answer": [
      [1, 2],
      [7, 4],
    ],
    "why-patch-share": [
      [1, 2],
      [0.75, 0.5],
    ],
  };
  const buffers = new Map(Object.entries(held).map(([name, [, numbers]]) => [name, Float32Array.from(numbers)]));
  const shapes = new Map(Object.entries(held).map(([name, [size]]) => [name, size]));
  return new Accounts({ fields: { why }, buffers, shapes }, STEPS);
}

test("the parts add up to the number, and rounding is none of them", () => {
  const parts = accounts().parts(0, null, 9);
  assert.deepEqual(
    parts.map((part) => [part.step, part.amount, part.sort]),
    [
      [null, 3, "pixels"],
      [2, 5, "bias"],
      [3, 2, "curve"],
    ],
  );
  assert.equal(
    parts.reduce((sum, part) => sum + part.amount, 0),
    accounts().value(0, null),
  );
});

test("too many parts are put together, and it still adds up", () => {
  const parts = accounts().parts(0, null, 1);
  assert.deepEqual(
    parts.map((part) => [part.amount, part.sort]),
    [
      [3, "pixels"],
      [5, "bias"],
      [2, "1 smaller"],
    ],
  );
});

test("one class rather than another is the difference, in every number", () => {
  const found = accounts();
  assert.equal(found.value(0, 1), 6);
  assert.equal(found.said(0, 1), "the logit of seven over that of four");
  assert.deepEqual([...found.pixels(0, 1).values], [1, 1, 0, 0, 0, 0]);
  assert.deepEqual([...found.maps(0, 1).get(2)], [2, -0.5]);
  const parts = found.parts(0, 1, 9);
  assert.equal(
    parts.reduce((sum, part) => sum + part.amount, 0),
    6,
  );
  assert.deepEqual(
    parts.map((part) => part.sort),
    ["pixels", "bias", "curve"],
  );
});

test("a test that came along has its number and its answer", () => {
  const classes = Array.from({ length: 10 }, (_, i) => `class ${i}`);
  const found = accounts();
  assert.deepEqual(found.tested("why-patch", 1, 0, 1, classes), {
    value: 2,
    answer: { label: "class 4", probability: 0.5 },
  });
  assert.equal(found.tested("why-off", 0, 0, null, classes), null);
});

test("a patch lies where one was tried, however far out it is dragged", () => {
  const found = accounts();
  assert.deepEqual(found.patchAt(9, 0.6), { row: 0, column: 1, size: 2, stride: 1, columns: 2 });
  assert.deepEqual(found.patchAt(-4, -4).column, 0);
  assert.equal(accounts({ patch: null }).patchAt(0, 0), null);
});

test("how far it falls is for each pixel the mean of the patches on it", () => {
  assert.deepEqual([...accounts().falls(0, null).values], [1, 2.5, 4, 1, 2.5, 4]);
});

test("what is covered had contributed the sum of its pixels", () => {
  const patch = { kind: "patch", y: 0, x: 1, size: 2 };
  assert.equal(contribution(accounts(), 0, null, patch), 2);
  assert.equal(contribution(accounts(), 0, null, { kind: "map", step: 1, channel: 1 }), -2);
});

test("the strongest maps come first, whatever their sign", () => {
  assert.deepEqual(
    strongest([1, -3, 2], 2).map(({ channel }) => channel),
    [1, 2],
  );
});

test("a convolution and its bias are one row, the later one's", () => {
  const maps = new Map(STEPS.map(({ index }) => [index, [1, 2]]));
  assert.deepEqual(worth(maps, STEPS), [2, 3]);
});

test("a picture is asked about as it was asked for", () => {
  const asked = { class: 7, instead_of: null };
  assert.equal(address("api/mnist/12?knows=abc", asked), "api/why?mnist=12&class=7");
  assert.equal(address("api/explain?width=112&height=112", asked), "api/why?width=112&height=112&class=7");
  assert.equal(address("api/explain", { class: null }), "api/why?");
});

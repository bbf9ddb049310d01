// How a map is played.

import assert from "node:assert/strict";
import test from "node:test";
import { shape, step } from "./support.js";

const JS = "../../src/fivebyfive/views/page/js";
const { beginning, blankOf, firstCell, firstWindow, going, pace } = await import(`${JS}/layer/playing.js`);

const plane = (values, width) => ({ values, width, height: values.length / width });
/** Windows of 3×3 that keep the size. */
const W = { kernel: [3, 3], stride: [1, 1], dilation: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } };

test("blank is what there is most of, whatever the number", () => {
  assert.equal(blankOf(plane([-0.4, -0.4, 3, -0.4], 2)), -0.4);
  assert.equal(firstCell(plane([-0.4, -0.4, 3, -0.4], 2)), 2);
  assert.equal(firstCell(plane([NaN, NaN, 1, NaN], 2)), 2);
});

test("the first window is the first that holds something, padding aside", () => {
  const dot = new Array(36).fill(0);
  dot[3 * 6 + 4] = 1; // y 3, x 4: the window at y 2, x 3 is the first that reaches it
  assert.equal(firstWindow(plane(dot, 6), W, { height: 6, width: 6 }), 2 * 6 + 3);
  assert.equal(firstWindow(plane(new Array(36).fill(7), 6), W, { height: 6, width: 6 }), 0);
});

test("a step with windows begins by what it reads, any other by what it makes", () => {
  const doc = {
    map: (index, channel) => plane(index === 0 && channel === 1 ? [0, 0, 0, 0, 0, 9] : [5, 5, 5, 5, 1, 5], 2),
  };
  const input = step(0, "input", shape(2, 3, 2));
  const pooling = step(1, "maximum", shape(2, 3, 2), { attributes: { form: "maximum", ...W } });
  assert.equal(beginning(doc, pooling, { channel: 0, source: 1 }, true), 2);
  assert.equal(beginning(doc, pooling, { channel: 0, source: 1 }, false), 4);
  assert.equal(beginning(doc, input, { channel: 1, source: 0 }, true), 5);
});

test("a map takes ten seconds, however large it is; a tiny one a second a cell", () => {
  assert.equal(pace(28 * 28, 1), 78.4);
  assert.equal(pace(224 * 224, 1), 5017.6);
  assert.equal(pace(4, 1), 1);
  assert.equal(pace(784, 2), 2 * pace(784, 1));
});

test("where motion is unwelcome it goes on once a second", () => {
  assert.equal(going(1.5, 20, false), 1);
  assert.equal(going(19.9, 20, true), 0);
  assert.equal(going(20.2, 20, true), 20);
});

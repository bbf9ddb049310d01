// The document: what an envelope brings is taken, the rest stays; numbers lie where their shapes say.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.js";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { chain } from "../../src/fivebyfive/views/page/js/number/chain.js";
import { count, doc, shape, step } from "./support.js";

/** Bytes of an envelope with one buffer. */
function packed(fields, name, numbers, size, more = {}) {
  const start = 256;
  const type = numbers instanceof Uint16Array ? "float16" : "float32";
  const header = { fields, buffers: { [name]: { type, shape: size, offset: start } }, ...more };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new ArrayBuffer(start + numbers.byteLength);
  new DataView(bytes).setUint32(0, text.length, true);
  new Uint8Array(bytes, 4).set(text);
  new Uint8Array(bytes, start).set(new Uint8Array(numbers.buffer));
  return bytes;
}

test("an envelope is read where its numbers lie", () => {
  const bytes = packed({ doubt: "ü" }, "output/0", Float32Array.of(1.5, -2), [2, 1]);
  const { fields, buffers, shapes } = unpack(bytes);
  assert.deepEqual(
    [fields.doubt, Array.from(buffers.get("output/0")), shapes.get("output/0")],
    ["ü", [1.5, -2], [2, 1]],
  );
  assert.equal(buffers.get("output/0").buffer, bytes);
});

test("numbers that were laid out to be compressed are put in order", () => {
  const laid = Uint8Array.of(0, 0, 0, 0, 0xc0, 0, 0x3f, 0xc0); // 1.5 is 0x3fc00000, -2 is 0xc0000000
  const bytes = packed({}, "output/0", new Float32Array(laid.buffer), [2], { planes: true });
  assert.deepEqual(Array.from(unpack(bytes).buffers.get("output/0")), [1.5, -2]);
});

test("half precision is read: the largest, the smallest, both zeros, what is no number", () => {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff, 1, 0x8000, 0x7c00, 0xfc00, 0x7e00);
  const { buffers } = unpack(packed({}, "output/0", halves, [9]));
  assert.deepEqual(Array.from(buffers.get("output/0")), [
    1,
    -2,
    0.333251953125,
    65504,
    2 ** -24,
    -0,
    Infinity,
    -Infinity,
    NaN,
  ]);
});

test("what follows from very many steps is worked out", () => {
  const steps = Array.from({ length: 20000 }, (_, i) => step(i, i ? "output" : "input", shape(1)));
  const made = doc(steps, { "output/0": [7] });
  assert.equal(made.value(19999, 0, 0, 0), 7);
});

test("what follows from a thumbnail is not there", () => {
  const steps = [step(0, "input", shape(1)), step(1, "output", shape(1)), step(2, "output", shape(1))];
  const made = doc(steps, { "output/0": [7], "thumbnail/1": [127] });
  assert.deepEqual([made.output(1), made.output(2)], [null, null]);
});

test("a value is found by channel, row and column", () => {
  const made = doc([step(0, "input", shape(2, 2, 3))], { "output/0": count(12) });
  assert.equal(made.value(0, 1, 1, 2), 12);
  assert.deepEqual(Array.from(made.map(0, 1).values), count(6, 7));
});

test("new numbers replace the old, and what followed from them is worked out again", () => {
  const made = doc([step(0, "input", shape(1)), step(1, "output", shape(1))], { "output/0": [1] });
  assert.equal(made.value(1, 0, 0, 0), 1);
  made.take({ fields: {}, buffers: new Map([["output/0", Float32Array.of(2)]]), shapes: new Map() });
  assert.deepEqual([made.value(1, 0, 0, 0), made.version], [2, 2]);
});

test("a new structure brings everything anew", () => {
  const made = doc([step(0, "input", shape(1))], { "output/0": [1] });
  made.take({ fields: { structure: { steps: [step(0, "input", shape(1))] } }, buffers: new Map(), shapes: new Map() });
  assert.equal(made.output(0), null);
});

test("a thumbnail stands for a map that was left out", () => {
  const steps = [step(0, "input", shape(1, 4, 4))];
  const made = doc(steps, {
    "thumbnail/0": [
      [1, 1, 3],
      [0, 127, 254],
    ],
    "spread/0": [2],
  });
  assert.deepEqual(Array.from(made.map(0, 0).values), [-2, 0, 2]);
});

test("a number is followed as long as nothing else comes in", () => {
  const over = { channels: 1, rows: true, columns: true };
  const size = shape(1, 2, 2);
  const steps = [
    step(0, "input", size),
    step(1, "bias", size),
    step(2, "activation", size),
    step(3, "normalization", size, { attributes: { eps: 0 } }),
    step(4, "normalization", size, { attributes: { eps: 0, over } }),
  ];
  assert.deepEqual(
    chain(doc(steps), steps[0]).map(({ index }) => index),
    [1, 2, 3],
  );
});

test("a kind is found by its form alone", () => {
  const known = { tell: () => null };
  const made = doc([step(0, "made up", shape(1))], {}, { "made up": known });
  assert.equal(made.kindOf(made.steps[0]), known);
  assert.deepEqual(doc([step(0, "toString", shape(1))]).kindOf(step(0, "toString", shape(1))), {});
});

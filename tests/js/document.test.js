// The document: what an envelope brings is taken, the rest stays; numbers lie where their shapes say.

import assert from "node:assert/strict";
import { test } from "node:test";
import "./support.js";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { chain } from "../../src/fivebyfive/views/page/js/number/chain.js";
import { count, doc, shape, step } from "./support.js";

/** Bytes of an envelope with one buffer of float32 numbers. */
function packed(fields, name, numbers, size) {
  const start = 256;
  const header = { fields, buffers: { [name]: { type: "float32", shape: size, offset: start } } };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new ArrayBuffer(start + numbers.length * 4);
  new DataView(bytes).setUint32(0, text.length, true);
  new Uint8Array(bytes, 4).set(text);
  new Float32Array(bytes, start).set(numbers);
  return bytes;
}

test("an envelope is read where its numbers lie", () => {
  const bytes = packed({ doubt: "ü" }, "output/0", [1.5, -2], [2, 1]);
  const { fields, buffers, shapes } = unpack(bytes);
  assert.deepEqual(
    [fields.doubt, Array.from(buffers.get("output/0")), shapes.get("output/0")],
    ["ü", [1.5, -2], [2, 1]],
  );
  assert.equal(buffers.get("output/0").buffer, bytes);
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

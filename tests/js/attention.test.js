// Attention: scores of a query against all keys, the shares that softmax makes of them, and what the query gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, queries } from "../../src/fivebyfive/views/page/js/kinds/attention/shares.js";
import { doc, shape, step } from "./support.js";

/** Two queries, two keys of one number each, and their values; more attributes, and a mask. */
function attention(more = {}, mask = null) {
  const operands = [0, 1, 2].map((input) => ({ input }));
  if (mask) operands.push({ buffer: "constant-3" });
  const attributes = { operands, scale: 1, causal: false, mask: "", ...more };
  const lists = ["query", "key", "value"].map((name, i) => step(i, "input", shape(1, 2, 1), { name, inputs: [] }));
  const steps = [...lists, step(3, "attention", shape(1, 2, 1), { inputs: [0, 1, 2], attributes })];
  const [rows, zero] = [
    [0, 0, 1, 0],
    [0, 0, 0, 0],
  ];
  const tables = { "base-0/3": rows, "along-0/3": [0], "base-1/3": zero, "along-1/3": [0, 1] };
  const values = { "base-2/3": zero, "along-2/3": [0, 1], "queries/3": zero, "query-steps/3": [0, 1] };
  const masked = mask ? { "base-3/3": [0, 0, 2, 0], "along-3/3": [0, 1], "constant-3/3": mask } : {};
  const numbers = { "output/0": [1, 2], "output/1": [0, Math.log(3)], "output/2": [10, 20] };
  return doc(steps, { ...numbers, ...tables, ...values, ...masked });
}

const at = (y) => ({ channel: 0, y, x: 0 });
const close = (found, expected) => found.forEach((x, i) => assert.ok(Math.abs(x - expected[i]) < 1e-6, `${found}`));

test("each key is asked, and the shares add up to 1", () => {
  const made = attention();
  const first = asked(made, made.steps[3], at(0));
  close([...first.scores, ...first.shares], [0, Math.log(3), 0.25, 0.75]);
  close([...asked(made, made.steps[3], at(1)).shares], [0.1, 0.9]);
  assert.ok(Math.abs(made.sum(made.steps[3], at(0)).total - 17.5) < 1e-6);
});

test("a query that must not look behind itself sees the keys up to its own", () => {
  const made = attention({ causal: true });
  close([...asked(made, made.steps[3], at(0)).shares], [1, 0]);
  close([...asked(made, made.steps[3], at(1)).shares], [0.1, 0.9]);
});

test("a mask adds to the scores, or says which keys are seen; of none comes nothing", () => {
  const adds = attention({ mask: "adds" }, [Math.log(3), 0, 0, -Infinity]);
  close([...asked(adds, adds.steps[3], at(0)).shares], [0.5, 0.5]);
  close([...asked(adds, adds.steps[3], at(1)).shares], [1, 0]);
  const hides = attention({ mask: "hides" }, [0, 1, 0, 0]);
  close([...asked(hides, hides.steps[3], at(0)).shares], [0, 1]);
  close([...asked(hides, hides.steps[3], at(1)).shares], [0, 0]);
});

test("the queries of a head are the places where the same number stands", () => {
  const made = attention();
  assert.deepEqual(queries(made, made.steps[3], at(1)), { own: 1, places: [at(0), at(1)] });
});

test("what several heads give is multiplied by the last matrix", () => {
  const operands = [0, 1, 2].map((k) => ({ buffer: `constant-${k}` }));
  const attributes = { operands, added: 1 };
  const steps = [step(0, "input", shape(2)), step(1, "multi_head", shape(1, 1, 2), { attributes })];
  const [zero, along] = [[0, 0, 0, 0], [0, 1]]; // prettier-ignore
  const tables = { "base-0/1": zero, "along-0/1": along, "base-1/1": [0, 0, 0, 2], "along-1/1": along };
  const held = { "constant-0/1": [3, 4], "constant-1/1": [1, 1, 10, 100], "base-2/1": [0, 0, 0, 1] };
  const made = doc(steps, { "output/0": [0, 0], ...tables, ...held, "constant-2/1": [0, 5] });
  const found = made.sum(made.steps[1], { channel: 0, y: 0, x: 1 });
  assert.deepEqual([found.bias, found.total], [5, 435]);
});

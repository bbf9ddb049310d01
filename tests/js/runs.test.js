// Of a function that is called several times, one run is shown at a time.

import assert from "node:assert/strict";
import { test } from "node:test";
import { counterpart, routinesOf, runOf } from "../../src/fivebyfive/views/page/js/panels/runs.js";

const at = (line, run) => ({ file: 0, line, run });

/** conv2d (lines 20 to 22) is called by lines 37 and 42 of conv_net, maxpool2d (27) by line 39; 5 made a layer. */
const STEPS = [
  { name: "input", lines: [at(30, -1)] },
  { name: "conv1.conv2d", lines: [at(37, 1), at(20, 2), at(5, -1)] },
  { name: "conv1.relu", lines: [at(37, 1), at(22, 2)] },
  { name: "conv1.max_pool", lines: [at(39, 1), at(27, 3)] },
  { name: "conv2.conv2d", lines: [at(42, 1), at(20, 4)] },
  { name: "conv2.relu", lines: [at(42, 1), at(22, 4)] },
].map((step, index) => ({ index, ...step }));

const routines = routinesOf(STEPS);
const of = (line) => routines.find(({ lines }) => lines.has(`0:${line}`));

test("lines that one run went through are one function's", () => {
  assert.equal(routines.length, 3);
  assert.deepEqual([...of(20).lines].sort(), ["0:20", "0:22"]);
  assert.equal(of(37), of(42));
  assert.equal(of(5), undefined);
});

test("each run has its steps, and what their names have in common", () => {
  const names = (line) => of(line).runs.map(({ name, steps }) => [name, ...steps.map((s) => s.name)]);
  assert.deepEqual(names(20), [
    ["conv1", "conv1.conv2d", "conv1.relu"],
    ["conv2", "conv2.conv2d", "conv2.relu"],
  ]);
  assert.deepEqual(names(27), [["conv1.max_pool", "conv1.max_pool"]]);
});

test("the run of the chosen step is shown, else the one before, else the first", () => {
  const { runs } = of(20);
  assert.equal(runOf(of(20), STEPS[5], undefined), runs[1]);
  assert.equal(runOf(of(20), STEPS[3], runs[1]), runs[1]);
  assert.equal(runOf(of(20), STEPS[3], undefined), runs[0]);
});

test("another run is entered at the same line", () => {
  const [first, second] = of(20).runs;
  assert.equal(counterpart(first, second, STEPS[2]), STEPS[5]);
  assert.equal(counterpart(second, first, STEPS[5]), STEPS[2]);
  assert.equal(counterpart(first, second, STEPS[3]), STEPS[4]);
});

test("functions whose lines meet later are one all the same", () => {
  const steps = [
    { index: 0, name: "a", lines: [at(1, 1)] },
    { index: 1, name: "b", lines: [at(2, 2)] },
    { index: 2, name: "c", lines: [at(1, 2)] },
  ];
  const [one, ...others] = routinesOf(steps);
  assert.equal(others.length, 0);
  assert.deepEqual(
    one.runs.map(({ steps: own }) => own.map((s) => s.name)),
    [["a"], ["b", "c"]],
  );
});

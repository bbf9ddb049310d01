// The blocks of the big picture: which steps are one, what they are called, and what a map reaches through them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldAtFirst, groupsOf, items, owners } from "../../src/fivebyfive/views/page/js/overview/groups.js";
import { namedSteps } from "../../src/fivebyfive/views/page/js/overview/named.js";
import { madeFrom, madeOf } from "../../src/fivebyfive/views/page/js/overview/reach.js";
import { renewed, sample, withChannel } from "../../src/fivebyfive/views/page/js/overview/sample.js";
import { count, doc, shape, step } from "./support.js";

/** Steps by name; `runs` are numbers of functions and statements, from outside in. */
function stepsOf(...listed) {
  return listed.map(([name, runs = [], more = {}], i) => ({
    ...step(i, "activation", shape(4, 2, 2), { relation: "each" }),
    name,
    op: name.split(".").pop(),
    module: "",
    kind: runs.length ? "other" : i ? "output" : "input",
    parameters: 0,
    macs: 0,
    runs,
    ...more,
  }));
}

const POST = stepsOf(
  ["input"],
  ["x.reshape", [0, 1, 2, 3]],
  ["conv1.conv2d", [0, 1, 2, 4, 5, 6], { parameters: 832 }],
  ["conv1.bias_add", [0, 1, 2, 4, 5, 7]],
  ["conv1.relu", [0, 1, 2, 4, 5, 8]],
  ["conv1.max_pool", [0, 1, 2, 9, 10, 11]],
  ["output"],
);

test("the steps of one line are a block, of what is only handed on there is none", () => {
  assert.deepEqual(groupsOf(POST), [{ path: "conv1", depth: 1, first: 2, last: 4 }]);
});

test("folded at first to the lines of the code", () => {
  const groups = groupsOf(POST);
  const shown = items(POST, groups, foldAtFirst(POST, groups)).map((item) => item.step.name);
  assert.deepEqual(shown, ["input", "x.reshape", "conv1.relu", "conv1.max_pool", "output"]);
});

test("a block is called as the part of the network that its line is about", () => {
  const steps = stepsOf(
    ["input"],
    ["x.pad", [0, 1]],
    ["conv1", [0, 2], { module: "conv1", parameters: 9 }],
    ["x.relu", [0, 2]],
    ["pool", [0, 2], { module: "pool" }],
    ["skip.max_pool2d", [0, 3]],
    ["down.conv", [0, 3, 4, 5], { module: "down.conv", parameters: 9 }],
    ["down.relu", [0, 3, 4, 6], { module: "down" }],
    ["x.permute", [0, 7]],
    ["x.flatten", [0, 7]],
    ["output"],
  );
  assert.deepEqual(
    groupsOf(steps).map(({ path, depth }) => [path, depth]),
    [
      ["conv1", 1],
      ["down", 1],
      ["down", 2],
      ["flatten", 1],
    ],
  );
});

test("a loop over blocks is one block, and each of its rounds one in it", () => {
  const rounds = [0, 1, 2].flatMap((i) => [
    [`blocks.${i}.conv`, [0, 1, 2 + i, 10 + 2 * i], { module: `blocks.${i}.conv`, parameters: 9 }],
    [`blocks.${i}.relu`, [0, 1, 2 + i, 11 + 2 * i], { module: `blocks.${i}` }],
  ]);
  const steps = stepsOf(["input"], ...rounds, ["head", [0, 20]], ["output"]);
  const groups = groupsOf(steps);
  assert.deepEqual(
    groups.map(({ path, depth, first, last }) => [path, depth, first, last]),
    [
      ["blocks", 1, 1, 6],
      ["blocks.0", 2, 1, 2],
      ["blocks.1", 2, 3, 4],
      ["blocks.2", 2, 5, 6],
    ],
  );
  const shown = items(steps, groups, new Set(groups.slice(1).map((g) => `${g.path}@${g.first}-${g.last}`)));
  assert.deepEqual(
    shown.map((item) => item.group?.path ?? item.step.name),
    ["input", "blocks.0", "blocks.1", "blocks.2", "head", "output"],
  );
});

test("where most happens within one line, it is opened at first", () => {
  const deep = count(8).map((i) => [`features.${i}`, [0, 1], { module: `features.${i}` }]);
  const steps = stepsOf(["input"], ...deep, ["head", [0, 2]], ["output"]);
  const groups = groupsOf(steps);
  assert.equal(items(steps, groups, foldAtFirst(steps, groups)).length, 11);
});

test("without lines of code, names make the blocks", () => {
  const steps = stepsOf(["input"], ["layer.conv"], ["layer.relu"], ["head"], ["output"]);
  for (const s of steps.slice(1, -1)) s.kind = "other";
  assert.deepEqual(groupsOf(steps), [{ path: "layer", depth: 1, first: 1, last: 2 }]);
});

const owned = (steps, groups) => {
  const list = items(steps, groups, foldAtFirst(steps, groups));
  return [list.map((item) => item.step.index), owners(list)];
};

test("a map reaches through what is folded", () => {
  const form = { attributes: { form: "matrix" }, relation: "all" };
  const steps = POST.map((s) => (s.name === "conv1.conv2d" ? { ...s, ...form } : s));
  const [shown, owner] = owned(steps, groupsOf(steps));
  const made = doc(steps);
  assert.deepEqual([...madeOf(made, shown, owner, 4, 2)], [[1, "all"]]);
  assert.deepEqual([...madeFrom(made, shown, owner, 1, 2)], [[2, "all"]]);
  assert.deepEqual([...madeFrom(made, shown, owner, 4, 2)], [[3, new Set([2])]]);
  assert.deepEqual([...madeOf(made, shown, owner, 5, 2)], [[2, new Set([2])]]);
  assert.deepEqual([...madeFrom(made, shown, owner, 3, 2)], [[3, new Set([2])]], "from a step within the block");
});

test("the liveliest maps are shown, in their order, and the chosen one takes the place of the least lively", () => {
  const lively = (channel) => [5, 1, 9, 3, 7][channel];
  assert.deepEqual(sample(5, 3, lively), [0, 2, 4]);
  assert.deepEqual(sample(3, 3, lively), [0, 1, 2]);
  assert.deepEqual(withChannel([0, 2, 4], 1, lively), [1, 2, 4]);
  assert.deepEqual(withChannel([0, 2, 4], 4, lively), [0, 2, 4]);
});

test("another picture changes only those maps that it leaves empty", () => {
  const lively = (channel) => [5, 0, 9, 3, 7][channel];
  assert.deepEqual(renewed([1, 3, 4], 5, lively), [2, 3, 4]);
  assert.deepEqual(renewed([0, 3, 4], 5, lively), [0, 3, 4]);
  assert.deepEqual(
    renewed([0, 1, 3], 5, () => 0),
    [0, 1, 2],
    "of nothing, the first",
  );
});

test("units have names where there is one for each class, back from the answer", () => {
  const sizes = [shape(4, 2, 2), shape(3), shape(3), shape(3)];
  const steps = sizes.map((size, i) => step(i, "activation", size));
  assert.deepEqual([...namedSteps(steps, ["a", "b", "c"])], [3, 2, 1]);
  assert.deepEqual([...namedSteps(steps, ["a", "b"])], []);
});

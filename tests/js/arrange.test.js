// Where the blocks of the big picture stand: all of it fits, nothing covers anything else, and every line has its way.

import assert from "node:assert/strict";
import { test } from "node:test";
import { count, shape, step } from "./support.js";
import { arrange } from "../../src/fivebyfive/views/page/js/overview/arrange.js";
import { HEAD, MORE, cellBox } from "../../src/fivebyfive/views/page/js/overview/layout.js";
import { channelAt, channelBeside } from "../../src/fivebyfive/views/page/js/overview/pointing.js";
import { SMALLEST, cellsOf } from "../../src/fivebyfive/views/page/js/overview/tiles.js";

const LINEAR = [
  ...[shape(784), shape(1, 28, 28), shape(32, 28, 28), shape(32, 14, 14), shape(64, 14, 14), shape(64, 7, 7)],
  ...[shape(3136), shape(1024), shape(1024), shape(1024), shape(10), shape(10)],
];
const SCREENS = { desk: [950, 450], small: [638, 384], phone: [340, 800], large: [1754, 640] };

/** Steps that each take the one before, and those that `skips` names: [from, to]. */
function stepsOf(sizes, skips = []) {
  const steps = sizes.map((size, i) => step(i, "activation", size, { kind: i ? "other" : "input" }));
  for (const [from, to] of skips) steps[to].inputs = [...steps[to].inputs, from];
  return steps;
}

function arranged(steps, width, height, size = "fit", head = 56) {
  const list = steps.map((s) => ({ step: s, group: null }));
  const measured = steps.map((s) => ({
    head,
    bars: s.shape.flat && s.shape.channels <= 16 ? 124 : 0,
    colour: false,
    look: null,
  }));
  return arrange(steps, list, [], { size, width, height }, measured);
}

/** A block with its name above and the words below. */
const boxes = ({ blocks }) =>
  blocks.flatMap((b) => [
    { left: b.left, right: b.left + b.room, top: b.y - HEAD, bottom: b.y },
    { left: b.x, right: b.x + b.width, top: b.y, bottom: b.y + b.height + (b.more ? MORE : 0) },
  ]);

function apart(plan) {
  const all = boxes(plan);
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) {
      const beside = a.right <= b.left + 0.01 || b.right <= a.left + 0.01;
      assert.ok(beside || a.bottom <= b.top + 0.01 || b.bottom <= a.top + 0.01, JSON.stringify([a, b]));
    }
  }
}

for (const [screen, [width, height]] of Object.entries(SCREENS)) {
  test(`the post's network fits, with maps to look at: ${screen}`, () => {
    const plan = arranged(stepsOf(LINEAR), width, height);
    assert.ok(plan.width <= width, `${plan.width} of ${width}`);
    assert.ok(screen === "phone" || plan.height <= height, `${plan.height} of ${height}`);
    for (const block of plan.blocks.filter((b) => b.form === "tiles")) {
      assert.ok(Math.min(block.cell.width, block.cell.height) - block.gap >= SMALLEST);
    }
    apart(plan);
  });
}

test("long names and many blocks collide nowhere, and stay within the width", () => {
  for (const blocks of [45, 120]) {
    for (const width of [340, 950]) {
      const plan = arranged(stepsOf(count(blocks).map(() => shape(16, 8, 8))), width, 450, "fit", 400);
      assert.ok(plan.width <= width, `${plan.width} of ${width}`);
      apart(plan);
    }
  }
});

test("more room is filled with more maps", () => {
  const shown = (width, height) =>
    Math.max(
      ...arranged(stepsOf(LINEAR), width, height).blocks.map(
        (b) => b.channels.length + (b.form === "tiles" ? b.shown : 0),
      ),
    );
  assert.ok(shown(1754, 640) > shown(638, 384));
});

test("a line around a block has its own level, and one into a later row its own track", () => {
  const steps = stepsOf(
    count(24).map(() => shape(8, 8, 8)),
    [
      [1, 4],
      [2, 5],
      [0, 22],
      [1, 23],
    ],
  );
  const { edges, lanes } = arranged(steps, 638, 384);
  const of = (from, to) => edges.find((e) => e.from === from && e.to === to);
  assert.ok(lanes.length > 1);
  assert.notEqual(of(1, 4).level, of(2, 5).level);
  assert.equal(of(1, 2).level, 0);
  assert.notEqual(of(0, 22).track, of(1, 23).track);
  for (const { from, to, level } of edges) if (to === from + 1 && level === 0) assert.equal(edges[from].into, 0);
});

test("each way a step's numbers lie has its form", () => {
  const look = { pitch: 44, across: 2, down: 3 };
  const form = (size, more = {}, bars = 0, colour = false) => cellsOf(step(1, "", size, more), look, bars, colour);
  assert.equal(form(shape(32, 28, 28)).form, "tiles");
  assert.equal(form(shape(32, 28, 28)).shown, 6);
  assert.equal(form(shape(24, 1, 17)).form, "strips");
  assert.equal(form(shape(10)).form, "bars");
  assert.equal(form(shape(1000), {}, 130).shown, 10);
  assert.equal(form(shape(3, 8, 8), {}, 0, true).shown, 4, "the picture, red, green, blue");
  const list = form(shape(1024));
  assert.deepEqual([list.form, list.shown], ["mosaic", 1024]);
  const picture = form(shape(784), { kind: "input" });
  assert.equal(picture.across, 28);
  assert.equal(form(shape(0, 4, 4)).shown, 1, "an empty step has a place too");
});

test("the map under the pointer, and the one beside it, are among those shown", () => {
  const block = { ...cellsOf(step(1, "", shape(9, 8, 8)), { pitch: 44, across: 2, down: 2 }, 0, false), x: 0, y: 0 };
  block.channels = [1, 3, 4, 8];
  for (const [i, channel] of block.channels.entries()) {
    const { x, y } = cellBox(block, i);
    assert.equal(channelAt(block, x + 2, y + 2), channel);
  }
  assert.equal(channelAt(block, 200, 2), null);
  assert.equal(channelAt(block, 2, -1), null);
  assert.deepEqual(
    ["ArrowRight", "ArrowDown", "ArrowLeft", "Enter"].map((key) => channelBeside(block, key, 1)),
    [3, 4, 1, 1],
  );
  assert.equal(channelBeside(block, "a", 1), null);
});

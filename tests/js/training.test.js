// The film of a training: its numbers, where filters lie, what is said of a frame.

import assert from "node:assert/strict";
import test from "node:test";
import "./support.js";

const JS = "../../src/fivebyfive/views/page/js/training";
const { summed, summedBytes } = await import(`${JS}/coded.js`);
const { ALL, arranged, beside, cellAt, cellOf, corner, paint } = await import(`${JS}/tiles.js`);
const { Reel } = await import(`${JS}/reel.js`);
const { axisOf, thinned } = await import(`${JS}/curves.js`);
const { Messages } = await import(`${JS}/follow.js`);
const { how, layerSays, listed, when, wrongs } = await import(`${JS}/words.js`);
const { place } = await import(`${JS}/life.js`);

const ABOUT = {
  network: "net",
  recipe: "quick",
  classes: ["zero", "one"],
  steps: 20,
  batch_size: 10,
  layers: [{ name: "conv", shape: [2, 1, 1, 2], picture: false }],
  left_out: [],
};

/** An envelope as `unpack` gives one; a buffer is [shape, numbers]. */
function envelope(film, buffers = {}) {
  const entries = Object.entries(buffers);
  return {
    fields: { film },
    buffers: new Map(entries.map(([name, [, numbers]]) => [name, numbers])),
    shapes: new Map(entries.map(([name, [shape]]) => [name, shape])),
  };
}

function begun() {
  const reel = new Reel();
  reel.take(
    envelope(
      { about: ABOUT },
      { "film/pictures": [[2, 1, 1, 1], Uint8Array.of(0, 255)], "film/labels": [[2], Int32Array.of(0, 1)] },
    ),
  );
  return reel;
}

/** A frame as a training that goes on sends it. */
function frame(step, weights, answers, more = {}) {
  const buffers = { "film/weight/0": [[1, 2, 1, 1, 2], Float32Array.from(weights)] };
  if (answers) buffers["film/answers"] = [[1, 2, 2], Float32Array.from(answers)];
  return envelope({ frames: [{ step, rate: 0.1, loss: null, accuracy: null }], ...more }, buffers);
}

test("changes in zigzag become the numbers again", () => {
  // 3, −2, then 1 more each, then 3 less each
  assert.deepEqual([...summed(Uint16Array.of(6, 3, 2, 2, 5, 5), 3, 0.5)], [1.5, -1, 2, -0.5, 0.5, -2]);
});

test("bytes go round", () => {
  assert.deepEqual([...summedBytes(Uint8Array.of(11, 20, 20, 19), 2)], [250, 10, 4, 0]);
});

test("every weight of a channel has one cell, and every cell its weight", () => {
  for (const channel of [0, 2, ALL]) {
    const tiles = arranged([5, 3, 2, 4], channel);
    const found = new Set();
    for (let y = 0; y < tiles.height; y++) {
      for (let x = 0; x < tiles.width; x++) {
        const cell = cellAt(tiles, x + 0.5, y + 0.5);
        if (!cell) continue;
        found.add(cell.index);
        assert.deepEqual(cellOf(tiles, cell.index), cell);
        const from = corner(tiles, cell.tile);
        assert.deepEqual([from.x + cell.x, from.y + cell.y], [x, y]);
      }
    }
    assert.equal(found.size, channel === ALL ? 5 * 3 * 8 : 5 * 8);
  }
});

test("a matrix is one tile, the longer way across", () => {
  const wide = arranged([2, 3, 1, 1], 0);
  assert.deepEqual([wide.width, wide.height], [3, 2]);
  assert.equal(cellAt(wide, 2, 1).index, 5);
  const tall = arranged([3, 2, 1, 1], 0);
  assert.deepEqual([tall.width, tall.height], [3, 2]);
  assert.equal(cellAt(tall, 2, 1).index, 5);
  assert.equal(cellAt(tall, 1, 0).index, 2);
});

test("arrow keys cross the gap between filters, and stay at the edge", () => {
  const tiles = arranged([4, 1, 1, 2], 0);
  const second = beside(tiles, cellAt(tiles, 1, 0), 0, 1);
  assert.equal(second.index, 2);
  assert.equal(beside(tiles, cellAt(tiles, 0, 0), -1, 0).index, 0);
});

test("between the filters nothing is painted", () => {
  const tiles = arranged([2, 1, 1, 2], 0, 9);
  const pixels = new Uint32Array(tiles.width * tiles.height);
  paint(pixels, tiles, (index) => index + 1);
  assert.deepEqual([...pixels], [1, 2, 0, 3, 4]);
});

test("a film that goes on is one frame after another", () => {
  const reel = begun();
  reel.take(frame(0, [1, 2, 3, 4], [0.9, 0.1, 0.9, 0.1]));
  reel.take(frame(4, [5, 6, 7, -8], [0.9, 0.1, 0.2, 0.8], { history: [[2, 1.5, 0.5]], looks: [[3, 1.2, 0.6]] }));
  assert.deepEqual(
    reel.frames.map(({ step }) => step),
    [0, 4],
  );
  assert.deepEqual([...reel.weights(0, reel.frames[1])], [5, 6, 7, -8]);
  assert.equal(reel.range(0, null), 8);
  assert.equal(reel.range(0, reel.frames[0]), 4);
  assert.deepEqual(reel.wrong(reel.frames[0]), [{ picture: 1, said: 0 }]);
  assert.deepEqual(reel.wrong(reel.frames[1]), []);
  assert.deepEqual(reel.life(0, 3), [
    [0, 4],
    [4, -8],
  ]);
  assert.deepEqual(
    [0, 3, 4, 99].map((step) => reel.at(step)),
    [0, 0, 1, 1],
  );
  assert.equal(reel.batch(1), null);
  assert.deepEqual(reel.batch(3), [2, 1.5, 0.5]);
  assert.equal(reel.look(2), null);
  assert.match(how(reel, reel.frames[1]), /; 60(\.0)? % of the validation pictures right \(looked after step 3\)/);
});

test("a frame that was not asked has the answers of the one before, and says so", () => {
  const reel = begun();
  reel.take(frame(3, [1, 2, 3, 4], [0.9, 0.1, 0.9, 0.1]));
  reel.take(frame(5, [1, 2, 3, 4], null));
  assert.deepEqual(reel.wrong(reel.frames[1]), [{ picture: 1, said: 0 }]);
  assert.match(how(reel, reel.frames[1]), /1 right \(asked after step 3\)/);
  assert.doesNotMatch(how(reel, reel.frames[0]), /asked after/);
});

test("the same step once more takes the place of the first", () => {
  const reel = begun();
  reel.take(frame(3, [1, 2, 3, 4], null));
  reel.take(frame(3, [9, 2, 3, 4], null));
  assert.equal(reel.frames.length, 1);
  assert.equal(reel.weights(0, reel.frames[0])[0], 9);
});

test("a film that grows too long keeps its first and its last frame", () => {
  const reel = begun();
  reel.most = 40;
  for (let step = 0; step <= 30; step++) reel.take(frame(step, [step, 0, 0, 0], null));
  assert.ok(reel.frames.length <= 10);
  assert.equal(reel.frames[0].step, 0);
  assert.equal(reel.frames.at(-1).step, 30);
});

test("an answer that is no number is wrong, and is no class", () => {
  const reel = begun();
  reel.take(frame(3, [1, 2, 3, 4], [NaN, NaN, 0.2, 0.8]));
  assert.deepEqual(reel.wrong(reel.frames[0]), [{ picture: 0, said: -1 }]);
  assert.equal(listed(reel, reel.frames[0]), "Got wrong: zero read as no class");
});

test("maps of a file lie as changes, those that go on as they are", () => {
  const reel = begun();
  const buffers = {
    "film/maps/0": [[2, 1, 1, 1, 2], Uint8Array.of(0, 2, 20, 0)],
    "film/maps-range/0": [[2, 1], Float32Array.of(3, 3)],
  };
  const frames = [0, 1].map((step) => ({ step, rate: 0, loss: 1, accuracy: 0 }));
  reel.take(envelope({ frames, coded: { "film/maps/0": 1 } }, buffers));
  assert.deepEqual([...reel.maps(0, reel.frames[1], 0).bytes], [10, 1]);
  assert.equal(reel.maps(0, reel.frames[1], 1), null);
  assert.equal(reel.mapped, 1);
});

test("what is said of a frame", () => {
  const reel = begun();
  reel.take(frame(0, [1, 2, 3, 4], [0.9, 0.1, 0.9, 0.1]));
  reel.take(frame(4, [1, 2, 3, 4], [0.9, 0.1, 0.2, 0.8]));
  assert.equal(when(reel, reel.frames[0]), "before the first of 20 steps: nothing is learned yet");
  assert.equal(when(reel, reel.frames[1]), "after step 4 of 20: 40 pictures seen, learning rate 0.100");
  assert.equal(wrongs(reel, reel.frames[0]), "1 picture it got wrong then, and what it said:");
  assert.equal(wrongs(reel, reel.frames[1]), "It got none of them wrong then.");
  assert.match(layerSays(ABOUT.layers[0], 0, 2), /^conv: 2 filters of 1×2\. Blue is above zero/);
});

test("where a weight is, counted from 0", () => {
  assert.equal(place([2, 3, 2, 2], 12 + 4 + 3), "filter 1, channel 1, y 1, x 1");
  assert.equal(place([2, 3, 1, 1], 4), "from input 1 to output 1");
});

test("a loss that falls a thousandfold is shown by powers of ten, another from zero", () => {
  const far = axisOf([1000, 10, 1]);
  assert.deepEqual([far.share(1000), far.share(1)], [1, 0]);
  assert.ok(Math.abs(far.share(10) - 1 / 3) < 1e-9);
  assert.equal(axisOf([2, 1]).share(1), 0.5);
  assert.equal(axisOf([]).share(1), 0);
});

test("of many points every so many are drawn, the last too", () => {
  const points = Array.from({ length: 1000 }, (_, i) => [i, 1, 1]);
  const few = thinned(points, 300);
  assert.ok(few.length <= 301);
  assert.deepEqual(few.at(-1), points.at(-1));
});

test("messages come whole, however the bytes are cut", () => {
  const header = new TextEncoder().encode('{"fields":{"film":{"n":7}},"buffers":{}}');
  const body = new Uint8Array(4 + header.length);
  new DataView(body.buffer).setUint32(0, header.length, true);
  body.set(header, 4);
  const message = new Uint8Array(4 + body.length);
  new DataView(message.buffer).setUint32(0, body.length, true);
  message.set(body, 4);
  const three = Uint8Array.from([...message, ...message, ...message]);
  for (const size of [1, 3, 7, message.length, three.length]) {
    let count = 0;
    const messages = new Messages(({ fields }) => {
      assert.equal(fields.film.n, 7);
      count += 1;
    });
    for (let at = 0; at < three.length; at += size) messages.push(three.slice(at, at + size));
    assert.equal(count, 3);
  }
});

test("a message without end is refused", () => {
  const messages = new Messages(() => assert.fail());
  assert.throws(() => messages.push(Uint8Array.of(255, 255, 255, 255)), /damaged/);
});

// A finger on a map.

import assert from "node:assert/strict";
import test from "node:test";

const { Finger } = await import("../../src/fivebyfive/views/page/js/draw/finger.js");

const at = (clientX, clientY) => ({ clientX, clientY });

test("a finger that goes up or down does not point, one that goes to a side does, and then all over", () => {
  const finger = new Finger();
  finger.down(at(100, 100));
  assert.equal(finger.moved(at(103, 70)), false);
  assert.equal(finger.moved(at(104, 103)), false);
  assert.equal(finger.moved(at(112, 104)), true);
  assert.equal(finger.moved(at(112, 160)), true);
  finger.down(at(0, 0));
  assert.equal(finger.moved(at(0, 20)), false);
});

// The tour: sentences with the numbers of the picture, and answers that were typed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { doc, shape, step } from "./support.js";
import { isRight } from "../../src/fivebyfive/views/page/js/lesson/check.js";
import { filled, highest } from "../../src/fivebyfive/views/page/js/lesson/filled.js";

test("a number may be typed as people write it", () => {
  for (const typed of ["3211264", "3,211,264", "3.211.264", "3 211 264", " 3211264 "])
    assert.ok(isRight(typed, "3211264"));
  for (const typed of ["321126", "-3211264", "x", ""]) assert.ok(!isRight(typed, "3211264"));
});

test("a sentence takes its numbers from the picture that is shown", () => {
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "bias", shape(1, 2, 2))];
  const made = doc(steps, { "output/0": [0, -3, 1, 0], "bias/1": [0.5] });
  const ask = (what, index = 1) => filled(made, ["It is ", { step: index, what }, "."]);
  assert.equal(ask("value"), "It is 1.500.");
  assert.equal(ask("before"), "It is 1.000.");
  assert.equal(ask("bias"), "It is 0.500.");
  assert.equal(ask("place"), "It is y 1, x 0, channel 0.");
  assert.equal(ask("not zero", 0), "It is 2.");
  assert.equal(ask("highest in 0"), "It is 1.500.");
  assert.equal(ask("highest at 0"), "It is y 1, x 0, channel 0.");
  assert.deepEqual(highest(made, steps[1], 0), { channel: 0, y: 1, x: 0 });
});

test("what a file does not hold is left open", () => {
  const steps = [step(0, "input", shape(1, 2, 2)), step(1, "", shape(1, 2, 2))];
  const made = doc(steps, { "output/0": [0, 1, 2, 3] });
  for (const what of ["value", "strongest", "zeros", "label", "probability", "loss"]) {
    assert.equal(filled(made, [{ step: 1, what }]), "…");
  }
});

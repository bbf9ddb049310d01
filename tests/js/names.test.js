// What a step is called.

import assert from "node:assert/strict";
import test from "node:test";
import "./support.js";

const { titled, unsaid } = await import("../../src/fivebyfive/views/page/js/document/names.js");

test("a name that ends in a number is followed by the operation, any other says enough", () => {
  assert.equal(titled({ name: "features.0", op: "conv2d" }), "features.0 · conv2d");
  assert.equal(titled({ name: "1#2", op: "relu_" }), "1#2 · relu");
  assert.equal(titled({ name: "conv1.conv2d", op: "conv2d" }), "conv1.conv2d");
  assert.equal(unsaid({ name: "layer4.1.bn2", op: "batch_norm" }), "");
});

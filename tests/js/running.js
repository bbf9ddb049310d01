// Runs networks as the page does, and says how far each step is from what was recorded. Asked by tests/running.py:
// node running.js PARTS RECORDED [PARTS RECORDED …], envelopes; answers with one line of JSON for each pair.

import { readFileSync } from "node:fs";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";
import { brought, forward } from "../../src/fivebyfive/views/page/js/network/forward.js";
import { KINDS } from "./support.js";

function read(path) {
  const bytes = readFileSync(path);
  return unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** How far numbers are from those expected, as a part of the largest of these, or of 1. */
function distance(found, expected) {
  if (!found || found.length !== expected.length) return null;
  let [far, most] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    if (Number.isFinite(expected[i])) most = Math.max(most, Math.abs(expected[i]));
    if (Object.is(found[i], expected[i]) || found[i] === expected[i]) continue;
    far = Math.max(far, Number.isNaN(found[i] - expected[i]) ? Infinity : Math.abs(found[i] - expected[i]));
  }
  return Number.isFinite(far) ? far / most : null;
}

function compared(partsPath, recordedPath) {
  const doc = new Doc(read(partsPath), KINDS);
  const recorded = read(recordedPath);
  const outputs = forward(doc, recorded.buffers.get("output/0"));
  const made = brought(doc, outputs);
  return Object.fromEntries(
    [...recorded.buffers]
      .filter(([name]) => made.buffers.has(name))
      .map(([name, numbers]) => [name, distance(made.buffers.get(name), numbers)]),
  );
}

const paths = process.argv.slice(2);
for (let i = 0; i < paths.length; i += 2) {
  let answer;
  try {
    answer = { distances: compared(paths[i], paths[i + 1]) };
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}

// Runs networks as the page does, and says how far each step is from what was recorded. Asked by tests/running.py:
// node running.js SENT RECORDED CHANGES [SENT RECORDED CHANGES …], two envelopes and JSON, {} where nothing is changed;
// answers with one line of JSON for each three.

import { readFileSync } from "node:fs";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";
import { brought, forward } from "../../src/fivebyfive/views/page/js/network/forward.js";
import { otherwise } from "../../src/fivebyfive/views/page/js/network/otherwise.js";
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

/** What the page makes of the picture, or of a change to the network. */
function made(sent, picture, changes) {
  const doc = new Doc(sent, KINDS);
  if (changes.length) return otherwise(doc, new Map(changes));
  return brought(doc, forward(doc, picture));
}

function compared(sent, recorded, changes) {
  const found = made(sent, recorded.buffers.get("output/0"), changes);
  const distances = [...recorded.buffers]
    .filter(([name]) => found.buffers.has(name))
    .map(([name, numbers]) => [name, distance(found.buffers.get(name), numbers)]);
  return { distances: Object.fromEntries(distances), stopped: found.stopped?.step.name };
}

const paths = process.argv.slice(2);
for (let i = 0; i < paths.length; i += 3) {
  let answer;
  try {
    answer = compared(read(paths[i]), read(paths[i + 1]), JSON.parse(readFileSync(paths[i + 2])));
  } catch (error) {
    answer = { error: error.message };
  }
  console.log(JSON.stringify(answer));
}

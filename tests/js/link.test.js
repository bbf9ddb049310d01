// The link keeps the picture: what is drawn comes back as it was, and a long drawing is thinned.

import assert from "node:assert/strict";
import { test } from "node:test";
import { drawn, encoded, linked, wanted } from "../../src/fivebyfive/views/page/js/live/link.js";
import { server } from "../../src/fivebyfive/views/page/js/live/server.js";
import { ofDrawing, ofFile, ofGallery, ofMnist } from "../../src/fivebyfive/views/page/js/live/source.js";

const SEVEN = [
  [{ x: 50, y: 40 }, { x: 140, y: 42 }, { x: 80, y: 190 }], // prettier-ignore
  [{ x: 0, y: 195 }],
];

test("a drawing comes back point by point", () => {
  assert.deepEqual(drawn(`#step=conv1&drawn=${encoded(SEVEN)}`), SEVEN);
});

test("a long scribble is thinned until the link is short, and keeps its ends", () => {
  const scribble = Array.from({ length: 4000 }, (_, i) => ({
    x: Math.round(98 + 90 * Math.cos(i / 17)),
    y: Math.round(98 + 90 * Math.sin(i / 23)),
  }));
  const text = encoded([scribble]);
  assert.ok(text.length <= 1500);
  const [back] = drawn(`#drawn=${text}`);
  assert.deepEqual([back[0], back.at(-1)], [scribble[0], scribble.at(-1)]);
  assert.ok(back.length > 20);
});

test("the picture below is named, but for one from a file, which no link can hold", () => {
  assert.deepEqual(linked(ofMnist(12), []), { mnist: "12" });
  assert.deepEqual(linked(ofGallery(3), SEVEN), { gallery: "3", drawn: encoded(SEVEN) });
  assert.deepEqual(linked(null, SEVEN), { drawn: encoded(SEVEN) });
  assert.deepEqual(linked(ofFile(null), SEVEN), {});
  assert.deepEqual(linked(ofDrawing(null), []), {});
});

test("what a link asks for, and what it asks for in vain", () => {
  assert.deepEqual(wanted("#mnist=12&step=x"), ofMnist(12));
  assert.deepEqual(wanted("#gallery=3"), ofGallery(3));
  for (const hash of ["", "#mnist=-1", "#mnist=1e3", "#gallery=123456", "#step=conv1"])
    assert.equal(wanted(hash), null);
  for (const text of ["A", "!!!!", "a".repeat(1504), "_____w"]) assert.ok(Array.isArray(drawn(`#drawn=${text}`)));
  assert.deepEqual(drawn("#drawn=!!!!"), []);
});

test("a server has no picture of a file's gallery", async () => {
  const { signal } = new AbortController();
  await assert.rejects(server.answer(ofGallery(3), new URLSearchParams(), signal), /is not on this page/);
});

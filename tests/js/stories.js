// What the page tells of two beside each other: node stories.js FILE … prints the sentences of each recorded document.

import { readFileSync } from "node:fs";
import { written } from "../../src/fivebyfive/views/page/js/compare/beside.js";
import { story } from "../../src/fivebyfive/views/page/js/compare/story.js";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { KINDS } from "./support.js";

const found = process.argv.slice(2).map((path) => {
  const bytes = readFileSync(path);
  const doc = new Doc(unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)), KINDS);
  return story(doc, written(doc));
});
process.stdout.write(JSON.stringify(found));

// The sentences of the tour as the page fills them in, for Python to compare: node fillings.js FILE … prints, of each
// recorded document, every sentence of every stop.

import { readFileSync } from "node:fs";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { filled } from "../../src/fivebyfive/views/page/js/lesson/filled.js";
import { stopsOf } from "../../src/fivebyfive/views/page/js/lesson/stop.js";
import { KINDS } from "./support.js";

const found = process.argv.slice(2).map((path) => {
  const bytes = readFileSync(path);
  const doc = new Doc(unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)), KINDS);
  return Object.fromEntries(
    stopsOf(doc).map(({ id, says, ask }) => [
      id,
      [...says, ask.question, ask.because].map((sentence) => filled(doc, sentence)),
    ]),
  );
});
process.stdout.write(JSON.stringify(found));

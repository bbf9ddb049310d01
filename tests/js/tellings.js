// The telling values of recorded documents, for Python to compare: node tellings.js FILE … prints a list for each.

import { readFileSync } from "node:fs";
import { telling } from "../../src/fivebyfive/views/page/js/choice/telling.js";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";
import { unpack } from "../../src/fivebyfive/views/page/js/document/envelope.js";
import { KINDS } from "./support.js";

const found = process.argv.slice(2).map((path) => {
  const bytes = readFileSync(path);
  const doc = new Doc(unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)), KINDS);
  return telling(doc).map(({ y, x, channel }) => [y, x, channel]);
});
process.stdout.write(JSON.stringify(found));

// Prepares pictures as the page does. Asked by tests/pictures/test_on_the_page.py: node prepared.js FILE, where the
// file holds a list of questions as JSON; answers with a list.

import { readFileSync } from "node:fs";
import { doubt, probabilities, ranking } from "../../src/fivebyfive/views/page/js/network/decide.js";
import { prepared } from "../../src/fivebyfive/views/page/js/prepare/drawing.js";
import { fitted } from "../../src/fivebyfive/views/page/js/prepare/fit.js";
import { inkOf, isPrepared } from "../../src/fivebyfive/views/page/js/prepare/photo.js";
import { isSeveral } from "../../src/fivebyfive/views/page/js/prepare/several.js";

const picture = ({ bytes, ...rest }) => ({ ...rest, values: Uint8Array.from(Buffer.from(bytes, "base64")) });
const bytes = ({ height, width, values }) => ({ height, width, bytes: Buffer.from(values).toString("base64") });

const ASKED = {
  drawing: (given) => {
    const { pixels, stages, several } = prepared(picture(given));
    return { ...bytes(pixels), stages: stages.map((stage) => ({ name: stage.name, ...bytes(stage.pixels) })), several };
  },
  fit: (given) => bytes(fitted(picture(given), given.size)),
  several: (given) => isSeveral(picture(given)),
  photo: (given) => {
    const { pixels } = prepared(inkOf(picture(given)));
    return bytes(pixels);
  },
  mnist: (given) => isPrepared(picture(given)),
  decide: ({ outputs, kind, classes }) => {
    const shares = probabilities(outputs, kind);
    if (!shares) return null;
    const order = ranking(shares, classes);
    return { shares, order, doubt: doubt(classes[order[0]], shares[order[0]], classes) };
  },
};

const answers = JSON.parse(readFileSync(process.argv[2], "utf-8")).map(({ ask, ...given }) => {
  try {
    return ASKED[ask](given);
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));

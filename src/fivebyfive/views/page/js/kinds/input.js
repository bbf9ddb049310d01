// The input: the picture as the network got it.

import { said, total } from "../number/telling.js";

/** @type {import("../document/kind.js").Kind} */
export const kind = {
  tell: (doc, step, { channel, y, x }) => [
    said(
      "a value of the picture: ",
      total(doc.value(step.index, channel, y, x)),
      " (0 is black or blank, 1 is white or ink)",
    ),
  ],
};

// Attention: what each query gets is the mean of all values, weighed by how well their keys fit it.

import { ALL } from "../document/relations.js";
import { h } from "../draw/dom.js";
import { plural } from "../draw/format.js";
import { total } from "../number/telling.js";
import { read, weighed } from "../sums/operands.js";
import { sum } from "../sums/terms.js";
import { asked } from "./attention/shares.js";
import { attended } from "./attention/whole.js";
import { attentionBack } from "./attention/back.js";
import { attentionStage } from "./attention/stage.js";

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: ALL,
  sign: ",",
  stage: attentionStage,
  sum(doc, step, channel, y, x) {
    const at = { channel, y, x };
    const [found, values] = [asked(doc, step, at), read(doc, step, 2, at)];
    if (!found || !values) return null;
    return sum(
      values.map((value, k) => weighed(value, found.shares[k])),
      null,
    );
  },
  derive: attended,
  back: attentionBack,
  working: () => ({
    show(_choice, { terms, total: whole }) {
      const seen = terms.filter((t) => t.weight > 0).length;
      const hidden = terms.length - seen && `; ${plural(terms.length - seen, "key")} it does not see`;
      const says = `the mean of ${plural(seen, "value")}, weighed by the shares of their keys`;
      return { grids: [], working: [h("p", { class: "total" }, says, hidden || "", ": ", total(whole))] };
    },
  }),
};

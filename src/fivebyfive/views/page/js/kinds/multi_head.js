// Attention of several heads with its projections: what each head looks at, and what the last matrix makes of it all.

import { ALL } from "../document/relations.js";
import { spread } from "../draw/colors.js";
import { h } from "../draw/dom.js";
import { at, mo, plusBias, sigma } from "../draw/formula.js";
import { MapView } from "../draw/mapview.js";
import { number, plural } from "../draw/format.js";
import { said, total } from "../number/telling.js";
import { figure, outputView, sign, title } from "../layer/views.js";
import { pairs } from "../network/dense.js";
import { operandOf, readFrom, valueAt } from "../network/tables.js";
import { countOf, lookup } from "../sums/places.js";
import { ask } from "./multi_head/run.js";
import { read, reader, weighed } from "../sums/operands.js";
import { sum } from "../sums/terms.js";

const SIDE = 110;

/** @param {import("../layer/views.js").Context} context @returns {import("../layer/views.js").Stage} */
function headsStage(context) {
  const { doc, step } = context;
  const output = outputView({ ...context, size: Math.round(context.size * 0.75) });
  const [heads, queries, keys] = doc.shapes.get(`shares/${step.index}`) ?? [0, 0, 0];
  const views = Array.from({ length: heads }, (_, head) => {
    return new MapView({ label: `Shares of head ${head}, a row for each query`, size: SIDE, name: `head-${head}` });
  });
  const figures = views.map((view, head) => figure(view.canvas, h("b", {}, `head ${head}`), ` ${queries}×${keys}`));
  const element = h(
    "div",
    { class: "flow" },
    ...figures,
    sign("▸", "values, W"),
    figure(output.view.canvas, title(step, "output")),
  );
  return {
    element,
    update(choice) {
      const shares = doc.numbers(`shares/${step.index}`) ?? new Float32Array(heads * queries * keys);
      const own = lookup(doc, `query/${step.index}`, step.shape)?.(choice) ?? 0;
      views.forEach((view, head) => {
        const values = shares.subarray(head * queries * keys, (head + 1) * queries * keys);
        const window = { y: own, x: 0, height: 1, width: keys };
        view.draw({ values, height: queries, width: keys, range: spread(values), window });
      });
      output.update(choice);
    },
  };
}

/** @type {import("../document/kind.js").Kind<any>} */
export const kind = {
  relation: ALL,
  sign: ",",
  stage: headsStage,
  symbols: (step) => [
    sigma("q"),
    at("H", "n", "q"),
    mo("·"),
    at("W", "q", "k"),
    ...plusBias(step.attributes.added !== null),
  ],
  working: () => ({
    show: (_choice, { terms, bias, total: whole }) => ({
      grids: [],
      working: [
        said(
          `what the heads give, H: ${plural(terms.length, "number")}, each times its weight`,
          bias !== null && h("span", {}, " + bias ", number(bias, { "data-bias": true })),
          " = ",
          total(whole),
        ),
      ],
    }),
  }),
  derive(doc, step, inputs) {
    const found = ask(doc, step, inputs);
    const columns = operandOf(doc, step, 1, inputs);
    const bias = step.attributes.added === null ? null : operandOf(doc, step, 2, inputs);
    if (!found || !columns) return null;
    const sums = pairs(readFrom(doc, step, 0, found.given), columns, countOf(step.shape));
    return Float32Array.from(sums, (sum, i) => sum + (bias ? valueAt(bias, i) : 0));
  },
  besides(doc, step, inputs) {
    const found = ask(doc, step, inputs);
    if (!found) return [];
    const { shares, given, heads, queries, keys } = found;
    return [
      { name: "constant-0", numbers: given, shape: [given.length] },
      { name: "shares", numbers: shares, shape: [heads, queries, keys] },
    ];
  },
  sum(doc, step, channel, y, x) {
    const place = { channel, y, x };
    const [given, weights] = [read(doc, step, 0, place), read(doc, step, 1, place)];
    if (!given || !weights) return null;
    const bias = step.attributes.added === null ? null : reader(doc, step, 2);
    return sum(
      given.map((value, e) => weighed(value, weights[e].value)),
      bias && bias(place),
    );
  },
};

// Attention as a picture: who looks at whom, and for the chosen query its scores, their shares, and what it gets.

import { choose } from "../../choice/choose.js";
import { spread } from "../../draw/colors.js";
import { h, replace } from "../../draw/dom.js";
import { percent, short } from "../../draw/format.js";
import { MapView } from "../../draw/mapview.js";
import { figure, outputView, sign, title } from "../../layer/views.js";
import { lookup } from "../../sums/places.js";
import { strip } from "../operands/stage.js";
import { asked, queries } from "./shares.js";

/**
 * @typedef {import("../../layer/views.js").Context} Context @typedef {import("../../layer/views.js").Stage} Stage
 * @typedef {import("../../choice/store.js").Choice} Choice
 */

/** @param {Context} context @returns {Stage} */
export function attentionStage(context) {
  const { doc, store, step } = context;
  const size = Math.round(context.size * 0.75);
  const output = outputView({ ...context, size });
  const caption = h("figcaption");
  const says = h("p", { class: "says", "aria-live": "polite" });
  let matrix = { key: "", values: new Float32Array(0), width: 0 };
  const all = new MapView({
    label: `Shares of ${step.name}, a row for each query; arrow keys choose one`,
    size,
    name: "shares",
    pick: { pick: (y) => choose(store, doc, queries(doc, step, store.choice).places[y]) },
  });
  const [scores, shares, values] = ["scores", "shares", "values"].map(strip);
  const flow = h(
    "div",
    { class: "flow" },
    h("figure", {}, all.canvas, caption),
    sign("▸", "its row"),
    scores.element,
    sign("→", "softmax"),
    shares.element,
    sign("×"),
    values.element,
    sign("Σ"),
    figure(output.view.canvas, title(step, "output")),
  );
  const element = h("div", {}, flow, says);
  return {
    element,
    update(choice) {
      const { own, places } = queries(doc, step, choice);
      const found = asked(doc, step, choice, own);
      if (!found) return;
      rows(places);
      const { width } = matrix;
      const window = { y: own, x: 0, height: 1, width };
      all.draw({ values: matrix.values, height: places.length, width, range: spread(matrix.values), window });
      replace(caption, h("b", {}, "shares"), ` ${places.length} queries × ${width} keys · query ${own}`);
      const best = found.shares.indexOf(Math.max(...found.shares));
      scores.draw([...found.scores], best);
      shares.draw([...found.shares], best);
      values.draw(
        (doc.sum(step, choice)?.terms ?? []).map((t) => t.value),
        best,
      );
      const fits = `${short(found.scores[best])} is its score: ${percent(found.shares[best])} of what the query gets`;
      replace(says, h("b", {}, `Key ${best} fits query ${own} best. `), `${fits}.`);
      output.update(choice);
    },
  };

  /** The shares of all queries beside this one: one head's. @param {import("../../types.js").Place[]} places */
  function rows(places) {
    const key = `${doc.version} ${lookup(doc, `base-0/${step.index}`, step.shape)?.(places[0])}`;
    if (key === matrix.key) return;
    const each = places.map((place, q) => asked(doc, step, place, q)?.shares ?? new Float64Array(0));
    const width = each[0].length;
    const shared = new Float32Array(width * each.length);
    each.forEach((row, q) => shared.set(row, q * width));
    matrix = { key, values: shared, width };
  }
}

// Dropout, thrown again: which values are kept, what they are scaled by, and what a keep probability of 0 would mean.

import { slope } from "../back/slope.js";
import { h, replace } from "../draw/dom.js";
import { number, percent, plural } from "../draw/format.js";
import { EACH } from "../document/relations.js";
import { before as valueIn, said, same, total as result } from "../number/telling.js";
import { MapView } from "../draw/mapview.js";
import { cellOf, numberPicking, outputView, shown, sign, title } from "../layer/views.js";

/**
 * @typedef {import("../layer/views.js").Context<import("../types.js").Dropout>} Context
 * @typedef {import("../layer/views.js").Stage} Stage
 */

/** @param {Context} context @returns {Stage} */
function dropoutStage(context) {
  const { doc, store, step, size } = context;
  const input = doc.steps[step.inputs[0]];
  const written = step.attributes.written_keep_prob ?? step.attributes.keep_prob ?? 1;
  const output = outputView(context);
  const before = new MapView({ label: `Input of ${step.name}`, size, name: "input", pick: numberPicking(context) });
  const thrown = new MapView({ label: "A throw of the dropout", size, name: "thrown", pick: numberPicking(context) });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.05,
    value: written === 1 ? 0.75 : written,
    "data-keep": true,
    "aria-label": "keep_prob, the probability to keep a value",
    oninput: () => throwAgain(),
  });
  const shownKeep = h("output", { class: "keep" });
  const says = h("p", { class: "says", role: "status", "data-thrown": true });
  const controls = h(
    "div",
    { class: "throw" },
    h("label", {}, "keep_prob ", slider, shownKeep),
    h("button", { type: "button", "data-throw": true, onclick: () => throwAgain() }, "Throw again"),
  );
  /** @type {Uint8Array | null} */
  let kept = null;
  const element = h(
    "div",
    { class: "dropout" },
    h(
      "div",
      { class: "flow" },
      h("figure", {}, before.canvas, h("figcaption", {}, title(input, "input"))),
      sign("→"),
      h("figure", {}, thrown.canvas, h("figcaption", {}, h("b", {}, "one throw"), " while training")),
      sign("|"),
      h(
        "figure",
        {},
        output.view.canvas,
        h(
          "figcaption",
          {},
          h("b", {}, "here"),
          step.attributes.keep_prob === 1
            ? " nothing is dropped: keep_prob is 1"
            : ` keep_prob is ${step.attributes.keep_prob}`,
        ),
      ),
    ),
    controls,
    says,
  );
  throwAgain();
  return { element, update: draw };

  function throwAgain() {
    const keep = Number(slider.value);
    const { channels, height, width } = input.shape;
    shownKeep.textContent = keep.toFixed(2);
    kept = Uint8Array.from({ length: channels * height * width }, () => Number(Math.random() < keep));
    draw(store.choice);
  }

  /** @param {import("../choice/store.js").Choice} choice */
  function draw(choice) {
    const keep = Number(slider.value);
    const at = cellOf(step, choice.channel, choice.y, choice.x);
    const map = shown(doc, input, choice.channel, choice);
    before.draw({ ...map, cell: at });
    output.update(choice);
    const first = input.shape.flat ? 0 : choice.channel * input.shape.height * input.shape.width;
    const values = Float32Array.from({ length: map.values.length }, (_, i) =>
      keep > 0 && kept?.[first + i] ? map.values[i] / keep : 0,
    );
    thrown.draw({ ...map, values, cell: at });
    const place = input.shape.flat ? choice.channel : first + choice.y * input.shape.width + choice.x;
    if (keep === 0) {
      replace(
        says,
        h("b", {}, "With keep_prob = 0 there is no answer, and so it is an error. "),
        "Nothing would be kept, and what is kept is scaled by 1 / keep_prob = 1 / 0. The network could pass " +
          "nothing on and learn nothing; keep_prob must be above 0 and at most 1.",
      );
    } else replace(says, ...story(keep, place, doc.value(input.index, choice.channel, choice.y, choice.x)));
  }

  /** @param {number} keep @param {number} place @param {number} value */
  function story(keep, place, value) {
    const count = kept?.reduce((sum, k) => sum + k, 0) ?? 0;
    const total = kept?.length ?? 0;
    const own = kept?.[place]
      ? [
          "The chosen value was kept: ",
          number(value),
          " / ",
          number(keep),
          " = ",
          number(value / keep, { "data-result": true }),
          ".",
        ]
      : ["The chosen value was dropped: it is 0 this time."];
    return [
      h("b", {}, `${plural(count, "value")} of ${total} kept`),
      ` (${percent(count / total)}), each times 1 / ${keep.toFixed(2)} = `,
      number(1 / keep),
      ", so that the sum stays what it was on average. ",
      ...own,
    ];
  }
}

/** @type {import("../document/kind.js").Kind<import("../types.js").Dropout>} */
export const kind = {
  relation: EACH,
  followed: () => true,
  stage: dropoutStage,
  derive: (_doc, step, [x]) => (step.attributes.keep_prob === 1 ? x : null),
  back: (doc, step, position, place) =>
    step.attributes.keep_prob === 1 ? [{ ...place, weight: 1 }] : slope(doc, step, position, place),
  tell(doc, step, choice) {
    const { keep_prob: keep } = step.attributes;
    const value = valueIn(same(doc, step.inputs[0], choice));
    const after = doc.value(step.index, choice.channel, choice.y, choice.x);
    if (keep === 1) return [said(value, " is handed on: nothing is dropped, keep_prob is 1: ", result(after))];
    return [said(value, after === 0 ? " was dropped: " : ` was kept, times 1 / ${keep}: `, result(after))];
  },
};

// The maps that contributed most, of each step that has several: a row a step, each map a button that goes there.

import { css, spread } from "../draw/colors.js";
import { titled } from "../document/names.js";
import { h } from "../draw/dom.js";
import { long, short } from "../draw/format.js";

/** @typedef {import("../types.js").Step} Step */

const MOST = 5;
/** Rows that are shown at first. */
const FEW = 8;
const KINDS = new Set(["convolution", "pooling", "fully connected", "attention", "recurrent", "joining"]);

/** The maps with the largest contributions. @param {ArrayLike<number>} amounts @param {number} most */
export function strongest(amounts, most) {
  return Array.from(amounts, (amount, channel) => ({ channel, amount }))
    .sort((p, q) => Math.abs(q.amount) - Math.abs(p.amount))
    .slice(0, most);
}

/**
 * The steps whose maps are worth a row: of each layer one.
 * @param {Map<number, ArrayLike<number>>} maps @param {Step[]} steps
 */
export function worth(maps, steps) {
  const found = [...maps.keys()].filter((index) => maps.get(index)?.length !== 1 && KINDS.has(steps[index].kind));
  // A convolution and its bias, or a layer and the output that it is: the later one says it.
  return found.filter((index, i) => {
    const next = found[i + 1];
    return next === undefined || steps[next].kind !== steps[index].kind || !steps[next].inputs.includes(index);
  });
}

/**
 * @param {Map<number, Float32Array>} maps @param {Step[]} steps @param {boolean} all whether every row is shown
 * @param {(step: number, channel: number) => void} go @param {() => void} toggle
 */
export function mapRows(maps, steps, all, go, toggle) {
  const rows = worth(maps, steps);
  const shown = all ? rows : rows.slice(-FEW);
  const more =
    rows.length > FEW &&
    h(
      "button",
      { type: "button", "data-why-all": true, onclick: toggle },
      all ? "fewer steps" : `all ${rows.length} steps`,
    );
  return h(
    "div",
    { class: "why-maps" },
    h("h4", {}, "The maps that contributed most"),
    h("ol", {}, ...shown.map((index) => row(steps[index], /** @type {Float32Array} */ (maps.get(index)), go))),
    more,
  );
}

/** @param {Step} step @param {Float32Array} amounts @param {(step: number, channel: number) => void} go */
function row(step, amounts, go) {
  const range = spread(amounts);
  return h(
    "li",
    { "data-why-step": step.name },
    h("b", { title: titled(step) }, titled(step)),
    h(
      "span",
      { class: "chips" },
      ...strongest(amounts, MOST)
        .filter(({ amount }) => amount !== 0)
        .map(({ channel, amount }) => {
          const chip = h(
            "button",
            {
              type: "button",
              title: `channel ${channel} of ${step.name}: ${long(amount)}`,
              "data-why-map": `${step.name} ${channel}`,
              "data-value": String(amount),
              onclick: () => go(step.index, channel),
            },
            h("small", {}, channel),
            " ",
            h("b", {}, short(amount)),
          );
          chip.style.borderLeftColor = css(amount, range);
          return chip;
        }),
    ),
    h("small", {}, `of ${amounts.length}`),
  );
}

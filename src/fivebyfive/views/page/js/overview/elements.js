// The elements of the big picture: bars over open modules, blocks of steps, and the curves between maps.

import { kindClass } from "../draw/colors.js";
import { h, svg } from "../draw/dom.js";
import { plural, sizes } from "../draw/format.js";
import { groupKey } from "./groups.js";
import { BRACKET, HEAD, nameBox } from "./layout.js";

/** @typedef {import("./layout.js").Block} Block @typedef {ReturnType<typeof import("./layout.js").layout>} Plan */

/**
 * A bar over the steps of an open module, to fold it.
 * @param {import("./layout.js").Bracket} bracket @param {import("./layout.js").Lane[]} lanes @param {() => void} fold
 */
export function bracketElement({ group, lane, row, left, right }, lanes, fold) {
  const button = h(
    "button",
    {
      class: "bracket",
      type: "button",
      "data-group": groupKey(group),
      title: `Fold ${group.path}`,
      "aria-expanded": "true",
      onclick: fold,
    },
    `▾ ${shortName(group.path)}`,
  );
  Object.assign(button.style, {
    left: `${left}px`,
    width: `${right - left}px`,
    top: `${lanes[lane].top + row * BRACKET}px`,
  });
  return button;
}

/**
 * A step, or a folded module: its name, its maps, and the marks on these.
 * @param {Block} block @param {Plan} plan @param {() => void} go @param {() => void} open a folded module
 */
export function blockElement(block, { lanes, room }, go, open) {
  const { step, group } = block.item;
  const name = group ? group.path : step.name;
  const count = plural(step.shape.channels, step.shape.flat ? "unit" : "feature map");
  const label = `${name}: ${count}. Arrow keys choose one.`;
  const maps = h("canvas", { class: "maps" });
  const marks = h("canvas", {
    class: "marks",
    tabindex: 0,
    role: "application",
    "data-maps": step.name,
    "aria-label": label,
  });
  const head = h(
    "button",
    {
      class: `head ${kindClass(step.kind)}`,
      type: "button",
      title: `${name} · ${step.kind}`,
      onclick: go,
    },
    h("b", {}, shortName(name)),
    h("small", {}, group ? plural(group.last - group.first + 1, "step") : sizes(step.shape)),
  );
  const opener =
    group &&
    h(
      "button",
      {
        class: "opener",
        type: "button",
        "data-group": groupKey(group),
        "aria-expanded": "false",
        title: `Open ${name}`,
        "aria-label": `Open ${name}`,
        onclick: open,
      },
      "▸",
    );
  const root = h(
    "div",
    { class: `block ${group ? "folded" : ""}`, "data-step": step.name },
    h("div", { class: "heading" }, opener, head),
    maps,
    marks,
  );
  Object.assign(root.style, { left: `${block.x}px`, top: `${block.y - HEAD}px`, width: `${block.width}px` });
  const place = nameBox(block, lanes, room);
  Object.assign(/** @type {HTMLElement} */ (root.firstElementChild).style, {
    top: `${place.y - block.y + HEAD}px`,
    width: `${place.width}px`,
    left: `${place.x - block.x}px`,
  });
  return { root, maps, marks };
}

/** @param {string} name */
function shortName(name) {
  const parts = name.split(".");
  return /^\d/.test(parts[parts.length - 1]) ? parts.slice(-2).join(".") : parts[parts.length - 1];
}

/** @param {{x: number, y: number, size: number}} from @param {{x: number, y: number, size: number}} to */
export function curve(from, to) {
  const [x1, y1, x2, y2] = [from.x + from.size, from.y + from.size / 2, to.x, to.y + to.size / 2];
  const bend = Math.max(12, (x2 - x1) / 2);
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** The head of an arrow that points from right to left. */
export function arrowhead() {
  const box = {
    id: "backwards",
    viewBox: "0 0 8 8",
    refX: 1,
    refY: 4,
    markerWidth: 5,
    markerHeight: 5,
    orient: "auto",
  };
  return svg("defs", {}, svg("marker", box, svg("path", { d: "M8 0 L0 4 L8 8 Z" })));
}

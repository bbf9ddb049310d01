// The elements of the big picture: bars over open modules, blocks of steps, and the curves between maps.

import { kindClass } from "../draw/colors.js";
import { unsaid } from "../document/names.js";
import { h } from "../draw/dom.js";
import { grouped, plural, sizes } from "../draw/format.js";
import { groupKey, mainOf } from "./groups.js";
import { BRACKET, HEAD } from "./layout.js";

/**
 * @typedef {import("./layout.js").Block} Block @typedef {import("./layout.js").Plan} Plan
 * @typedef {import("../types.js").Step} Step @typedef {import("./groups.js").Item} Item
 */

/** Room beside a name for the button that opens its block. */
const OPENER = 20;
const NAME = "600 12px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
const SIZE = "11px system-ui, sans-serif";
const pen = () => /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** How wide a text is, in pixels. @returns {(text: string, font?: string) => number} */
export function measuring() {
  const context = pen();
  return (text, font = "12px system-ui, sans-serif") => {
    context.font = font;
    return context.measureText(text).width;
  };
}

/** How wide what stands over a block wants to be. @param {Item} item @param {ReturnType<typeof measuring>} measure */
export function headWidth(item, measure) {
  const name = measure(headOf(item), NAME) + (item.group ? OPENER : 0);
  return Math.ceil(Math.max(name, measure(sizes(item.step.shape), SIZE)) + 8);
}

/** @param {Item} item */
const nameOf = ({ step, group }) => (group ? group.path : step.name);

/** What stands over it: with the operation, where the name does not say it. @param {Item} item */
function headOf(item) {
  const op = item.group ? "" : unsaid(item.step);
  return shortName(nameOf(item)) + (op && ` · ${op}`);
}

/**
 * A bar over the steps of an open group, to fold it.
 * @param {import("./layout.js").Bracket} bracket @param {Plan} plan @param {() => void} fold
 */
export function bracketElement({ group, row, lane, floor, left, right }, { lanes }, fold) {
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
  const top = lanes[row][lane].top + floor * BRACKET;
  Object.assign(button.style, { left: `${left}px`, width: `${right - left}px`, top: `${top}px` });
  return button;
}

/**
 * A step, or a folded group: its name, its maps, the marks on these, and how many more there are.
 * @param {Block} block @param {Step[]} steps those in it
 * @param {{go: () => void, open: () => void, whole: (() => void) | null}} does
 */
export function blockElement(block, steps, { go, open, whole }) {
  const { step, group } = block.item;
  const { shape } = step;
  const name = nameOf(block.item);
  const of = group && step.name !== name ? ` (${step.name})` : "";
  const label = `${name}${of}: ${plural(shape.channels, shape.flat ? "unit" : "feature map")}. Arrow keys choose one.`;
  const maps = h("canvas", { class: "maps" });
  const marks = h("canvas", {
    class: "marks",
    tabindex: 0,
    role: "application",
    "data-maps": step.name,
    "aria-label": label,
  });
  const inside = group ? ` · ${plural(steps.length, "step")}: ${steps.map((s) => shortName(s.name)).join(", ")}` : "";
  const title = `${name} · ${sizes(shape)}${inside}`;
  const head = h(
    "button",
    { class: `head ${kindClass(mainOf(steps).kind)}`, type: "button", title, onclick: go },
    h("b", {}, headOf(block.item)),
    h("small", {}, sizes(shape)),
  );
  const root = h(
    "div",
    { class: `block ${group ? "folded" : ""}`, "data-step": step.name },
    h("div", { class: "heading" }, group && opener(group, name, steps.length, open), head),
    maps,
    marks,
    moreOf(block, whole),
  );
  place(root, block);
  return { root, maps, marks };
}

/** @param {HTMLElement} root @param {Block} block */
function place(root, block) {
  for (const canvas of root.querySelectorAll("canvas")) {
    Object.assign(canvas.style, { width: `${block.width}px`, height: `${block.height}px` });
  }
  Object.assign(root.style, { left: `${block.x}px`, top: `${block.y - HEAD}px`, width: `${block.width}px` });
  const heading = /** @type {HTMLElement} */ (root.firstElementChild);
  Object.assign(heading.style, { left: `${block.left - block.x}px`, width: `${block.room}px` });
}

/** @param {import("./groups.js").Group} group @param {string} name @param {number} count @param {() => void} open */
function opener(group, name, count, open) {
  return h(
    "button",
    {
      class: "opener",
      type: "button",
      "data-group": groupKey(group),
      "aria-expanded": "false",
      title: `Open ${name}: its ${count} steps`,
      "aria-label": `Open ${name}`,
      onclick: open,
    },
    "▸",
  );
}

/**
 * Below the maps: how many are not shown; all of them, if one asks.
 * @param {Block} block @param {(() => void) | null} whole
 */
function moreOf({ item, shown, height }, whole) {
  const { channels, flat } = item.step.shape;
  const hidden = channels - shown;
  if (hidden <= 0 && !whole) return null;
  const text = hidden > 0 ? `+${grouped(hidden)} more` : "fewer";
  const title = hidden > 0 ? `Show all ${channels} ${flat ? "units" : "maps"}` : "Show the liveliest only";
  const made = whole
    ? h("button", { class: "more", type: "button", "data-more": item.step.name, title, onclick: whole }, text)
    : h("span", { class: "more" }, text);
  made.style.top = `${HEAD + height}px`;
  return made;
}

/** @param {string} name */
function shortName(name) {
  const parts = name.split(".");
  return /^\d/.test(parts[parts.length - 1]) ? parts.slice(-2).join(".") : parts[parts.length - 1];
}

// What can be chosen in "Why this answer?": the classes, what is shown over the picture, the map that is switched off.

import { h } from "../draw/dom.js";

/** What can be shown over the picture. @type {Record<string, string>} */
export const VIEWS = {
  pixels: "What each pixel contributed",
  cam: "Grad-CAM: roughly where, for it alone",
  falls: "How far the number falls, covered there",
};

/**
 * @param {string[]} names @param {number} a the class @param {number | null} b the other
 * @param {(a: number, b: number | null) => void} chosen
 */
export function classChoice(names, a, b, chosen) {
  const options = (/** @type {number | null} */ at) =>
    names.map((name, i) => h("option", { value: i, selected: i === at }, name));
  const told = () => chosen(Number(one.value), other.value === "" ? null : Number(other.value));
  const one = h("select", { "data-why-class": true, onchange: told }, ...options(a));
  const none = h("option", { value: "", selected: b === null }, "–");
  const other = h("select", { "data-why-instead": true, onchange: told }, none, ...options(b));
  return h("div", { class: "settings" }, h("label", {}, "class ", one), h("label", {}, "rather than ", other));
}

/**
 * @param {string} view @param {(string | false)[]} missing those that cannot be shown
 * @param {(view: string) => void} chosen
 */
export function viewChoice(view, missing, chosen) {
  const there = Object.entries(VIEWS).filter(([name]) => !missing.includes(name));
  const select = h(
    "select",
    { "data-why-view": true, "aria-label": "What is shown over the picture", onchange: () => chosen(select.value) },
    ...there.map(([name, text]) => h("option", { value: name, selected: name === view }, text)),
  );
  return select;
}

/** @param {import("../types.js").Step} step @param {number} channel @param {(channel: number) => void} chosen */
export function mapChoice({ name, shape }, channel, chosen) {
  const last = shape.channels - 1;
  const input = h("input", {
    type: "number",
    min: 0,
    max: last,
    value: channel,
    "data-why-channel": true,
    "aria-label": `Channel of ${name}, 0 to ${last}`,
  });
  const told = () => {
    input.value = String(Math.max(0, Math.min(last, Math.round(Number(input.value)) || 0)));
    chosen(Number(input.value));
  };
  input.addEventListener("change", told);
  const button = h("button", { type: "button", "data-why-off": true, onclick: told }, "switch off");
  return h("p", { class: "why-off" }, "or channel ", input, ` of ${name} `, button);
}

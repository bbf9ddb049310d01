// The formulas, as MathML: once in symbols, once with the numbers.

import { h, math } from "./dom.js";
import { grouped, short } from "./format.js";

/** @typedef {import("../types.js").Step<any>} Step */

const mi = (/** @type {string} */ name) => math("mi", name);
/** A sign between two things, wherever it stands. @param {string} sign */
function mo(sign) {
  const element = math("mo", sign);
  if ("+−·=×".includes(sign)) element.setAttribute("form", "infix");
  if ("⌊⌋".includes(sign)) element.setAttribute("form", sign === "⌊" ? "prefix" : "postfix");
  if ("[]()".includes(sign)) element.setAttribute("stretchy", "false");
  return element;
}

/** A sign with little room around it. @param {string} sign */
function close(sign) {
  const element = mo(sign);
  element.setAttribute("lspace", "0.1em");
  element.setAttribute("rspace", "0.1em");
  return element;
}

const mn = (/** @type {number | string} */ n) => math("mn", typeof n === "number" ? short(n) : n);
const row = (/** @type {import("./dom.js").Child[]} */ ...parts) => math("mrow", ...parts);
const sub = (/** @type {Element} */ base, /** @type {Element} */ below) => math("msub", base, below);
const sup = (/** @type {Element} */ base, /** @type {Element} */ above) => math("msup", base, above);
const frac = (/** @type {Element} */ top, /** @type {Element} */ bottom) => math("mfrac", top, bottom);

/**
 * I[n, s·i + d_i − p, …]: a name with its places in brackets.
 * @param {string} name @param {(Element | string)[]} places
 */
function at(name, ...places) {
  const inside = places.flatMap((place, i) => [i > 0 && mo(","), typeof place === "string" ? mi(place) : place]);
  return row(mi(name), mo("["), ...inside, mo("]"));
}

/** @param {string} below */
const sigma = (below) =>
  math("munder", mo("∑"), row(...below.split(",").flatMap((letter, i) => [i > 0 && mo(","), mi(letter.trim())])));

/**
 * s·i + d − p
 * @param {number} stride @param {string} index @param {string} tap @param {number} padding @param {number} dilation
 */
function moved(stride, index, tap, padding, dilation) {
  return row(
    stride > 1 && mn(String(stride)),
    stride > 1 && mo("·"),
    mi(index),
    mo("+"),
    dilation > 1 && mn(String(dilation)),
    dilation > 1 && mo("·"),
    mi(tap),
    padding > 0 && mo("−"),
    padding > 0 && mn(String(padding)),
  );
}

/** The cells under a window. @param {Step} step */
export function windowPlaces(step) {
  const { stride, padding, dilation = [1, 1] } = step.attributes;
  return [
    moved(stride[0], "i", "di", padding.top, dilation[0]),
    moved(stride[1], "j", "dj", padding.left, dilation[1]),
  ];
}

/** The same place of an input. @param {string} name @param {Step} step */
const same = (name, step) => (step.shape.flat ? at(name, "n", "k") : at(name, "n", "i", "j", "k"));

/** What comes after a sum where the step adds a bias itself. @param {boolean} bias */
export function plusBias(bias) {
  return bias ? [mo("+"), at("b", "k")] : [];
}

/** Under a sum or a maximum over the cells of the window. @param {string} sign */
export function overWindow(sign) {
  return math("munder", mo(sign), row(mi("di"), mo(","), mi("dj")));
}

/** The formula in symbols. @param {Step} step @param {import("./dom.js").Child[]} right its right side */
export function symbols(step, right) {
  return broken([same("O", step), mo("="), ...right]);
}

/**
 * A line of things and signs that may be broken before a sign and after =, where it is wider than the page.
 * @param {import("./dom.js").Child[]} parts
 */
export function broken(parts) {
  /** @type {import("./dom.js").Child[][]} */
  const pieces = [[]];
  let sign = "";
  for (const part of parts) {
    const before = sign;
    sign = part instanceof Object ? (part.textContent ?? "") : "";
    if (["+", "−", "·"].includes(sign) || before === "=") pieces.push([]);
    pieces[pieces.length - 1].push(part);
  }
  return h("span", { class: "broken" }, ...pieces.map((piece) => math("math", row(...piece))));
}

/**
 * a·b + c·d + … = total, a few products a line, one below the other.
 * @param {import("../types.js").Term[]} terms
 * @param {{more: number, moreSum: number, bias: number | null, total: number}} rest
 * @param {number} each how many products stand in a line
 */
export function figures(terms, { more, moreSum, bias, total }, each) {
  const cells = terms.map((term, i) =>
    math("mtd", row(i > 0 && mo("+"), factor(term.value), close("·"), factor(term.weight))),
  );
  const lines = [];
  for (let i = 0; i < cells.length; i += each) lines.push(math("mtr", ...cells.slice(i, i + each)));
  const end = math(
    "mtd",
    row(
      more > 0 && row(mo("+"), mo("["), math("mtext", `${grouped(more)} more:\u00a0`), factor(moreSum), mo("]")),
      bias !== null && row(mo("+"), factor(bias)),
      row(mo("="), mn(total)),
    ),
  );
  end.setAttribute("columnspan", String(each));
  return math("math", math("mtable", ...lines, math("mtr", end)));
}

/** A number in a product: a negative one in brackets. @param {number} value */
export function factor(value) {
  return value < 0 ? row(mo("("), mn(value), mo(")")) : mn(value);
}

/**
 * One line of numbers and signs, e.g. `equation(0.3, "+", 0.1, "=", 0.4)`.
 * @param {...(number | string | Element)} parts
 */
export function equation(...parts) {
  const alone = (/** @type {number} */ i) => i === 0 || parts[i - 1] === "=";
  return broken(
    parts.map((part, i) =>
      typeof part === "number" ? (alone(i) ? mn(part) : factor(part)) : typeof part === "string" ? mo(part) : part,
    ),
  );
}

export { at, frac, mi, mn, mo, row, same, sigma, sub, sup };

// Making elements. Text is only ever text: nothing that comes from a user's code can become markup.

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

/** @typedef {Node | string | number | null | undefined | false} Child */
/**
 * @typedef {Record<string, any>} Attributes names; `on…` are listeners, the rest attributes; null and
 *   false are left out
 */

/**
 * @template {Element} E
 * @param {E} element @param {Attributes} attributes @param {Child[]} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  append(element, ...children);
  return element;
}

/** @param {Element} parent @param {Child[]} children */
export function append(parent, ...children) {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      parent.append(typeof child === "number" ? String(child) : child);
    }
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Attributes} [attributes] @param {Child[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** @param {string} tag @param {Attributes} [attributes] @param {Child[]} children */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {string} tag @param {Child[]} children */
export function math(tag, ...children) {
  return fill(document.createElementNS(MATHML, tag), {}, children);
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element '${id}'`);
  return element;
}

/**
 * Replace everything in `parent`; the focus stays on the element of the same first data attribute.
 * @param {Element} parent @param {Child[]} children
 */
export function replace(parent, ...children) {
  const active = document.activeElement;
  const mark =
    active && parent.contains(active) ? [...active.attributes].find((a) => a.name.startsWith("data-")) : undefined;
  parent.replaceChildren();
  append(parent, ...children);
  if (!mark) return;
  const again = [...parent.querySelectorAll(`[${mark.name}]`)].find((e) => e.getAttribute(mark.name) === mark.value);
  if (again instanceof HTMLElement) again.focus();
}

// What the page's modules need to run in Node: elements that are only their text, all kinds, and small documents.

import { readdirSync } from "node:fs";
import { Doc } from "../../src/fivebyfive/views/page/js/document/document.js";

const KINDS_FOLDER = new URL("../../src/fivebyfive/views/page/js/kinds/", import.meta.url);

/** An element as far as the page's parts look at one. */
class Element {
  constructor(tag) {
    this.tag = tag;
    this.children = [];
    this.attributes = {};
  }

  append(...children) {
    this.children.push(...children);
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  get textContent() {
    return this.children.map((child) => child.textContent ?? String(child)).join("");
  }

  /** Every element in it that has an attribute. */
  all(name) {
    const below = this.children.flatMap((child) => (child instanceof Element ? child.all(name) : []));
    return name in this.attributes ? [this, ...below] : below;
  }
}

globalThis.document = {
  createElement: (tag) => new Element(tag),
  createElementNS: (_, tag) => new Element(tag),
};

/** All kinds, by the names of their files, as html.py lists them. */
export const KINDS = await (async () => {
  const names = readdirSync(KINDS_FOLDER).filter((name) => name.endsWith(".js"));
  const modules = await Promise.all(names.map((name) => import(new URL(name, KINDS_FOLDER))));
  return Object.fromEntries(names.map((name, i) => [name.replace(".js", ""), modules[i].kind]));
})();

export function shape(channels, height = 1, width = 1) {
  return { channels, height, width, flat: height === 1 && width === 1 };
}

/** A step of a form, computed from the step before where nothing else is said. */
export function step(index, form, size, more = {}) {
  const { attributes, ...rest } = more;
  return {
    index,
    name: `${form}${index}`,
    op: form,
    kind: "other",
    inputs: index ? [index - 1] : [],
    shape: size,
    relation: "all",
    attributes: { form, ...attributes },
    ...rest,
  };
}

/**
 * A document of these steps and buffers; a buffer is [shape, numbers], or numbers alone where its shape does not
 * matter.
 */
export function doc(steps, buffers = {}, kinds = KINDS) {
  const entries = Object.entries(buffers).map(([name, held]) => [
    name,
    Array.isArray(held[0]) ? held : [[held.length], held],
  ]);
  return new Doc(
    {
      fields: { structure: { steps, classes: [] } },
      buffers: new Map(entries.map(([name, [, numbers]]) => [name, Float32Array.from(numbers)])),
      shapes: new Map(entries.map(([name, [size]]) => [name, size])),
    },
    kinds,
  );
}

/** 1, 2, 3, … */
export const count = (n, first = 1) => Array.from({ length: n }, (_, i) => first + i);

/** The number that a telling marks with an attribute, e.g. data-sum. */
export function marked(told, name) {
  const found = told.flatMap((part) => (part instanceof Element ? part.all(name) : []));
  return found.map((element) => Number(element.attributes["data-value"]));
}

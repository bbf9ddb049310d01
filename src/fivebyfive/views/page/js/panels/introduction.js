// The page in one sentence, for whoever sees it for the first time: what it shows, and what to do.

import { h, replace } from "../draw/dom.js";
import { grouped, plural, sizes } from "../draw/format.js";
import { returned } from "../overview/named.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("../types.js").Shape} Shape */

/**
 * @param {HTMLElement} root @param {Doc} doc @param {import("../choice/store.js").Store} store
 * @param {boolean} pad whether one can draw
 */
export function introduction(root, doc, store, pad) {
  const write = () => replace(root, ...sentences(doc, pad));
  store.listen((_, changed) => changed.has("structure") && write());
  write();
}

/** @param {Doc} doc @param {boolean} pad @returns {import("../draw/dom.js").Child[]} */
function sentences({ steps, structure }, pad) {
  const given = steps.filter((step) => step.kind === "input");
  const worked = steps.filter((step) => step.kind !== "input" && step.kind !== "output");
  const weights = steps.reduce((sum, step) => sum + step.parameters, 0);
  const numbers = given.reduce((sum, { shape }) => sum + shape.channels * shape.height * shape.width, 0);
  const places = ["any layer", "any pixel", ...(structure.files.length ? ["any line of the code"] : [])];
  return [
    "This page shows how ",
    h("code", {}, structure.network),
    ` reads ${structure.image ? "this picture" : "what it is given"}: ${plural(worked.length, "step")}`,
    `${weights ? ` with ${plural(weights, "weight")}` : ""} make ${plural(numbers, "number")} into `,
    `${become(returned(steps).shape, structure.classes.length)}. `,
    `${pad ? "Draw, choose a picture, or click" : "Click"} ${places.join(", ")}.`,
  ];
}

/** @param {Shape} shape of the output @param {number} classes */
function become(shape, classes) {
  if (!shape.flat) return sizes(shape);
  return `${grouped(shape.channels)}${shape.channels === classes ? ", one for each class" : ""}`;
}

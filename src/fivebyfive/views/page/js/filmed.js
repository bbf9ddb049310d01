// The page of a network whose training was filmed: the same page, and the film on it, from this file or the server.

import { unpack } from "./document/envelope.js";
import { byId } from "./draw/dom.js";
import { started } from "./main.js";
import { Reel } from "./training/reel.js";
import { Training } from "./training/training.js";

/** @typedef {import("./document/document.js").Doc} Doc @typedef {import("./choice/store.js").Store} Store */

/** The film that came with the document, or that the server has. @param {Doc} doc */
async function film(doc) {
  if (doc.fields.film) return { fields: doc.fields, buffers: doc.buffers, shapes: doc.shapes };
  const response = await fetch("api/film");
  if (!response.ok) throw new Error((await response.json()).error);
  return unpack(await response.arrayBuffer());
}

/** @param {{doc: Doc, store: Store}} page */
async function show({ doc, store }) {
  const reel = new Reel();
  reel.take(await film(doc));
  byId("training").hidden = false;
  const training = new Training(byId("training"), reel);
  training.begin();
  training.update();
  store.listen((_, changed) => changed.has("theme") && training.update());
  document.documentElement.dataset.filmed = "true";
}

started.then(show).catch((error) => {
  byId("trouble").textContent = `The film of the training could not be shown: ${error.message}`;
  byId("trouble").hidden = false;
});

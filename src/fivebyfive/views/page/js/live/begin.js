// Where the page's document comes from: this file, a file beside it, or a server; and who answers for new pictures.

import { gunzip, inflate, unpack } from "../document/envelope.js";
import { wanted } from "./link.js";
import { begun } from "./own.js";
import { fetched, server } from "./server.js";

/**
 * @typedef {import("../document/envelope.js").Envelope} Envelope
 * @typedef {{envelopes: Envelope[], question: import("./source.js").Question | null,
 *   source: import("./source.js").Source | null, said: string}} Begun
 *   `source`: nobody, for a file that only shows what it holds; `said`: of the first picture
 */

/** @returns {Promise<Begun>} */
export async function begin() {
  const asked = wanted(location.hash);
  const held = document.getElementById("document");
  const beside = document.getElementById("network-file");
  if (beside instanceof HTMLLinkElement) {
    const response = await fetch(beside.href);
    if (!response.ok || !response.body) throw new Error(`${beside.href} is missing (${response.status})`);
    const bytes = await gunzip(response.body);
    const place = new URL("static/js/network/worker.js", document.baseURI);
    return begun(bytes, () => new Worker(place, { type: "module" }), asked);
  }
  if (!held) return { ...(await fetched(asked)), source: server, said: "" };
  const bytes = await inflate(held.textContent);
  const envelope = unpack(bytes);
  if (!envelope.fields.standalone) return { envelopes: [envelope], question: null, source: null, said: "" };
  return begun(bytes, ofThisFile, asked);
}

/** A worker from the script that this page is made of. */
function ofThisFile() {
  const script = new Blob([document.getElementById("program")?.textContent ?? ""], { type: "text/javascript" });
  return new Worker(URL.createObjectURL(script));
}

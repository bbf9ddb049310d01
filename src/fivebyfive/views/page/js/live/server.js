// The server as the source of numbers: a picture goes there, an envelope comes back.

import { unpack } from "../document/envelope.js";
import { answered } from "./ask.js";
import { missing, ofMnist } from "./source.js";

/** @typedef {import("./source.js").Question} Question @typedef {import("./source.js").Source} Source */

/** The type of a drawing, a byte a number. */
const DRAWING = "application/octet-stream";

/**
 * Where to ask, and what to send along.
 * @param {Question} question @returns {{url: string, body: BodyInit | null, type: string}}
 */
export function request({ way, index, picture, file }) {
  if (way === "file" && file) return { url: "api/explain", body: file, type: file.type || "image/*" };
  if (!picture) return { url: `api/mnist/${index}`, body: null, type: "" };
  const { width, height, values } = picture;
  return { url: `api/explain?width=${width}&height=${height}`, body: /** @type {any} */ (values), type: DRAWING };
}

/** @type {Source} */
export const server = {
  server: true,
  mnist: true,
  async answer(question, more, signal) {
    if (question.way === "gallery") throw missing(); // its own gallery's pictures have numbers of MNIST's
    const { url, body, type } = request(question);
    const known = `${url}${url.includes("?") ? "&" : "?"}${more}`;
    const sent = body === null ? { signal } : { method: "POST", body, headers: { "Content-Type": type }, signal };
    const response = await answered(fetch(known, sent));
    const label = response.headers.get("Fivebyfive-Label");
    return { envelope: unpack(await response.arrayBuffer()), said: label ? `MNIST says: ${label}` : "" };
  },
  async gallery() {
    const { fields, buffers, shapes } = await asked("api/gallery");
    if (!fields.gallery.length) return null;
    const pictures = /** @type {Uint8Array} */ (buffers.get("gallery"));
    return { pictures, shape: shapes.get("gallery") ?? [], about: fields.gallery };
  },
};

/**
 * The network, and the first picture's numbers if the server has a picture to begin with.
 * @param {Question | null} wanted
 */
export async function fetched(wanted) {
  // The token is a cookie by now; in the address it would be shown, copied and kept in the browser's history.
  if (new URLSearchParams(location.search).has("token")) {
    history.replaceState(null, "", location.pathname + location.hash);
  }
  const question = wanted?.way === "mnist" ? wanted : ofMnist(0);
  const { url } = request(question);
  const [network, first] = await Promise.all([asked("api/network"), asked(url).catch(() => null)]);
  return { envelopes: first ? [network, first] : [network], question: first && question };
}

/** @param {string} url */
async function asked(url) {
  return unpack(await (await answered(fetch(url))).arrayBuffer());
}

// Asking the server why: the picture that the page shows goes there again, with what is asked of its answer.

import { unpack } from "../document/envelope.js";
import { answered } from "../live/ask.js";
import { request } from "../live/server.js";

/** @typedef {import("../live/source.js").Question} Question */

/**
 * Where to ask, for a picture that was asked for before. @param {string} url of that question
 * @param {Record<string, number | null>} asked
 */
export function address(url, asked) {
  const [path, query = ""] = url.split("?");
  const all = new URLSearchParams(query);
  all.delete("knows");
  const mnist = path.match(/^api\/mnist\/(\d+)$/);
  if (mnist) all.set("mnist", mnist[1]);
  for (const [name, value] of Object.entries(asked)) if (value !== null) all.set(name, String(value));
  return `api/why?${all}`;
}

/** @param {Question} question @param {Record<string, number | null>} asked */
export async function askWhy(question, asked) {
  const { url, body, type } = request(question);
  const headers = body === null ? undefined : { "Content-Type": type };
  const response = await answered(fetch(address(url, asked), { method: "POST", body, headers }));
  return unpack(await response.arrayBuffer());
}

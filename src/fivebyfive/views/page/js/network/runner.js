// Whoever runs the network for the page: a worker, or where the browser allows none, the page itself.

import { unpack } from "../document/envelope.js";
import { KINDS } from "../kinds/all.js";
import { Network } from "./network.js";

/**
 * @typedef {import("./network.js").Asked} Asked @typedef {import("../document/envelope.js").Envelope} Envelope
 * @typedef {(asked: Asked) => Promise<Envelope>} Runner
 */

/** Makes a worker, or throws. @typedef {() => Worker} Start */

/**
 * @param {ArrayBuffer} bytes the network, as an envelope @param {Start} start
 * @returns {Promise<{run: Runner, where: "worker" | "page"}>}
 */
export async function runner(bytes, start) {
  try {
    return { run: await inWorker(bytes, start()), where: "worker" };
  } catch {
    const network = new Network(unpack(bytes), KINDS);
    return { run: async (asked) => network.answer(asked), where: "page" };
  }
}

/** @param {ArrayBuffer} bytes @param {Worker} worker @returns {Promise<Runner>} rejected where it does not start */
async function inWorker(bytes, worker) {
  /** @type {(problem: Error) => void} */
  let stopped = () => undefined;
  worker.addEventListener("error", () => stopped(new Error("The network stopped; load the page again.")));
  const said = (/** @type {any} */ message) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      stopped = reject;
      worker.postMessage(message);
    });
  await said(bytes);
  /** One after the other: what was asked last is answered last. */
  let before = Promise.resolve();
  return (asked) => {
    const found = before.then(async () => {
      const answer = await said(asked);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    });
    before = found.catch(() => undefined);
    return found;
  };
}

// The network in a worker: the page stays free while it computes. The first message is the network, all others are
// pictures.

import { unpack } from "../document/envelope.js";
import { KINDS } from "../kinds/all.js";
import { Network } from "./network.js";

/**
 * @typedef {{postMessage: (message: any, transfer?: any[]) => void,
 *   onmessage: ((event: {data: any}) => void) | null}} Scope
 */

/** @param {Scope} scope */
export function work(scope) {
  /** @type {Network | null} */
  let network = null;
  scope.onmessage = ({ data }) => {
    if (!network) {
      network = new Network(unpack(data), KINDS);
      return scope.postMessage("ready");
    }
    try {
      const found = network.answer(data);
      const kept = new Set(Array.from(network.doc.buffers.values(), ({ buffer }) => buffer));
      const made = new Set(Array.from(found.buffers.values(), ({ buffer }) => buffer));
      return scope.postMessage(
        found,
        [...made].filter((buffer) => !kept.has(buffer)),
      );
    } catch (error) {
      return scope.postMessage({ error: /** @type {Error} */ (error).message });
    }
  };
}

// This module is also loaded by pages, as a part of one script: only where there is no document does it start to work.
if (typeof document === "undefined" && typeof postMessage === "function") work(/** @type {any} */ (globalThis));

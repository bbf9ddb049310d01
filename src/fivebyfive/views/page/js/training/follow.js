// What a training says while it goes on, as it comes: messages, each four bytes of length and an envelope.

import { unpack } from "../document/envelope.js";

/** No message is longer. */
const MOST = 64 * 2 ** 20;

/** Cuts a stream of bytes into messages. */
export class Messages {
  /** @param {(envelope: import("../document/envelope.js").Envelope) => void} take */
  constructor(take) {
    this.take = take;
    /** @type {Uint8Array[]} */
    this.pieces = [];
    this.held = 0;
  }

  /** @param {Uint8Array} bytes */
  push(bytes) {
    this.pieces.push(bytes);
    this.held += bytes.length;
    for (;;) {
      if (this.held < 4) return;
      this.join(4);
      const first = this.pieces[0];
      const length = new DataView(first.buffer, first.byteOffset).getUint32(0, true);
      if (length > MOST) throw new Error("the server's messages are damaged");
      if (this.held < 4 + length) return;
      this.join(4 + length);
      const whole = this.pieces[0];
      this.take(unpack(/** @type {ArrayBuffer} */ (whole.slice(4, 4 + length).buffer)));
      this.held -= 4 + length;
      this.pieces[0] = whole.subarray(4 + length);
    }
  }

  /** Let the first piece have at least so many bytes. @param {number} size */
  join(size) {
    if (this.pieces[0].length >= size) return;
    const all = new Uint8Array(this.held);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.pieces = [all];
  }
}

/**
 * Follow until the other side ends.
 * @param {string} url @param {(envelope: import("../document/envelope.js").Envelope) => void} take
 */
export async function follow(url, take) {
  const response = await fetch(url);
  if (!response.ok || !response.body) {
    const said = await response.json().catch(() => ({}));
    throw new Error(said.error ?? `The server answered ${response.status}.`);
  }
  const messages = new Messages(take);
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    messages.push(value);
  }
}

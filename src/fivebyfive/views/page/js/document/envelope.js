// Reading an envelope (see envelope.py): a JSON header, then numbers that are used where they lie, without copying.

/**
 * @typedef {{fields: Record<string, any>, buffers: Map<string, import("../types.js").Numbers>,
 *   shapes: Map<string, number[]>}} Envelope
 */

/** @type {Record<string, any>} */
const TYPES = { float32: Float32Array, uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, int32: Int32Array };

/** @param {ArrayBuffer} bytes @returns {Envelope} */
export function unpack(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const buffers = new Map();
  const shapes = new Map();
  for (const [name, entry] of Object.entries(header.buffers)) {
    const size = entry.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    buffers.set(name, new TYPES[entry.type](bytes, entry.offset, size));
    shapes.set(name, entry.shape);
  }
  return { fields: header.fields, buffers, shapes };
}

/** The gzip'd, base64 envelope that a file holds. @param {string} text @returns {Promise<Envelope>} */
export async function inflate(text) {
  const letters = atob(text.trim());
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return unpack(await new Response(stream).arrayBuffer());
}

// Reading an envelope (see envelope.py): a JSON header, then numbers that are used where they lie, without copying;
// those of a file, which lie as it is best for compressing, are put in order. Half precision becomes single.

/**
 * @typedef {{fields: Record<string, any>, buffers: Map<string, import("../types.js").Numbers>,
 *   shapes: Map<string, number[]>}} Envelope
 */

/** @type {Record<string, any>} */
const TYPES = {
  float32: Float32Array,
  float16: Uint16Array, // not every browser has numbers of half precision
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
};

/** @param {ArrayBuffer} bytes @returns {Envelope} */
export function unpack(bytes) {
  const length = new DataView(bytes).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length)));
  const buffers = new Map();
  const shapes = new Map();
  for (const [name, entry] of Object.entries(header.buffers)) {
    const size = entry.shape.reduce((/** @type {number} */ a, /** @type {number} */ b) => a * b, 1);
    const Type = TYPES[entry.type];
    const width = Type.BYTES_PER_ELEMENT;
    const numbers = header.planes
      ? new Type(inOrder(new Uint8Array(bytes, entry.offset, size * width), width))
      : new Type(bytes, entry.offset, size);
    buffers.set(name, entry.type === "float16" ? widened(numbers) : numbers);
    shapes.set(name, entry.shape);
  }
  return { fields: header.fields, buffers, shapes };
}

/**
 * The bytes of each number together, of those that hold all first bytes, then all second bytes, …
 * @param {Uint8Array} planes @param {number} width bytes of a number
 */
function inOrder(planes, width) {
  const ordered = new Uint8Array(planes.length);
  const count = planes.length / width;
  for (let k = 0; k < width; k++) {
    for (let i = 0, to = k; i < count; i++, to += width) ordered[to] = planes[k * count + i];
  }
  return ordered.buffer;
}

/** What each of the 65,536 numbers of half precision is, once somebody asks. @type {Float32Array | null} */
let table = null;

/** Half precision as single: a sign, five bits of exponent, ten of fraction. @param {Uint16Array} halves */
function widened(halves) {
  table ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return exponent ? sign * (1 + fraction / 1024) * 2 ** (exponent - 15) : (sign * fraction) / 2 ** 24;
  });
  const wide = new Float32Array(halves.length);
  for (let i = 0; i < wide.length; i++) wide[i] = table[halves[i]];
  return wide;
}

/** The gzip'd, base64 envelope that a file holds. @param {string} text @returns {Promise<ArrayBuffer>} */
export function inflate(text) {
  const letters = atob(text.trim());
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < packed.length; i++) packed[i] = letters.charCodeAt(i);
  return gunzip(new Blob([packed]).stream());
}

/** @param {ReadableStream<Uint8Array<ArrayBuffer>>} packed @returns {Promise<ArrayBuffer>} */
export function gunzip(packed) {
  return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

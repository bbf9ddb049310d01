// What was worked out last, for whoever asks the same again: several parts of the page do, whenever a pointer moves.

/**
 * @template T
 * @returns {(doc: import("../document/document.js").Doc, key: string, make: () => T) => T}
 */
export function remembering() {
  /** @type {WeakMap<import("../document/document.js").Doc, {key: string, made: T}>} */
  const last = new WeakMap();
  return (doc, key, make) => {
    const whole = `${doc.version} ${key}`;
    const held = last.get(doc);
    if (held?.key === whole) return held.made;
    const made = make();
    last.set(doc, { key: whole, made });
    return made;
  };
}

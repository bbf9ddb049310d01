// A stop of the tour, as lesson/stop.py has it.

/**
 * @typedef {import("./filled.js").Sentence} Sentence
 * @typedef {{question: Sentence, answers: string[], right: number, because: Sentence}} Ask
 *   a single answer is a number to be typed
 * @typedef {{id: string, title: string, question: string, step: number | null, shows: string, says: Sentence[],
 *   ask: Ask | null, channel: number | null, figure: Record<string, any>}} Stop
 */

/** @param {import("../document/document.js").Doc} doc @returns {Stop[]} */
export const stopsOf = (doc) => doc.fields.lesson ?? [];

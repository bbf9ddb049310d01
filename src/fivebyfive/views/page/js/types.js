// The words of the page as types; nothing here runs. The numbers behind them are in the document
// (see document/document.js).

/**
 * @typedef {{channels: number, height: number, width: number, flat: boolean}} Shape a list has height and width 1
 * @typedef {{top: number, bottom: number, left: number, right: number}} Sides cells of padding
 * @typedef {{x: number, y: number, width: number, height: number}} Box in cells
 * @typedef {{index: number, name: string, op: string, kind: string, module: string,
 *   lines: {file: number, line: number}[], inputs: number[], shape: Shape, parameters: number, macs: number | null,
 *   field: {jump: [number, number], start: [number, number], size: [number, number]} | null,
 *   relation: string, attributes: Record<string, any>}} Step
 * @typedef {[string, string]} Part a piece of a line, and what it is: "keyword", "string" … or ""
 * @typedef {{name: string, first: number, lines: Part[][]}} SourceFile
 * @typedef {{network: string, classes: string[], image: Shape, files: SourceFile[], steps: Step[]}} Structure
 * @typedef {{name: string, type: string, shape: number[], offset: number}} BufferEntry
 * @typedef {Float32Array | Uint8Array | Uint16Array | Uint32Array | Int32Array} Numbers
 * @typedef {{label: string, probability: number}} Answer
 * @typedef {{value: number, weight: number, product: number, y: number, x: number, channel: number,
 *   padding: boolean}} Term
 */

export {};

// The words of the page as types; nothing here runs. The numbers behind them are in the document
// (see document/document.js), and what the page knows of a kind of step is in kinds/.

/**
 * @typedef {{channels: number, height: number, width: number, flat: boolean}} Shape a list has height and width 1
 * @typedef {{top: number, bottom: number, left: number, right: number}} Sides cells of padding
 * @typedef {[number, number]} Pair of rows and of columns
 * @typedef {{x: number, y: number, width: number, height: number}} Box in cells
 * @typedef {{channel: number, y: number, x: number}} Place of one number
 * @typedef {[string, string]} Part a piece of a line, and what it is: "keyword", "string" … or ""
 * @typedef {{name: string, first: number, lines: Part[][]}} SourceFile
 * @typedef {{network: string, classes: string[], image: Shape | null, code: string,
 *   files: SourceFile[], steps: Step[]}} Structure `code`: what it is called
 * @typedef {{name: string, type: string, shape: number[], offset: number}} BufferEntry
 * @typedef {Float32Array | Uint8Array | Uint16Array | Uint32Array | Int32Array} Numbers
 * @typedef {{label: string, probability: number}} Answer
 * @typedef {Place & {value: number, weight: number, product: number, padding: boolean, input?: number,
 *   by?: import("./sums/operands.js").Found}} Term `input`: of which of its inputs the value is, −1 for a constant; the
 *   first where nothing is said; `by`: where the weight stands
 */

/**
 * A step; `attributes` are what its kind needs to be worked out.
 * @template {Attributes} [A=Attributes]
 * @typedef {{index: number, name: string, op: string, kind: string, module: string,
 *   lines: {file: number, line: number, run: number}[], runs?: number[], inputs: number[], shape: Shape,
 *   parameters: number, macs: number | null, relation: string, computable: boolean, attributes: A}} Step `lines`: each
 *   with the run of its function, −1 where it made the layer; `runs`: those of functions, and of statements in these,
 *   that it was in, from outside in; `computable`: whether the page works it out, for whatever comes in
 */

/**
 * What each kind's attributes hold; `form` is the name of its file in kinds/, "" where there is none.
 * @typedef {{kernel: Pair, stride: Pair, dilation?: Pair, padding: Sides, padding_name?: string,
 *   padding_mode?: string}} Windowed `padding_mode`: zeros, reflect, replicate, circular, or ignored where none counts
 * @typedef {Windowed & {form: "convolution" | "transposed", groups?: number}} Convolution
 * @typedef {Windowed & {form: "maximum" | "mean", pooling: string, adaptive?: false, count_include_pad?: boolean,
 *   divisor?: number | null}} WindowPooling
 * @typedef {{form: "maximum" | "mean", pooling: string, adaptive: true}} AdaptivePooling
 * @typedef {WindowPooling | AdaptivePooling} Pooling
 * @typedef {{form: "activation", formulas: string[], numbers?: Record<string, number | null | string>}} Activation in
 *   x: one, or one for each channel; `numbers` of a function that is not made of straight pieces
 * @typedef {{channels: number, rows: boolean, columns: boolean}} Together which values belong together: so many
 *   channels in a row; all rows or the own one; all columns or the own one
 * @typedef {{form: "softmax", over: Together}} Softmax
 * @typedef {{form: "normalization", eps: number, over?: Together}} Normalization without `over`, its statistics are
 *   those of its training
 * @typedef {{form: "dropout", keep_prob: number, written_keep_prob?: number}} Dropout
 * @typedef {{form: "reshape", order: "NHWC" | "NCHW"}} Reshape the order in which the numbers stay what they were
 * @typedef {{form: "" | "input" | "output" | "bias" | "matrix" | "sum" | "product" | "concatenation"}} Other
 * @typedef {Convolution | Pooling | Activation | Softmax | Normalization | Dropout | Reshape | Other} Attributes
 */

export {};

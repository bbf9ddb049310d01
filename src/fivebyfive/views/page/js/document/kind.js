// What the page may know of a kind of step, all of it in one file of kinds/. What a kind lacks is shown plainly:
// its inputs, its output, and the formula that the explanation has for it.

/**
 * @typedef {import("../types.js").Attributes} Attributes
 * @typedef {import("../types.js").Place} Place
 * @typedef {import("../choice/store.js").Choice} Choice
 * @typedef {import("../draw/dom.js").Child} Child
 * @typedef {import("./document.js").Doc} Doc
 * @typedef {{name: string, numbers: Float32Array, shape: number[]}} Besides a buffer of the step, NAME/I
 * @typedef {{grids: Child[], working: Child[], width?: number}} Shown `width` that the grids need, in pixels
 * @typedef {{show: (choice: Choice, sum: import("../sums/terms.js").Sum, width: number) => Shown}} Working
 */

/**
 * @template {Attributes} [A=Attributes]
 * @typedef {import("../types.js").Step<A>} Step
 */

/**
 * @template {Attributes} [A=Attributes]
 * @typedef {object} Kind
 * @property {(context: import("../layer/views.js").Context<A>) => import("../layer/views.js").Stage} [stage]
 *   the layer as a picture that moves
 * @property {(doc: Doc, step: Step<A>, position: number, place: Place) => import("../back/sum.js").Grown}
 *   [back] the values of the output that grow with one of the input `position`, and how much; null where that is not
 *   known
 * @property {(doc: Doc, step: Step<A>, channel: number, y: number, x: number) => import("../sums/terms.js").Sum | null}
 *   [sum] the products behind one number
 * @property {(doc: Doc, step: Step<A>) => Working} [working] how that sum is laid out
 * @property {(doc: Doc, step: Step<A>, inputs: Float32Array[]) => Float32Array | null} [derive]
 *   the whole output, from its inputs alone: for files that do not hold it, and for another picture
 * @property {(doc: Doc, step: Step<A>, inputs: Float32Array[]) => Besides[]} [besides] what else hangs on the picture
 * @property {(doc: Doc, step: Step<A>, choice: Choice) => Child[] | null} [tell] one number in words and figures
 * @property {(step: Step<A>, bias: boolean) => Child[]} [symbols] the right side of the formula, as MathML
 * @property {(doc: Doc, step: Step<A>, channel: number) => string | null} [formula] a line of text beside it
 * @property {import("./relations.js").Relation<A>} [relation] which maps a map is computed from
 * @property {(doc: Doc, step: Step<A>, place: Place, position?: number) => Place | null} [origin]
 *   where a number that only moved stood in an input, the first if none is named; null where it was not there
 * @property {(step: Step<A>) => boolean} [followed] whether it makes one number of one, so that what came before
 *   can show what comes next
 * @property {(doc: Doc, step: Step<A>, choice: Choice) => Child[]} [next] how that is written
 * @property {string} [sign] between its inputs
 * @property {Trial<A>} [trial] the same with another window
 */

/**
 * @template {Attributes} [A=Attributes]
 * @typedef {object} Trial
 * @property {Record<string, {name: string}> | null} filters to choose from in place of its own; null without any
 * @property {(doc: Doc, step: Step<A>, channel: number, window: import("../sums/window.js").Window, filter: string) =>
 *   import("../sums/convolve.js").Made | null} make one output map
 */

export {};

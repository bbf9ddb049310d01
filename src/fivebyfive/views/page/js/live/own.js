// The page's own network as the source of numbers: nothing is asked of anybody.

import { unpack } from "../document/envelope.js";
import { runner } from "../network/runner.js";
import { asPicture } from "./file.js";
import { missing, ofGallery, REFUSED } from "./source.js";

/** @typedef {import("./source.js").Question} Question @typedef {import("./source.js").Source} Source */
/** @typedef {import("../network/network.js").Rules} Rules @typedef {import("./source.js").Answered} Answered */

/** A forward that takes longer, in milliseconds, is announced. */
const QUICK = 300;

export class Own {
  /** @param {import("../network/runner.js").Runner} run @param {import("./source.js").Envelope} network */
  constructor(run, network) {
    this.run = run;
    this.network = network;
    /** @type {Rules} */
    this.rules = network.fields.standalone;
    this.server = false;
    this.mnist = false;
    /** How long the quickest picture took, in milliseconds. */
    this.quickest = Infinity;
  }

  /** @param {Question} question @returns {Promise<Answered>} */
  async answer(question) {
    const start = performance.now();
    const { way, picture, file } = question;
    const asked = way === "drawing" ? "drawing" : way === "file" ? "picture" : "gallery";
    const index = this.place(question);
    const given = file ? await asPicture(file) : picture;
    try {
      if (asked === "gallery" && index < 0) throw missing();
      const envelope = await this.run({ way: asked, picture: given, index });
      this.quickest = Math.min(this.quickest, performance.now() - start);
      return { envelope, said: [this.said(index), this.patience()].filter(Boolean).join(". ") };
    } catch (error) {
      throw Object.assign(/** @type {Error} */ (error), { status: REFUSED });
    }
  }

  async gallery() {
    const pictures = /** @type {Uint8Array} */ (this.network.buffers.get("gallery"));
    return { pictures, shape: this.network.shapes.get("gallery") ?? [], about: this.rules.gallery };
  }

  /** What is known of a picture of the gallery. @param {number} index */
  said(index) {
    const { label, mnist } = this.rules.gallery[index] ?? { label: "", mnist: null };
    return mnist === null ? label : `MNIST says: ${label}`;
  }

  /** What the page asks of its reader, where the network is large. */
  patience() {
    if (this.quickest <= QUICK) return "";
    return `A picture takes about ${(this.quickest / 1000).toFixed(1)} seconds here.`;
  }

  /** The picture to begin with: the wanted one, where the gallery has it. @param {Question | null} wanted */
  first(wanted) {
    return wanted && this.place(wanted) >= 0 ? wanted : ofGallery(this.rules.first);
  }

  /** Which picture of the gallery it is; −1 where it is none. @param {Question} question */
  place({ way, index }) {
    const { gallery } = this.rules;
    if (way === "mnist") return gallery.findIndex(({ mnist }) => mnist === index);
    return way === "gallery" && index < gallery.length ? index : -1;
  }
}

/**
 * The network, and the first picture's numbers.
 * @param {ArrayBuffer} bytes the network as an envelope @param {() => Worker} start @param {Question | null} wanted
 */
export async function begun(bytes, start, wanted) {
  const { run, where } = await runner(bytes, start);
  document.documentElement.dataset.runs = where;
  const own = new Own(run, unpack(bytes));
  const question = own.first(wanted);
  const { envelope, said } = await own.answer(question);
  return { envelopes: [own.network, envelope], question, source: own, said };
}

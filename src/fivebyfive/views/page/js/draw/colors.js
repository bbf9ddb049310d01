// From a number to a colour: orange below zero, paper at zero, blue above. Orange and blue stay apart for
// colour-blind eyes; the lightness says how far from zero.

/** @typedef {{lut: Uint32Array, gray: Uint32Array, dark: boolean}} Palette 257 colours: −1 … 0 … 1 */

const LIGHT = [
  [127, 59, 8],
  [224, 130, 20],
  [253, 208, 150],
  [250, 249, 246],
  [158, 202, 225],
  [49, 130, 189],
  [8, 48, 107],
];
const DARK = [
  [255, 214, 165],
  [240, 150, 50],
  [150, 84, 22],
  [27, 30, 36],
  [32, 84, 140],
  [80, 160, 225],
  [200, 230, 255],
];

/** @param {boolean} dark @returns {Palette} */
function makePalette(dark) {
  const stops = dark ? DARK : LIGHT;
  const lut = new Uint32Array(257);
  const gray = new Uint32Array(257);
  for (let i = 0; i < 257; i++) {
    const place = (i / 256) * (stops.length - 1);
    const k = Math.min(Math.floor(place), stops.length - 2);
    lut[i] = rgba(stops[k].map((from, c) => from + (stops[k + 1][c] - from) * (place - k)));
    const level = Math.max(0, (i - 128) / 128) * 255;
    gray[i] = rgba([level, level, level]);
  }
  return { lut, gray, dark };
}

/** @param {number[]} c */
function rgba(c) {
  return ((255 << 24) | (Math.round(c[2]) << 16) | (Math.round(c[1]) << 8) | Math.round(c[0])) >>> 0;
}

const PALETTES = { light: makePalette(false), dark: makePalette(true) };

/** @type {Map<string, string>} the page's own colours by name, as they are now */
const inks = new Map();
let dark = false;

/** Look again which colours the page has: it is light or dark now. */
export function refreshTheme() {
  const set = document.documentElement.dataset.theme;
  dark = set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  inks.clear();
}

export function isDark() {
  return dark;
}

/** @returns {Palette} */
export function palette() {
  return dark ? PALETTES.dark : PALETTES.light;
}

/** One of the page's own colours, for canvases. @param {string} name */
export function ink2d(name) {
  let color = inks.get(name);
  if (color === undefined) {
    color = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    inks.set(name, color);
  }
  return color;
}

/** @param {number} value @param {number} range the value that gets the strongest colour */
export function css(value, range) {
  const color = palette().lut[slot(value, range)];
  return `rgb(${color & 255} ${(color >> 8) & 255} ${(color >> 16) & 255})`;
}

/** Black or white, whichever can be read on `css(value, range)`. @param {number} value @param {number} range */
export function ink(value, range) {
  const color = palette().lut[slot(value, range)];
  const [red, green, blue] = [color & 255, (color >> 8) & 255, (color >> 16) & 255].map((v) => (v / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#000" : "#fff";
}

/** @param {number} value @param {number} range */
export function slot(value, range) {
  if (!(range > 0) || Number.isNaN(value)) return 128;
  const scaled = 128 + (value / range) * 128;
  return scaled <= 0 ? 0 : scaled >= 256 ? 256 : Math.round(scaled);
}

/** The largest distance from zero. @param {ArrayLike<number>} values */
export function spread(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

/** The class that colours a kind; the style sheet has one for each. @param {string} kind */
export function kindClass(kind) {
  return `kind-${kind.replaceAll(" ", "-")}`;
}

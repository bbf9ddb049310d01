// Triangles and bars, drawn: not every font has them.

import { svg } from "./dom.js";

export const PLAY = "M3 1 L14 8 L3 15 Z";
export const PAUSE = "M3 1 H7 V15 H3 Z M10 1 H14 V15 H10 Z";

/** A triangle, or two bars. @param {string} path */
export function icon(path) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 13, height: 13, "aria-hidden": "true" },
    svg("path", { d: path, fill: "currentColor" }),
  );
}

/** A bar and a triangle. @param {boolean} back */
export function skip(back) {
  return svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true", transform: back ? "scale(-1 1)" : null },
    svg("path", { d: "M3 2 L11 8 L3 14 Z M12 2 H14 V14 H12 Z", fill: "currentColor" }),
  );
}

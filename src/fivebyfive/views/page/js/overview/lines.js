// The lines of the big picture: between blocks, and from map to map.

import { append, replace, svg } from "../draw/dom.js";
import { cellBox } from "./layout.js";
import { path } from "./routes.js";

/** @typedef {import("./layout.js").Block} Block @typedef {{x: number, y: number, width: number, height: number}} Box */

/** More curves from one block are not drawn: every second one then, or third. */
const CURVES = 96;

/** @param {Element} root @param {import("./layout.js").Plan} plan @param {boolean} back whether arrows point back */
export function drawEdges(root, { blocks, edges, lanes }, back) {
  replace(root, back && arrowhead());
  for (const edge of edges) {
    const end = { "data-from": edge.from, "data-to": edge.to, "marker-start": back && "url(#backwards)" };
    append(root, svg("path", { d: path(edge, blocks, lanes), ...end }));
  }
}

/** The head of an arrow that points from right to left. */
function arrowhead() {
  const box = {
    id: "backwards",
    viewBox: "0 0 8 8",
    refX: 1,
    refY: 4,
    markerWidth: 5,
    markerHeight: 5,
    orient: "auto",
  };
  return svg("defs", {}, svg("marker", box, svg("path", { d: "M8 0 L0 4 L8 8 Z" })));
}

/**
 * Curves from each map that a map is computed from, and to each that uses it.
 * @param {Element} root @param {Block[]} blocks @param {number} here the map's block @param {number | null} channel
 * @param {import("./reach.js").Reached} lit
 */
export function drawCurves(root, blocks, here, channel, lit) {
  root.replaceChildren();
  const place = channel === null ? -1 : blocks[here].channels.indexOf(channel);
  if (place < 0) return;
  const own = cellBox(blocks[here], place);
  for (const [i, channels] of lit) {
    const cells = blocks[i].channels.flatMap((c, at) =>
      channels === "all" || channels.has(c) ? [cellBox(blocks[i], at)] : [],
    );
    const step = Math.max(1, Math.ceil(cells.length / CURVES));
    for (let c = 0; c < cells.length; c += step) {
      append(root, svg("path", { d: i < here ? curve(cells[c], own) : curve(own, cells[c]) }));
    }
  }
}

/** From one map to another; to one in another row from top to bottom. @param {Box} from @param {Box} to */
function curve(from, to) {
  if (to.x < from.x + from.width) {
    const [x1, y1, x2, y2] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
    const bend = Math.max(12, (y2 - y1) / 2);
    return `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  }
  const [x1, y1, x2, y2] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
  const bend = Math.max(12, (x2 - x1) / 2);
  return `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

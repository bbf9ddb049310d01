// A large page for a projector: everything half as large again, and fewer side matters.

import { keep, kept } from "../choice/session.js";
import { enlarged, LARGE } from "../draw/room.js";

const KEY = "fivebyfive.large";

/**
 * The button in the header, and the key l; a link asks for it by #large.
 * @param {HTMLElement} button @param {{tell: (changed: Set<string>) => void}} store
 */
export function largeButton(button, store) {
  const show = (/** @type {boolean} */ large) => {
    const { dataset, style } = document.documentElement;
    if (large) dataset.large = "";
    else delete dataset.large;
    style.setProperty("--zoom", large ? String(LARGE) : "1");
    button.setAttribute("aria-pressed", String(large));
  };
  const turn = () => {
    const large = enlarged() === 1;
    show(large);
    keep(KEY, large ? "yes" : "");
    store.tell(new Set(["theme"])); // everything is drawn again, as sharp as it is now
  };
  button.addEventListener("click", turn);
  addEventListener("keydown", (event) => {
    const writing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "l" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) turn();
  });
  show(kept(KEY) !== "" || new URLSearchParams(location.hash.slice(1)).has("large"));
}

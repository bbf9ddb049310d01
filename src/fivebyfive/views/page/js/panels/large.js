// A large page for a projector: everything half as large again, and fewer side matters.

import { enlarged, LARGE } from "../draw/room.js";

const KEPT = "fivebyfive-large";

/** What was chosen in this session; a page that may keep nothing, a file in some browsers, begins small. */
function kept() {
  try {
    return window.sessionStorage.getItem(KEPT) === "yes";
  } catch {
    return false;
  }
}

/** @param {boolean} large */
function keep(large) {
  try {
    window.sessionStorage.setItem(KEPT, large ? "yes" : "no");
  } catch {
    // then it lasts as long as the page
  }
}

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
    keep(large);
    store.tell(new Set(["theme"])); // everything is drawn again, as sharp as it is now
  };
  button.addEventListener("click", turn);
  addEventListener("keydown", (event) => {
    const writing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (event.key === "l" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) turn();
  });
  show(kept() || new URLSearchParams(location.hash.slice(1)).has("large"));
}

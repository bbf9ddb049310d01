// That the page shows a network that is not as in the code, what is changed of it, and the way back.

import { h, replace } from "../draw/dom.js";

/**
 * @param {HTMLElement} root @param {() => void} reset
 * @returns {(said: string[]) => void} says what is changed; nothing where all is as in the code
 */
export function notice(root, reset) {
  const says = h("span", { "data-lab": "changed" });
  const button = h("button", { type: "button", "data-lab": "as-in-the-code", onclick: reset }, "As in the code");
  replace(root, h("b", {}, "Not as in the code"), says, button);
  return (said) => {
    root.hidden = !said.length;
    says.textContent = said.join(" ");
  };
}

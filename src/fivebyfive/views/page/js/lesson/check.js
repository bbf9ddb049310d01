// The small question at a stop, and whether the answer was right.

import { h, replace } from "../draw/dom.js";
import { filled } from "./filled.js";

/** @typedef {import("../document/document.js").Doc} Doc @typedef {import("./stop.js").Ask} Ask */

/** What may stand between the digits of a number. */
const BETWEEN = /[\s,.'’·_]/g;

/**
 * Whether a number that was typed is the right one: 3,211,264 and 3211264 are the same.
 * @param {string} typed @param {string} right
 */
export function isRight(typed, right) {
  return typed.replace(BETWEEN, "") === right;
}

/** @param {Doc} doc @param {Ask} ask */
export function check(doc, ask) {
  const verdict = h("p", { class: "tour-verdict", role: "status" });
  const tell = (/** @type {boolean} */ right) => {
    verdict.dataset.verdict = right ? "right" : "wrong";
    if (right) replace(verdict, h("b", {}, "Right. "), filled(doc, ask.because));
    else replace(verdict, h("b", {}, "No. "), "Try again, or ", shown, ".");
  };
  const shown = h(
    "button",
    {
      type: "button",
      class: "tour-link",
      "data-tour-tell": true,
      onclick: () => {
        verdict.dataset.verdict = "told";
        replace(verdict, h("b", {}, `${ask.answers[ask.right]}. `), filled(doc, ask.because));
      },
    },
    "see the answer",
  );
  return h(
    "div",
    { class: "tour-ask", role: "group", "aria-label": "A question to check" },
    h("p", {}, filled(doc, ask.question)),
    ask.answers.length > 1 ? choices(ask, tell) : typed(ask, tell),
    verdict,
  );
}

/** @param {Ask} ask @param {(right: boolean) => void} tell */
function choices(ask, tell) {
  const buttons = ask.answers.map((answer, i) =>
    h(
      "button",
      {
        type: "button",
        "data-tour-choice": i,
        "aria-pressed": "false",
        onclick: () => {
          buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === i)));
          tell(i === ask.right);
        },
      },
      answer,
    ),
  );
  return h("div", { class: "tour-choices" }, ...buttons);
}

/** @param {Ask} ask @param {(right: boolean) => void} tell */
function typed(ask, tell) {
  const field = h("input", {
    type: "text",
    inputmode: "numeric",
    "aria-label": "Your answer",
    "data-tour-typed": true,
  });
  const answer = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (field.value.trim()) tell(isRight(field.value, ask.answers[0]));
  };
  return h(
    "form",
    { class: "tour-typed", autocomplete: "off", onsubmit: answer },
    field,
    h("button", { type: "submit", "data-tour-check": true }, "check"),
  );
}

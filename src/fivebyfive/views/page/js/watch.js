// The page of `5x5 train --watch`: follows the training, and holds it up.

import { refreshTheme } from "./draw/colors.js";
import { byId, h, replace } from "./draw/dom.js";
import { largeButton } from "./panels/large.js";
import { themeButton } from "./panels/settings.js";
import { follow } from "./training/follow.js";
import { Reel } from "./training/reel.js";
import { Training } from "./training/training.js";

const STATES = /** @type {Record<string, string>} */ ({
  "": "Waiting for the training",
  training: "Training",
  paused: "Held up",
  blind: "Training",
  ended: "Done",
  lost: "Lost",
});
const ENDED = "This page keeps what it has received until it is closed; the server has ended with the training.";
const LOST = "The training does not answer any more; is 5x5 train still running?";

const reel = new Reel();
const training = new Training(byId("training"), reel, "How it learns");
byId("training").hidden = true;
const buttons = [
  ["pause", "Pause"],
  ["step", "One step"],
  ["slow", "Slowly"],
  ["go", "Go on"],
].map(([word, label]) =>
  h("button", { type: "button", "data-hold": word, disabled: true, onclick: () => ask(word) }, label),
);
const said = h("span", { "data-state": "" });
replace(byId("state"), said, ...buttons);

/** @param {string} word */
async function ask(word) {
  training.follow = true;
  const response = await fetch(`api/training/${word}`, { method: "POST" }).catch(() => null);
  if (!response?.ok) trouble("The training did not hear that.");
}

/** @param {string} words */
function trouble(words) {
  byId("trouble").textContent = words;
  byId("trouble").hidden = !words;
  byId("trouble").classList.toggle("calm", reel.state === "ended");
}

/** @param {string} state */
function show(state) {
  said.textContent = STATES[state] ?? state;
  said.dataset.state = state;
  document.documentElement.dataset.state = state;
  const going = state === "training" || state === "paused";
  for (const button of buttons) button.disabled = !going;
}

/** @param {import("./document/envelope.js").Envelope} envelope */
function take(envelope) {
  reel.take(envelope);
  const { about, state, words } = envelope.fields.film;
  if (about) {
    byId("network").textContent = about.network;
    document.title = `${about.network} learns · fivebyfive`;
    training.begin();
  }
  if (state) {
    training.update(); // what is said of the state is said of this frame
    show(state);
    trouble(state === "ended" ? `${words} ${ENDED}` : words);
  }
  if (envelope.fields.film.frames && !document.hidden) training.later(); // a message of words comes just before
}

// The token is a cookie by now; in the address it would be shown, copied and kept in the browser's history.
if (new URLSearchParams(location.search).has("token")) history.replaceState(null, "", location.pathname);
refreshTheme();
themeButton(byId("theme"), { tell: () => training.update() });
largeButton(byId("enlarge"), { tell: () => training.update() });
show("");
document.addEventListener("visibilitychange", () => training.later());
follow("api/training", take)
  .catch((error) => trouble(`${LOST} (${error.message})`))
  .finally(() => {
    if (reel.state !== "ended") {
      training.update();
      show("lost");
      trouble(LOST);
    }
  });
document.documentElement.dataset.ready = "true";

// The page: reads the document (in this file, or from the server), then every part draws it.

import { Answer } from "./panels/answer.js";
import { beginning, choose, fragment, fromFragment } from "./choice/choose.js";
import { Code } from "./panels/code.js";
import { refreshTheme } from "./draw/colors.js";
import { Doc } from "./document/document.js";
import { byId } from "./draw/dom.js";
import { roughly } from "./draw/format.js";
import { inflate } from "./document/envelope.js";
import { KINDS } from "./kinds/all.js";
import { foldAtFirst, groupsOf } from "./overview/groups.js";
import { Laboratory } from "./laboratory/laboratory.js";
import { Layer } from "./layer/layer.js";
import { given } from "./panels/given.js";
import { fetchDocument, live } from "./live/live.js";
import { OneNumber } from "./number/number.js";
import { Overview } from "./overview/overview.js";
import { legend, settings, themeButton } from "./panels/settings.js";
import { Store } from "./choice/store.js";

async function start() {
  refreshTheme();
  const held = document.getElementById("document");
  const [first, ...more] = held ? [await inflate(held.textContent)] : await fetchDocument();
  const doc = new Doc(first, KINDS);
  for (const envelope of more) doc.take(envelope);
  byId("network").textContent = doc.structure.network;
  document.title = `${doc.structure.network} · fivebyfive`;
  const store = new Store({
    step: 0,
    channel: 0,
    y: 0,
    x: 0,
    source: 0,
    scale: "map",
    size: "fit",
    folded: foldAtFirst(doc.steps, groupsOf(doc.steps)),
    progress: null,
    held: null,
  });
  choose(store, doc, { ...beginning(doc), ...fromFragment(location.hash, doc) });
  build(doc, store);
  follow(doc, store);
  if (!held) live(doc, store);
  else /** @type {HTMLDetailsElement} */ (byId("prepared")).open = true;
  given(doc);
  document.documentElement.dataset.ready = "true";
  return { doc, store };
}

/** @param {Doc} doc @param {Store} store */
function build(doc, store) {
  const write = () => roughly(doc.rounded(store.choice.step));
  store.listen(write); // before anybody who writes numbers
  write();
  themeButton(byId("theme"), store);
  settings(byId("settings"), doc, store);
  new Code(byId("code"), doc, store);
  new Overview(byId("overview"), doc, store, byId("described"));
  legend(byId("legend"), doc, store);
  new Layer(byId("layer"), doc, store);
  new OneNumber(byId("number"), doc, store);
  new Laboratory(byId("laboratory"), doc, store);
  new Answer(byId("brief"), byId("answer"), doc, store);
}

/** Keep the address at the chosen step and pixel, and go where a link leads. @param {Doc} doc @param {Store} store */
function follow(doc, store) {
  let waiting = 0;
  store.listen((choice) => {
    if (choice.held || choice.progress !== null || location.protocol === "about:") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => history.replaceState(null, "", fragment(store.choice, doc)), 150);
  });
  addEventListener("hashchange", (event) => {
    clearTimeout(waiting);
    choose(store, doc, fromFragment(new URL(event.newURL).hash, doc));
  });
}

/** The document and what is chosen, once the page is drawn. */
export const started = start();

started.catch((error) => {
  byId("trouble").textContent = `The page could not be shown: ${error.message}`;
  byId("trouble").hidden = false;
  console.error(error);
});

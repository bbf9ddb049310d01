// The page: reads the document (in this file, or from the server), then every part draws it.

import { Answer } from "./panels/answer.js";
import { BackNumber } from "./back/number.js";
import { Sizes } from "./back/sizes.js";
import { WaySwitch } from "./back/switch.js";
import { OneWeight } from "./back/weight.js";
import { beginning, choose, fragment, fromFragment } from "./choice/choose.js";
import { Compare } from "./compare/compare.js";
import { Code } from "./panels/code.js";
import { refreshTheme } from "./draw/colors.js";
import { Doc } from "./document/document.js";
import { byId } from "./draw/dom.js";
import { roughly } from "./draw/format.js";
import { KINDS } from "./kinds/all.js";
import { foldAtFirst, groupsOf } from "./overview/groups.js";
import { Laboratory } from "./laboratory/laboratory.js";
import { notice } from "./laboratory/notice.js";
import { WhatIf } from "./laboratory/whatif.js";
import { Layer } from "./layer/layer.js";
import { given } from "./panels/given.js";
import { introduction } from "./panels/introduction.js";
import { begin } from "./live/begin.js";
import { live } from "./live/live.js";
import { OneNumber } from "./number/number.js";
import { Overview } from "./overview/overview.js";
import { largeButton } from "./panels/large.js";
import { legend, settings, themeButton } from "./panels/settings.js";
import { Store } from "./choice/store.js";
import { Tour } from "./lesson/tour.js";
import { WhySection } from "./why/why.js";

/** Screens on which the code is seen although the preparation of the picture is shown above it. */
const SPACIOUS = "(min-width: 1200px) and (min-height: 860px)";

async function start() {
  refreshTheme();
  const begun = await begin();
  const [first, ...more] = begun.envelopes;
  const doc = new Doc(first, KINDS);
  for (const envelope of more) doc.take(envelope);
  doc.question = begun.source?.server ? begun.question : null;
  byId("network").textContent = doc.structure.network;
  document.title = `${doc.structure.network} · fivebyfive`;
  const store = new Store({
    way: "forward",
    tap: 0,
    label: "",
    step: -1,
    channel: 0,
    y: 0,
    x: 0,
    source: 0,
    scale: "map",
    size: "fit",
    folded: foldAtFirst(doc.steps, groupsOf(doc.steps)),
    progress: null,
    held: null,
    stop: "",
    pointed: false,
  });
  choose(store, doc, { ...beginning(doc), ...fromFragment(location.hash, doc) });
  build(doc, store, begun.source);
  follow(doc, store);
  new Compare(byId("compare"), doc, store, begun.source !== null);
  live(doc, store, begun);
  if (!begun.source) {
    /** @type {HTMLDetailsElement} */ (byId("prepared")).open = matchMedia(SPACIOUS).matches;
  }
  given(doc);
  new Tour(byId("tour"), byId("tour-card"), doc, store);
  document.documentElement.dataset.ready = "true";
  return { doc, store };
}

/** @param {Doc} doc @param {Store} store @param {import("./live/source.js").Source | null} source */
function build(doc, store, source) {
  const write = () => roughly(doc.rounded(store.choice.step));
  store.listen(write); // before anybody who writes numbers
  write();
  themeButton(byId("theme"), store);
  largeButton(byId("enlarge"), store);
  introduction(byId("introduction"), doc, store, source !== null);
  settings(byId("settings"), doc, store);
  const whatIf = new WhatIf(
    doc,
    store,
    notice(byId("otherwise"), () => whatIf.reset()),
  ); // before anybody who draws
  new WaySwitch(byId("way"), doc, store, source?.server ?? false);
  new Sizes(byId("sizes"), doc, store);
  new Code(byId("code"), byId("code-title"), doc, store);
  new Overview(byId("overview"), doc, store, byId("described"));
  legend(byId("legend"), doc, store);
  new Layer(byId("layer"), doc, store);
  new OneNumber(byId("number"), doc, store);
  new BackNumber(byId("way-back"), doc, store);
  new OneWeight(byId("weight"), doc, store);
  new Laboratory(byId("laboratory"), doc, store, whatIf);
  new Answer(byId("brief"), byId("answer"), doc, store);
  new WhySection(byId("why"), doc, store);
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

// What only an opened tab or view shows: fetched when it is opened, and again when the run has moved on, not more than it takes.
import { ask, parts, remember, shown } from "signalbox/lib/moment";

const run = document.getElementById("run");
const LEAST = 700;
let waiting = null;
let stale = false;

run.addEventListener("signalbox:tab", ({ detail }) => {
  shown.tab = detail.name;
  remember({ tab: detail.name });
  fill(true);
  if (detail.name === "events") toEnd();
});
run.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  shown.view = link.dataset.view;
  remember({ view: shown.view });
  for (const one of run.querySelectorAll("a[data-view]")) {
    if (one === link) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
  for (const box of run.querySelectorAll(".rails[data-of]")) box.hidden = box.dataset.of !== shown.view;
  fill(true);
});
// A step that has a view is shown in the tab of views.
run.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-pattern]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  shown.of = link.dataset.pattern;
  remember({ of: shown.of });
  const tab = document.getElementById("to-pattern");
  tab.click();
  tab.scrollIntoView({ block: "nearest" });
});
run.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-fetch]");
  if (!button) return;
  const box = button.closest("[data-artifact]");
  button.disabled = true;
  const answer = await fetch(box.dataset.artifact, { headers: { "HX-Request": "true" } });
  box.innerHTML = await answer.text();
});
document.addEventListener("signalbox:frame", ({ detail }) => {
  if (detail.topic === run.dataset.topic && shown.at === null) fill(false);
});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stale && fill(false));

async function fill(now) {
  if (parts().length === 0) return;
  stale = document.visibilityState !== "visible";
  if (stale || (waiting && !now)) {
    stale = true;
    return;
  }
  clearTimeout(waiting);
  const began = performance.now();
  waiting = setTimeout(() => {}, 0);
  try {
    await ask({ at: shown.at });
  } catch (away) {
    console.debug("a part of the page is not refreshed while the server is away", away);
  }
  // At most a quarter of the time goes into parts, however large the run.
  waiting = setTimeout(again, Math.max(LEAST, 3 * (performance.now() - began)));
}

function again() {
  waiting = null;
  if (stale && shown.at === null) fill(false);
}

function toEnd() {
  const list = document.getElementById("run-events");
  if (list) list.scrollTop = list.scrollHeight;
}
toEnd();

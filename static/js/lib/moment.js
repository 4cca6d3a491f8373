// Which moment of its run a page shows: `at` is an event, or null for now. Asks the server for fragments; one request at a
// time, and of several wishes the last one counts.
import { swap } from "signalbox/lib/fragments";
import { start } from "signalbox/lib/behaviours";

const run = document.getElementById("run");
export const shown = { at: Number(run.dataset.moment) || null, latest: Number(run.dataset.total), tab: run.dataset.tab, view: run.dataset.view, of: run.dataset.of ?? "" };

// Fragments that only opened tabs and views show.
export function parts() {
  return [shown.tab, shown.view].filter((name) => ["timeline", "story", "pattern", "ran"].includes(name));
}

let busy = null;
let next = null;

// Resolves to the frame that is shown in the end; several callers may wait for the same one.
export function ask(wish) {
  if (busy) {
    next = { ...wish, whole: wish.whole || next?.whole };
    return busy;
  }
  busy = answered(wish).finally(() => (busy = next = null));
  return busy;
}

async function answered(wish) {
  let frame = null;
  for (let now = wish; now; now = next) {
    next = null;
    frame = await once(now);
  }
  return frame;
}

async function once(wish) {
  const query = new URLSearchParams(filters());
  if (wish.at) query.set("at", wish.at);
  if (wish.whole) query.set("whole", "");
  if (shown.tab === "pattern" && shown.of) query.set("of", shown.of);
  query.set("only", (wish.only ?? parts()).join(","));
  const path = document.getElementById("drawer").dataset.path;
  if (wish.whole && document.getElementById("run-grid").classList.contains("open")) query.set("step", path);
  const answer = await fetch(`${run.dataset.parts}?${query}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) throw new Error(`the run at this moment cannot be shown: ${answer.status}`);
  const frame = await answer.json();
  for (const element of swap(frame, true)) start(element);
  document.dispatchEvent(new CustomEvent("signalbox:moment", { detail: frame }));
  return frame;
}

function filters() {
  const form = document.querySelector("[data-events-filter]");
  const held = document.querySelector("#run-events[data-held]");
  if (!form || !held) return {};
  const { type, path } = Object.fromEntries(new FormData(form));
  return { type, path };
}

// Writes what the page shows into its address, so that it can be shared and survives being loaded again.
export function remember(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "folded" || (name === "tab" && value === "timeline")) query.delete(name);
    else query.set(name, value);
  }
  const step = query.get("step");
  query.delete("step");
  const rest = [...query].map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  if (step !== null) rest.push(`step=${encodeURIComponent(step)}`);
  history.replaceState(null, "", rest.length ? `?${rest.join("&")}` : location.pathname);
}

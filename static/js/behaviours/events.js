// The list of a run's events: what an event holds is fetched when it is opened; filters and earlier parts are asked for.
import { shown } from "signalbox/lib/moment";
import { spaced } from "signalbox/lib/spaced";

const run = document.getElementById("run");

run.addEventListener("toggle", (event) => {
  const details = event.target.closest?.("details[data-event]");
  if (details?.open && !details.querySelector(".event-data")) load(details);
}, true);

async function load(details) {
  const answer = await fetch(`${location.pathname}events/${details.dataset.event}/`, { headers: { "HX-Request": "true" } });
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  if (!details.querySelector(".event-data")) details.append(holder.content);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: { topic: "event" } }));
}

run.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-events-filter]")) return;
  event.preventDefault();
  show(Object.fromEntries(new FormData(event.target)));
});
run.addEventListener("change", (event) => {
  if (event.target.matches("[data-events-filter] select")) event.target.form.requestSubmit();
});
run.addEventListener("click", (event) => {
  const link = event.target.closest("[data-events-all], [data-events-before]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  show(Object.fromEntries(new URL(link.href).searchParams));
});

async function show({ type = "", path = "", before = "" }) {
  const query = new URLSearchParams({ only: "events", type, path, before });
  if (shown.at) query.set("at", shown.at);
  const answer = await fetch(`${run.dataset.parts}?${query}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const frame = await answer.json();
  for (const one of frame.fragments) {
    // Asked for: typed text has done its work, and the list is another one.
    const element = document.getElementById(one.id);
    if (element) element.innerHTML = one.html;
    if (element) element.dataset.v = one.v;
  }
  const list = document.getElementById("run-events");
  list.scrollTop = before ? 0 : list.scrollHeight;
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: { topic: "events" } }));
}

// A filtered list is not added to but asked for again, now and then.
const again = spaced(1000, () => {
  const list = document.getElementById("run-events");
  const form = document.querySelector("[data-events-filter]");
  const isEarlier = list && Number(list.lastElementChild?.dataset.n ?? 0) && list.dataset.before;
  if (list?.matches("[data-held]") && !isEarlier && shown.at === null && !form.contains(document.activeElement)) {
    if (!document.querySelector("#run-events details[open]")) show(Object.fromEntries(new FormData(form)));
  }
});
document.addEventListener("signalbox:frame", ({ detail }) => detail.topic === run.dataset.topic && again());

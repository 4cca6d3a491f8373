// The scrubber: shows the whole page as it was after any event. While an earlier moment is shown, live updates wait.
import { bind } from "signalbox/lib/keys";
import { ask, remember, shown } from "signalbox/lib/moment";
import { toast } from "signalbox/lib/toast";

const HERE = { group: "On the run", within: "#scrub-at" };
const run = document.getElementById("run");
const form = document.getElementById("scrub");
const range = document.getElementById("scrub-at");
const live = form.querySelector("[data-now]");
let wanted = shown.at;

range.addEventListener("input", () => go(Number(range.value)));
range.addEventListener("change", () => remember({ at: wanted }));
bind(["ArrowLeft", "ArrowRight"], "On the scrubber: the event before, the event after", () => false, { ...HERE, held: true });
bind("Escape", "On the scrubber: back to live", () => void back(), HERE);
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-now], #scrub [data-by], #run a[href^='?at=']");
  if (!link || event.metaKey || event.ctrlKey || link.closest("[role=tab]")) return;
  if (link.matches("[data-now]")) {
    event.preventDefault();
    back();
  } else if (link.matches("[data-by]")) {
    event.preventDefault();
    go(Math.min(Math.max((wanted ?? shown.latest) + Number(link.dataset.by), 1), shown.latest));
    remember({ at: wanted });
  } else if (/^\?at=\d+$/.test(link.getAttribute("href"))) {
    event.preventDefault();
    go(Number(new URLSearchParams(link.getAttribute("href")).get("at")));
    remember({ at: wanted });
  }
});
form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("signalbox:frame", ({ detail }) => {
  if (detail.topic !== run.dataset.topic || detail.n === undefined) return;
  shown.latest = Math.max(shown.latest, detail.n);
  for (const element of run.querySelectorAll("[data-total-shown]")) element.textContent = shown.latest;
  range.max = shown.latest;
  if (wanted === null) place(shown.latest);
});
document.addEventListener("signalbox:moment", () => say());

// The last event is now: whoever drags to the end is live again.
function go(n) {
  if (n >= shown.latest) return back();
  wanted = n;
  shown.at = n;
  run.dataset.held = "";
  mark();
  place(n);
  return ask({ at: n, whole: true }).catch(failed);
}

async function back() {
  wanted = null;
  mark();
  place(shown.latest);
  remember({ at: null });
  try {
    // What happened while the answer was on its way was not shown: ask until nothing is missing.
    for (let frame = null; wanted === null && (!frame || frame.n < shown.latest); ) frame = await ask({ at: null, whole: true });
  } catch (error) {
    failed(error);
  }
  if (wanted !== null) return;
  shown.at = null;
  delete run.dataset.held;
  place(shown.latest);
}

function place(n) {
  range.value = n;
  if (document.getElementById("run-count").textContent !== String(n)) document.getElementById("run-count").textContent = n;
  say();
}

function say() {
  const words = document.getElementById("run-said").textContent.replace(/\s+/g, " ").trim();
  range.setAttribute("aria-valuetext", `event ${range.value} of ${shown.latest}${wanted === null ? ", live" : ""}: ${words}`);
}

function mark() {
  const isLive = wanted === null;
  live.toggleAttribute("data-status", isLive);
  if (isLive) live.dataset.status = "succeeded";
  live.toggleAttribute("aria-current", isLive);
  if (isLive) live.setAttribute("aria-current", "true");
}

function failed(error) {
  toast(`${error.message}. The page shows what it showed before.`, "failed");
}

say();

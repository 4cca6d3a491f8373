// The step drawer of a run: opens from the track, stays open while the run goes on, and is fetched anew when its step changed.
import { bind } from "signalbox/lib/keys";
import { morph } from "signalbox/lib/morph";
import { remember, shown } from "signalbox/lib/moment";

const drawer = document.getElementById("drawer");
const grid = document.getElementById("run-grid");

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-step-path], [data-step-path] > a.link");
  if (link && !event.metaKey && !event.ctrlKey && grid.contains(link)) {
    event.preventDefault();
    open((link.dataset.stepPath ?? link.parentElement.dataset.stepPath) || "");
  }
  if (event.target.closest?.("[data-close]")) close();
});
bind("Escape", "Close the step", close, { group: "On the run", within: "#run-grid.open #drawer" });
document.addEventListener("signalbox:frame", ({ detail }) => {
  const path = drawer.dataset.path;
  if (!grid.classList.contains("open") || !detail.topic.startsWith("run.") || shown.at !== null) return;
  if ((detail.touched ?? []).some((one) => one === path || one.startsWith(`${path}/`) || one.startsWith(`${path}[`))) load(path);
  mark(path);
});

async function open(path) {
  grid.classList.add("open");
  remember({ step: path });
  await load(path, true);
  // Beside the track it is in sight already; below or above it, it is brought there.
  if (matchMedia("(max-width: 1100px)").matches) drawer.scrollIntoView({ block: "start" });
}

function close() {
  grid.classList.remove("open");
  remember({ step: null });
  const before = document.querySelector(`a.node[data-step-path="${CSS.escape(drawer.dataset.path)}"]`);
  drawer.dataset.path = "";
  drawn.path = null;
  mark(null);
  before?.focus();
}

// Two answers may be on their way at once, the click's and a frame's: the later question wins, and what is drawn already is
// not drawn anew under the person's hands.
const drawn = { path: null, number: 0 };
let asked = 0;

async function load(path, fresh = false) {
  const number = ++asked;
  drawer.dataset.path = path;
  mark(path);
  const answer = await fetch(`${drawer.dataset.url}?path=${encodeURIComponent(path)}${shown.at ? `&at=${shown.at}` : ""}`, { headers: { "HX-Request": "true" } });
  const text = await answer.text();
  if (drawer.dataset.path !== path || number < drawn.number) return;
  if (fresh && drawn.path !== path) drawer.innerHTML = text;
  else morph(drawer, text);
  Object.assign(drawn, { path, number });
  window.htmx?.process(drawer);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: { topic: "drawer" } }));
}

function mark(path) {
  for (const node of document.querySelectorAll("a.node")) {
    const here = path !== null && (node.dataset.stepPath === path || path.startsWith(`${node.dataset.stepPath}[`));
    if (here) node.setAttribute("aria-current", "true");
    else node.removeAttribute("aria-current");
  }
}

document.addEventListener("signalbox:moment", () => grid.classList.contains("open") && mark(drawer.dataset.path));
if (grid.classList.contains("open")) mark(drawer.dataset.path);

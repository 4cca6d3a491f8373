// The timeline of a run that goes on grows with the clock: bars are placed again each second, unfinished ones reach up to now.
// A bar shows its words where they fit; the rest are on hover and in the table.
const LETTER = 6.4;
const EDGES = 12;
let began = performance.now();
let span = 0;

for (const name of ["signalbox:moment", "signalbox:frame"]) {
  document.addEventListener(name, () => {
    const chart = document.querySelector(".gantt");
    const fresh = Number(chart?.dataset.span ?? 0);
    if (fresh !== span) {
      span = fresh;
      began = performance.now();
    }
    watch();
  });
}

const resized = new ResizeObserver(fit);

function watch() {
  resized.disconnect();
  const chart = document.querySelector(".gantt");
  if (chart) resized.observe(chart);
}

watch();

// One measure for all: bars are shares of the width, and a letter is about as wide as another.
function fit() {
  const chart = document.querySelector(".gantt");
  const wide = chart?.querySelector(".bars")?.clientWidth ?? 0;
  for (const bar of chart?.querySelectorAll("svg.bar") ?? []) {
    const text = bar.querySelector("text");
    text.toggleAttribute("data-fits", (parseFloat(bar.getAttribute("width")) / 100) * wide >= text.textContent.length * LETTER + EDGES);
  }
}

setInterval(() => {
  const chart = document.querySelector(".gantt[data-goes-on]");
  if (!chart || chart.closest("[hidden]") || document.visibilityState !== "visible") return;
  span ||= Number(chart.dataset.span);
  const now = span + (performance.now() - began) / 1000;
  for (const bar of chart.querySelectorAll("[data-from]")) {
    const from = Number(bar.dataset.from);
    const to = bar.dataset.to === undefined ? now : Number(bar.dataset.to);
    bar.setAttribute("x", `${((from / now) * 100).toFixed(3)}%`);
    bar.setAttribute("width", `${((Math.max(to - from, 0) / now) * 100).toFixed(3)}%`);
  }
  for (const [place, text] of [...chart.querySelectorAll(".ticks text")].entries()) if (place) text.textContent = words((now * place) / 4);
  fit();
}, 1000);

function words(seconds) {
  if (seconds < 0.95) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  return minutes < 60 ? `${minutes} m ${Math.round(seconds) % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} m`;
}

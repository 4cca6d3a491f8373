// Draws a table as a Plotly chart, in the colours of the tokens, once the page is idle; again when its topic or the theme changes.
import { behaviour } from "signalbox/lib/behaviours";

const LEAST = 4;
let plotly = null;
const drawn = new WeakMap();

behaviour("chart", (box) => {
  const draw = () => load(box.dataset.plotly).then(() => show(box));
  (window.requestIdleCallback ?? setTimeout)(draw, { timeout: 3000 });
  for (const name of ["signalbox:frame", "signalbox:theme"]) {
    document.addEventListener(name, ({ detail }) => {
      if (window.Plotly && (!detail || detail.topic === "overview")) show(box, name === "signalbox:theme");
    });
  }
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => window.Plotly && show(box, true));
});

function load(url) {
  plotly ??= new Promise((done, failed) => {
    document.head.append(Object.assign(document.createElement("script"), { src: url, onload: done, onerror: failed }));
  });
  return plotly;
}

function colour(name, status = "") {
  const probe = document.createElement("span");
  if (status) probe.dataset.status = status;
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function known(text) {
  const number = Number(text);
  return Number.isNaN(number) ? null : number;
}

// Only what changed is drawn again: figures of the table, or the theme.
function show(box, anew = false) {
  const table = document.getElementById(box.dataset.table);
  const text = table.textContent;
  if (!anew && drawn.get(box) === text) return;
  drawn.set(box, text);
  const x = [...table.querySelectorAll("[data-x]")].map((cell) => new Date(cell.dataset.x));
  const heads = [...table.tHead.rows[0].cells];
  const series = heads.flatMap((head, place) => {
    if (!head.dataset.series) return [];
    const y = [...table.tBodies[0].rows].map((row) => known(row.cells[place].textContent));
    const line = { color: colour("--state", head.dataset.series), width: 2, shape: "linear" };
    const under = head.dataset.series === "running" ? { fill: "tozeroy", fillcolor: colour("--state-bg", "running") } : {};
    return [{ x, y, name: head.textContent, type: "scatter", mode: "lines", line, ...under }];
  });
  // Whole attempts, with air above the highest; an hour in which little or nothing happened is not blown up.
  const most = Math.max(LEAST, ...series.flatMap((one) => one.y));
  const grid = { gridcolor: colour("--line"), zeroline: false, tickfont: { size: 11 }, fixedrange: true };
  const layout = {
    margin: { l: 34, r: 12, t: 12, b: 30 }, showlegend: false, hovermode: "x unified",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: colour("--text-2"), family: getComputedStyle(document.body).fontFamily },
    hoverlabel: { bgcolor: colour("--panel-2"), font: { color: colour("--text") } },
    xaxis: { ...grid, showgrid: false, type: "date", tickformat: "%H:%M", ticks: "outside", ticklen: 5, tickcolor: "rgba(0,0,0,0)" }, yaxis: { ...grid, range: [0, most * 1.08], tickformat: "d", nticks: 4 },
  };
  window.Plotly.react(box, series, layout, { displayModeBar: false, responsive: true });
}

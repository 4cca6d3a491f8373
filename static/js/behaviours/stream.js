// What agents say while they work: pieces are put together by step, shown in the drawer and as how far a step is in the track.
// A piece of another claim begins afresh; the server sends none of an older one.
import { shown } from "signalbox/lib/moment";

const LONGEST = 60000;
const said = new Map();
const run = document.getElementById("run");
let drawing = 0;

document.addEventListener("signalbox:frame", ({ detail }) => {
  if (detail.topic === `stream.${run.dataset.runId}`) for (const list of detail.append ?? []) list.items.forEach(take);
  if (!drawing) drawing = requestAnimationFrame(draw);
});
document.addEventListener("signalbox:moment", () => draw());

function take({ n, html }) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const piece = holder.content.firstElementChild;
  const { path, claim, attempt, fraction, note } = piece.dataset;
  let one = said.get(path);
  if (!one || one.claim !== claim) {
    if (one && (n <= one.n || Number(attempt) < one.attempt)) return;
    one = { claim, attempt: Number(attempt), n: 0, text: "", fraction: null, note: "" };
    said.set(path, one);
  }
  if (n <= one.n) return;
  one.n = n;
  one.text = (one.text + piece.textContent).slice(-LONGEST);
  if (fraction) Object.assign(one, { fraction: Number(fraction), note });
}

function draw() {
  drawing = 0;
  if (shown.at !== null) return;
  for (const bar of run.querySelectorAll("[data-progress]")) {
    const width = (said.get(bar.dataset.progress)?.fraction ?? 0) * Number(bar.dataset.whole);
    if (Number(bar.getAttribute("width")) !== width) bar.setAttribute("width", width.toFixed(1));
  }
  const box = run.querySelector("[data-stream]");
  const one = box && said.get(box.dataset.stream);
  if (!one) return;
  box.hidden = false;
  const text = box.querySelector("[data-stream-text]");
  text.hidden = !one.text;
  if (text.dataset.n !== String(one.n)) {
    const follows = text.scrollTop + text.clientHeight > text.scrollHeight - 8;
    text.dataset.n = one.n;
    text.textContent = one.text;
    if (follows) text.scrollTop = text.scrollHeight;
  }
  const bar = box.querySelector("[data-stream-bar]");
  bar.hidden = one.fraction === null;
  bar.value = one.fraction ?? 0;
  const words = one.fraction === null ? "" : `${Math.round(one.fraction * 100)}%${one.note ? ` · ${one.note}` : ""}`;
  box.querySelector("[data-stream-note]").textContent = words;
}

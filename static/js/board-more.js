// Brings the cards of a long column as somebody scrolls to them.
import { tick } from "signalbox/behaviours/times";
import { place, restOf, tidy, height } from "signalbox/board-cards";
import { asked, board, columnOf } from "signalbox/board-dom";
import { refresh, version } from "signalbox/board-sync";

const AHEAD = 800;
const LEAST = 40;
const MOST = 400;
const watchers = new Map();

function watch() {
  for (const tasks of board.querySelectorAll(".tasks")) {
    tidy(tasks);
    const rest = restOf(tasks);
    if (!watchers.has(tasks)) watchers.set(tasks, new IntersectionObserver(seen, { root: tasks, rootMargin: `${AHEAD}px 0px` }));
    watchers.get(tasks).disconnect();
    if (rest) watchers.get(tasks).observe(rest);
  }
}

function seen(entries) {
  const last = entries.at(-1);
  if (last.isIntersecting) more(last.target);
}

async function more(rest) {
  if (!rest.isConnected || rest.hasAttribute("aria-busy")) return;
  rest.setAttribute("aria-busy", "true");
  const tasks = rest.parentElement;
  const since = version();
  const filter = asked();
  const { after } = rest.dataset;
  const address = `/boards/${board.dataset.board}/columns/${columnOf(rest).dataset.columnId}/?after=${encodeURIComponent(after)}&count=${count(tasks, rest)}&${filter}`;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
  const html = answer?.ok ? await answer.text() : null;
  rest.removeAttribute("aria-busy");
  if (html === null || !rest.isConnected || rest.dataset.after !== after || filter !== asked()) return;
  add(tasks, rest, html);
  // What changed meanwhile may stand among these cards, and was passed over as long as they were not drawn.
  if (version() > since) refresh(since);
  watch();
}

// As many as the person has scrolled past, and some more.
function count(tasks, rest) {
  const below = tasks.scrollTop + tasks.clientHeight - (rest.offsetTop - tasks.offsetTop);
  return Math.min(MOST, LEAST + Math.max(0, Math.ceil(below / height(tasks))));
}

function add(tasks, rest, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const next = holder.content.querySelector(".rest");
  if (next) rest.replaceWith(document.adoptNode(next));
  else rest.remove();
  const changed = new Set();
  tick(holder.content);
  for (const node of [...holder.content.querySelectorAll(".task")]) place(node, changed);
  for (const card of changed) window.htmx?.process(card);
  tidy(tasks);
}

if (board) {
  watch();
  board.addEventListener("click", ({ target }) => target.closest("[data-more]") && more(target.closest(".rest")));
  document.addEventListener("signalbox:board-read", watch);
}

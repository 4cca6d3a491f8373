// Puts cards where they belong: by column and rank, as far as the column is drawn. What moves slides there; what the person
// points at stays under the pointer.
import { start } from "signalbox/lib/behaviours";
import { settle } from "signalbox/lib/fragments";
import { morphInto } from "signalbox/lib/morph";
import { tick } from "signalbox/behaviours/times";
import { asked, board, list } from "signalbox/board-dom";

const SLIDE = { duration: 180, easing: "ease-out" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Takes cards as HTML, each with its place and the version of the board it is of; older ones than shown are passed over.
export function put(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = [...holder.content.children];
  tick(holder.content);
  const held = document.activeElement?.closest?.(".task");
  const seen = measure(listsOf(fresh));
  const changed = new Set();
  for (const node of fresh) place(node, changed);
  settle(changed);
  for (const one of changed) start(one);
  for (const tasks of board.querySelectorAll(".tasks")) tidy(tasks);
  slide(seen);
  if (held?.isConnected && document.activeElement === document.body) held.focus({ preventScroll: true });
}

export function place(node, changed) {
  const old = document.getElementById(node.id);
  if (old && Number(old.dataset.n) > Number(node.dataset.n)) return;
  const tasks = node.dataset.column && document.getElementById(`tasks-${node.dataset.column}`);
  const rest = tasks && restOf(tasks);
  // Below what is drawn of its column it is only counted, until somebody scrolls there.
  if (!tasks || (rest && order(node, placeOf(rest.dataset.after)) > 0)) {
    old?.remove();
    return;
  }
  if (old) morphInto(old, node).forEach((one) => changed.add(one));
  else changed.add(node);
  const card = old ?? document.adoptNode(node);
  card.classList.remove("pending");
  const next = following(tasks, card);
  if (card.parentElement !== tasks || nextCard(card) !== next) tasks.insertBefore(card, next ?? rest ?? null);
}

// Says how many cards are not drawn, and gives them the height they will need, so that nothing jumps when they come.
export function tidy(tasks) {
  const rest = restOf(tasks);
  if (!rest) return;
  if (!asked()) rest.dataset.left = Math.max(0, total(tasks) - tasks.querySelectorAll(":scope > .task").length);
  const left = Number(rest.dataset.left);
  if (!left) return rest.remove();
  rest.firstElementChild.textContent = `${left} more card${left === 1 ? "" : "s"}`;
  rest.style.height = `${Math.round(left * height(tasks))}px`;
}

export const restOf = (tasks) => tasks.querySelector(":scope > .rest");
export const total = (tasks) => Number(tasks.parentElement.querySelector("[data-total]")?.dataset.total ?? 0);

export function height(tasks) {
  const all = tasks.querySelectorAll(":scope > .task");
  if (!all.length) return 92;
  return (all[all.length - 1].offsetTop + all[all.length - 1].offsetHeight - all[0].offsetTop) / all.length;
}

const placeOf = (name) => name.split(":").map(Number);

function order({ dataset }, [rank, id]) {
  return Number(dataset.rank) - rank || Number(dataset.cardId) - id;
}

function following(tasks, card) {
  const mine = [Number(card.dataset.rank), Number(card.dataset.cardId)];
  return [...tasks.querySelectorAll(":scope > .task")].find((one) => one !== card && order(one, mine) > 0) ?? null;
}

function nextCard(card) {
  let next = card.nextElementSibling;
  while (next && !next.matches(".task")) next = next.nextElementSibling;
  return next;
}

function listsOf(fresh) {
  const lists = fresh.flatMap((node) => [document.getElementById(node.id)?.parentElement, document.getElementById(`tasks-${node.dataset.column}`)]);
  return new Set(lists.filter(Boolean));
}

// Where the cards in sight stand now.
function measure(lists) {
  const seen = new Map();
  for (const tasks of lists) {
    const { top, bottom } = tasks.getBoundingClientRect();
    for (const card of tasks.querySelectorAll(":scope > .task")) {
      const at = card.getBoundingClientRect();
      if (at.top > bottom) break;
      if (at.bottom >= top) seen.set(card, at);
    }
  }
  return seen;
}

function slide(seen) {
  const steady = [...seen.keys()].find((card) => card.isConnected && card.matches(":hover, :focus-within"));
  if (steady) list(steady.closest(".col")).scrollTop += steady.getBoundingClientRect().top - seen.get(steady).top;
  if (calm.matches) return;
  const moves = [...seen].filter(([card]) => card.isConnected).map(([card, was]) => [card, was, card.getBoundingClientRect()]);
  for (const [card, was, is] of moves) {
    if (Math.abs(was.top - is.top) < 1 && Math.abs(was.left - is.left) < 1) continue;
    card.animate([{ transform: `translate(${was.left - is.left}px, ${was.top - is.top}px)` }, { transform: "none" }], SLIDE);
  }
}

// Keeps the board as the server has it: takes frames, asks for what was missed, and reads all of it again where the page shows
// another number of cards than there are.
import { start } from "signalbox/lib/behaviours";
import { swap } from "signalbox/lib/fragments";
import { morph } from "signalbox/lib/morph";
import { put, restOf, tidy, total } from "signalbox/board-cards";
import { asked, board } from "signalbox/board-dom";

const REST = 700;
const CARDS = "board-changes";
let applied = Number(board?.dataset.n ?? 0);
let moving = 0;
let looking = null;
let asking = null;

export const version = () => applied;

document.addEventListener("signalbox:frame", ({ detail }) => {
  if (detail.topic !== board?.dataset.topic) return;
  // What is pushed is the same for everyone; whether a card passes a filter the server says.
  if (asked() && !detail.fetched) return soon();
  take(detail);
});

function take(frame) {
  const html = frame.fragments?.find(({ id }) => id === CARDS)?.html;
  applied = Math.max(applied, frame.n);
  if (frame.touched?.includes("cards")) return reload();
  if (html) put(html);
  look();
}

export function soon() {
  asking ??= setTimeout(() => {
    asking = null;
    refresh();
  }, 150);
}

// Fetches what changed since a version of the board, with the eyes of this page's filter.
export async function refresh(since = applied) {
  const answer = await fetch(`${board.dataset.frame}?n=${since}&${asked()}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const frame = { ...(await answer.json()), fetched: true };
  for (const element of swap(frame)) start(element);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: frame }));
}

// Reads all columns again, as a filter or too many changes demand.
export async function reload() {
  const filter = asked();
  const answer = await fetch(`/boards/${board.dataset.board}/?${filter}`, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || filter !== asked()) return;
  morph(board, await answer.text());
  board.querySelectorAll(".tasks").forEach(tidy);
  start(board);
  document.dispatchEvent(new CustomEvent("signalbox:board-read"));
}

// While a card is being moved the page is ahead of the server; afterwards it must agree again.
export async function whileMoving(work) {
  moving += 1;
  try {
    return await work();
  } finally {
    moving -= 1;
    look();
  }
}

function look() {
  clearTimeout(looking);
  looking = setTimeout(() => moving === 0 && differs() && reload(), REST);
}

const differs = () => !asked() && [...board.querySelectorAll(".tasks")].some((tasks) => !restOf(tasks) && tasks.querySelectorAll(":scope > .task").length !== total(tasks));

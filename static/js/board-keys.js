// The board by keyboard: arrows walk from card to card; Space lifts one, arrows carry it, Space puts it down, Escape puts it back.
import { board, cardById, cards, columnById, columnOf, columns, mayMove, place, say } from "signalbox/board-dom";
import { begin, cancel, drop, lift, over } from "signalbox/board-lift";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

board?.addEventListener("keydown", (event) => {
  const card = event.target.closest(".task");
  if (!card || event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === " " && mayMove) act(event, () => (lift ? land(card) : take(card)));
  else if (event.key === "Escape" && lift) act(event, cancel);
  else if (event.key === "Enter" && !lift) act(event, () => card.querySelector(".title").click());
  else if (ARROWS[event.key]) act(event, () => (lift ? carry : walk)(card, ...ARROWS[event.key]));
});

// Whoever leaves the card with the Tab key leaves it where it was.
board?.addEventListener("focusout", (event) => {
  if (lift && !document.body.classList.contains("dragging") && event.relatedTarget && !board.contains(event.relatedTarget)) cancel();
});

function act(event, what) {
  event.preventDefault();
  what();
}

function take(card) {
  begin(card);
  const at = place(columnOf(card), lift.over.before, lift.id);
  say(`Lifted ${lift.title}. ${at}. Arrow keys move it, Space puts it down, Escape puts it back.`);
}

async function land(card) {
  const { id } = card.dataset;
  await drop();
  cardById(id)?.focus();
}

function carry(card, sideways, down) {
  const column = columnById(lift.over.column);
  const there = cards(column, lift.id);
  const at = index(there, lift.over.before);
  const next = down ? column : columns()[columns().indexOf(column) + sideways];
  if (!next) return;
  const goal = cards(next, lift.id);
  over(next, key(goal, Math.min(Math.max(at + down, 0), goal.length)));
  document.getElementById("drop").scrollIntoView({ block: "nearest", inline: "nearest" });
}

function walk(card, sideways, down) {
  const column = columnOf(card);
  const at = cards(column).indexOf(card);
  let goal = down ? cards(column)[at + down] : null;
  const all = columns();
  for (let to = all.indexOf(column) + sideways; sideways && !goal && all[to]; to += sideways) {
    goal = cards(all[to])[Math.min(at, cards(all[to]).length - 1)];
  }
  goal?.focus();
}

const key = (there, at) => there[at]?.dataset.cardId ?? "";

function index(there, before) {
  const at = there.findIndex((card) => card.dataset.cardId === before);
  return at < 0 ? there.length : at;
}

// The board by keyboard: arrows walk from card to card; Space lifts one, arrows carry it, Space puts it down, Escape puts it back.
import { bind } from "signalbox/lib/keys";
import { board, cardById, cards, columnById, columnOf, columns, mayMove, place, say } from "signalbox/board-dom";
import { begin, cancel, drop, lift, over } from "signalbox/board-lift";

const HERE = { group: "On the board", within: "#board .task" };
const onCard = (act) => (event, card) => (event.target === card ? act(card) : false);

bind("Enter", "Open the card", onCard((card) => !lift && card.querySelector(".title").click()), HERE);
bind("Space", "Lift the card, or put it down", onCard((card) => void (lift ? land : take)(card)), { ...HERE, when: () => mayMove });
for (const [key, where, sideways, down] of [["ArrowLeft", "column before", -1, 0], ["ArrowRight", "next column", 1, 0], ["ArrowUp", "card above", 0, -1], ["ArrowDown", "card below", 0, 1]]) {
  bind(key, `To the ${where}; carries a lifted card`, onCard((card) => (lift ? carry : walk)(card, sideways, down)), { ...HERE, held: true });
}
bind("Escape", "Put a lifted card back", () => (lift ? cancel() : false), HERE);

// Whoever leaves the card with the Tab key leaves it where it was.
board?.addEventListener("focusout", (event) => {
  if (lift && !document.body.classList.contains("dragging") && event.relatedTarget && !board.contains(event.relatedTarget)) cancel();
});

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

// One card on its way: where it was taken, where it would land, and what its landing means. Pointer, keys and menu all come here.
import { post, words } from "signalbox/board-api";
import { choose } from "signalbox/board-choices";
import { board, cardById, cards, columnById, columnOf, columns, list, place, say, title, toast } from "signalbox/board-dom";
import { whileMoving } from "signalbox/board-sync";

export let lift = null;

export function begin(card) {
  const column = columnOf(card);
  const next = cards(column).find((other, at, all) => all[at - 1] === card);
  lift = {
    id: card.dataset.cardId,
    title: title(card),
    version: Number(card.dataset.version),
    from: { column: column.dataset.columnId, before: next?.dataset.cardId ?? "" },
    height: card.offsetHeight,
  };
  lift.over = { ...lift.from };
  card.classList.add("lifted");
  board.classList.add("lifting");
  refuse(card);
  draw();
  return lift;
}

// Puts the card above another one of a column, or at its end.
export function over(column, before) {
  const same = lift.over.column === column.dataset.columnId && lift.over.before === before;
  lift.over = { column: column.dataset.columnId, before };
  draw();
  if (!same) say(`${place(column, before, lift.id)}${column.dataset.why ? `. Would be refused: ${column.dataset.why}` : ""}`);
}

export function cancel() {
  if (!lift) return;
  say(`${lift.title} stays where it was`);
  end();
}

export async function drop() {
  const { id, from, over: to, version } = lift;
  end();
  if (to.column === from.column && to.before === from.before) return say("Put back where it was");
  await move(id, to.column, to.before, version);
}

// Moves a card: shows it at its new place at once, and puts it back if the server says no.
// `toEnd` means the end of the column, also where that is not drawn yet.
export async function move(id, column, before, version, run, toEnd = false) {
  const card = cardById(id);
  const back = settleAt(card, columnById(column), before);
  const last = before ? null : cards(columnById(column), id).at(-1)?.dataset.cardId;
  const body = { column: Number(column), version };
  if (before) body.before = Number(before);
  else if (last && !toEnd) body.after = Number(last);
  if (run) body.run = run;
  const answer = await whileMoving(() => post(`/cards/${id}/move`, body));
  cardById(id)?.classList.remove("pending");
  if (answer.ok) {
    const now = cardById(id);
    if (now && Number(now.dataset.version) < answer.body.version) now.dataset.version = answer.body.version;
    return say(`${title(card)} is in ${columnById(column).dataset.name}`);
  }
  back();
  if (answer.body.choices) {
    const chosen = await choose(answer.body, title(card));
    return chosen ? move(id, column, before, version, chosen, toEnd) : say(`${title(card)} stays where it was`);
  }
  toast(words(answer.body), "failed");
  say(`Refused. ${words(answer.body)}`);
}

// Returns what puts it back, unless a newer state of the board has come in between.
function settleAt(card, column, before) {
  const home = card.parentElement;
  const next = card.nextElementSibling;
  const { n } = card.dataset;
  const hadFocus = card.contains(document.activeElement);
  card.classList.add("pending");
  const beside = before && cardById(before)?.parentElement === list(column) ? cardById(before) : list(column).querySelector(":scope > .rest");
  list(column).insertBefore(card, beside);
  if (hadFocus) card.focus({ preventScroll: true });
  return () => {
    if (card.dataset.n !== n) return;
    home.insertBefore(card, next?.parentElement === home ? next : home.querySelector(":scope > .rest"));
    card.classList.add("refused");
    setTimeout(() => card.classList.remove("refused"), 900);
    if (hadFocus) card.focus({ preventScroll: true });
  };
}

function end() {
  cardById(lift.id)?.classList.remove("lifted");
  board.classList.remove("lifting");
  document.getElementById("drop")?.remove();
  for (const column of columns()) {
    column.classList.remove("no", "target");
    delete column.dataset.why;
  }
  lift = null;
}

// Shows where the card would land. Drawn again after every frame, which knows nothing of it.
export function draw() {
  const column = columnById(lift.over.column);
  const drop = document.getElementById("drop") ?? Object.assign(document.createElement("li"), { id: "drop", className: "drop" });
  drop.style.height = `${lift.height}px`;
  const before = cardById(lift.over.before);
  list(column).insertBefore(drop, before?.parentElement === list(column) ? before : list(column).querySelector(":scope > .rest"));
  for (const one of columns()) one.classList.toggle("target", one === column);
  cardById(lift.id)?.classList.add("lifted");
}

// Dims the columns that would not take the card, and says why in them: first what is plain, then what the server knows.
async function refuse(card) {
  const { id } = lift;
  if (!card.hasAttribute("data-working")) mark(Object.fromEntries(columns().map((one) => [one.dataset.columnId, one.dataset.refuses])));
  const answer = await fetch(`${card.querySelector(".title").getAttribute("href")}refusals/`).catch(() => null);
  const reasons = answer?.ok ? await answer.json() : {};
  if (lift?.id === id) mark(reasons);
}

function mark(reasons) {
  for (const column of columns()) {
    const why = reasons[column.dataset.columnId];
    if (!why || column.dataset.columnId === lift.from.column) continue;
    column.classList.add("no");
    column.dataset.why = why;
  }
}

document.addEventListener("signalbox:frame", (event) => {
  if (lift && event.detail.topic === board?.dataset.topic) draw();
});

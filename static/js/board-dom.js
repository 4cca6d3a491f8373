// The board as it stands in the page: columns, cards, places. Nothing here changes anything but classes and words.
export const board = document.getElementById("board");
export const filters = document.getElementById("board-filter");
export const mayMove = board?.hasAttribute("data-may-move") ?? false;

export const columns = () => [...board.querySelectorAll(".col")];
export const columnOf = (element) => element.closest(".col");
export const columnById = (id) => board.querySelector(`.col[data-column-id="${id}"]`);
export const list = (column) => column.querySelector(".tasks");
export const cardById = (id) => document.getElementById(`card-${id}`);
// The filter as an address writes it; nothing when every card is wanted.
export const asked = () => new URLSearchParams([...new FormData(filters)].filter(([, value]) => value.trim() !== "")).toString();
// The cards of a column that can be seen, without the one that is on its way; none of a folded one.
export const cards = (column, but) =>
  column.classList.contains("folded") ? [] : [...list(column).querySelectorAll(":scope > .task")].filter((card) => card.dataset.cardId !== but && !card.hidden);
export const title = (card) => card.querySelector(".title").textContent.trim();

export function say(words) {
  document.getElementById("board-says").textContent = words;
}

// Says something in a corner for a while; refusals stay longer, because they are to be read.
export function toast(words, status = "") {
  const note = Object.assign(document.createElement("p"), { className: "note", textContent: words });
  if (status) note.dataset.status = status;
  document.getElementById("toasts").append(note);
  setTimeout(() => note.remove(), status === "failed" ? 12000 : 4000);
}

// Words for a place: column, and the how manieth of how many.
export function place(column, before, but) {
  const there = cards(column, but);
  const index = before ? there.findIndex((card) => card.dataset.cardId === before) : there.length;
  const more = Number(column.querySelector(".rest")?.dataset.left ?? 0);
  return `${column.dataset.name}, place ${(index < 0 ? there.length : index) + 1} of ${there.length + more + 1}`;
}

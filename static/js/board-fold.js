// Folds columns to a strip that still takes cards; this browser remembers which.
import { board, columns } from "signalbox/board-dom";

const NAME = `signalbox.folded.${board?.dataset.board}`;

function kept() {
  try {
    return new Set(JSON.parse(localStorage.getItem(NAME) ?? "[]"));
  } catch (refused) {
    console.debug("what was folded is not known", refused);
    return new Set();
  }
}

function keep(names) {
  try {
    localStorage.setItem(NAME, JSON.stringify([...names]));
  } catch (refused) {
    console.debug("what is folded is not kept", refused);
  }
}

function show() {
  const folded = kept();
  for (const column of columns()) {
    const { name } = column.dataset;
    const isFolded = folded.has(name);
    const button = column.querySelector("[data-fold]");
    column.classList.toggle("folded", isFolded);
    button.setAttribute("aria-expanded", String(!isFolded));
    button.setAttribute("aria-label", `${isFolded ? "Unfold" : "Fold"} ${name}`);
    button.title = isFolded ? "Show this column" : "Fold this column";
    button.textContent = isFolded ? "›" : "‹";
  }
}

board?.addEventListener("click", (event) => {
  const column = event.target.closest("[data-fold]")?.closest(".col") ?? event.target.closest(".col.folded");
  if (!column) return;
  const names = kept();
  if (!names.delete(column.dataset.name)) names.add(column.dataset.name);
  keep(names);
  show();
});
if (board) show();
document.addEventListener("signalbox:board-read", show);

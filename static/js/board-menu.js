// The simple way to move a card: its button opens a list of columns.
import { board, cardById, cards, columnOf, columns, title } from "signalbox/board-dom";
import { move } from "signalbox/board-lift";
import { toggle } from "signalbox/board-pick";

board?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) open(button.closest(".task"));
});

function open(card) {
  const dialog = Object.assign(document.createElement("dialog"), { id: "move-to" });
  dialog.setAttribute("aria-labelledby", "move-to-title");
  const head = Object.assign(document.createElement("h2"), { id: "move-to-title", textContent: `Move ${title(card)} to` });
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "stack choices" });
  const here = columnOf(card);
  for (const column of columns().filter((one) => one !== here)) form.append(...choice(card, column));
  const first = cards(here).find((one) => one !== card);
  if (first && cards(here)[0] !== card) form.append(button(`top:${first.dataset.cardId}`, `The top of ${here.dataset.name}`));
  form.append(button("pick", "Select it, to move several"));
  form.append(button("", "Leave it where it is", "btn ghost"));
  dialog.append(head, form);
  const version = Number(card.dataset.version);
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (dialog.returnValue === "pick") return toggle(card);
    const [column, before] = dialog.returnValue.startsWith("top:") ? [here.dataset.columnId, dialog.returnValue.slice(4)] : [dialog.returnValue, ""];
    if (column && cardById(card.dataset.cardId)) move(card.dataset.cardId, column, before, version, undefined, !before);
  });
  document.body.append(dialog);
  dialog.showModal();
}

function choice(card, column) {
  const made = button(column.dataset.columnId, column.dataset.name);
  const why = card.hasAttribute("data-working") ? "" : column.dataset.refuses;
  if (!why) return [made];
  made.disabled = true;
  return [made, Object.assign(document.createElement("small"), { textContent: why })];
}

function button(value, textContent, className = "btn") {
  return Object.assign(document.createElement("button"), { value, textContent, className });
}

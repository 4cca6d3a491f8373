// A card that moves itself is made anew in its new column; whoever was on it stays on it.
import { board, cardById } from "signalbox/board-dom";

let on = "";

board?.addEventListener("focusin", (event) => (on = event.target.closest(".task")?.dataset.cardId ?? ""));
board?.addEventListener("focusout", (event) => {
  if (event.relatedTarget) on = event.relatedTarget.closest?.(".task")?.dataset.cardId ?? "";
});
document.addEventListener("pointerdown", (event) => !event.target.closest(".task") && (on = ""));
document.addEventListener("signalbox:frame", (event) => {
  if (event.detail.topic === board?.dataset.topic && on && document.activeElement === document.body) cardById(on)?.focus({ preventScroll: true });
});
// Columns that were added or taken away change the page itself.
document.addEventListener("signalbox:frame", (event) => {
  if (event.detail.topic !== board?.dataset.topic) return;
  if ((event.detail.fragments ?? []).some(({ id }) => id.startsWith("column-") && !document.getElementById(id))) location.reload();
});

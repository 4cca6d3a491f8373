// The buttons on a card that mend what keeps it from moving: approve, resume, run. Each asks the API and says how it went.
import { act } from "signalbox/board-api";
import { board } from "signalbox/board-dom";

board?.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button || button.matches("[data-menu]")) return;
  const card = button.closest(".task");
  button.disabled = true;
  await ask(button, card);
  button.disabled = false;
});

function ask(button, card) {
  const { dataset } = button;
  if (dataset.approve) return act(`/approvals/${dataset.approve}/decision`, { verdict: "approve", digest: dataset.digest }, "Approved");
  if (dataset.resume) return act(`/runs/${dataset.resume}/resume`, {}, "Resumed");
  if (button.matches("[data-hand-back]")) return act(`/cards/${card.dataset.cardId}/hand-back`, { version: Number(card.dataset.version) }, "Handed back");
  return act(`/cards/${card.dataset.cardId}/run`, { version: Number(card.dataset.version) }, "Started");
}

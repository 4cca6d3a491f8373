// Hides the cards that do not hold the words of the filter; Escape clears it.
import { board } from "signalbox/board-dom";

const filter = document.getElementById("card-filter");

function apply() {
  const wanted = filter.value.trim().toLowerCase();
  for (const card of board.querySelectorAll(".task:not(.inhand)")) card.hidden = wanted !== "" && !card.textContent.toLowerCase().includes(wanted);
}

filter?.addEventListener("input", apply);
filter?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  filter.value = "";
  apply();
});
document.addEventListener("signalbox:frame", (event) => event.detail.topic === board?.dataset.topic && filter?.value && apply());

// Shows the cards that fit the filter. The server looks through all cards, drawn or not; what is drawn is hidden at once.
// The filter stands in the address, so that it can be kept and sent to others.
import { asked, board, filters } from "signalbox/board-dom";
import { reload } from "signalbox/board-sync";

const PAUSE = 250;
const words = document.getElementById("card-filter");
let waiting = null;

function hide() {
  const wanted = words.value.trim().toLowerCase().split(/\s+/);
  for (const card of board.querySelectorAll(".task:not(.inhand)")) {
    const text = card.textContent.toLowerCase();
    card.hidden = !wanted.every((word) => text.includes(word));
  }
}

// Whoever loads the page again right after typing has the filter still.
function keep() {
  const query = asked();
  history.replaceState(null, "", location.pathname + (query ? `?${query}` : ""));
}

async function apply() {
  clearTimeout(waiting);
  keep();
  tell();
  await reload();
}

// The button says how many conditions hide behind it.
function tell() {
  const count = [...filters.querySelectorAll("select")].filter((one) => one.value).length;
  filters.querySelector("summary").textContent = count ? `Filter · ${count}` : "Filter";
  filters.querySelector("[data-clear]").hidden = !asked();
}

function clear() {
  for (const field of filters.querySelectorAll("select, input")) field.value = "";
  apply();
}

filters?.addEventListener("submit", (event) => {
  event.preventDefault();
  apply();
});
filters?.addEventListener("change", (event) => event.target.matches("select") && apply());
filters?.addEventListener("click", (event) => event.target.closest("[data-clear]") && clear());
words?.addEventListener("input", () => {
  hide();
  keep();
  clearTimeout(waiting);
  waiting = setTimeout(apply, PAUSE);
});
words?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !words.value) return;
  event.stopPropagation();
  words.value = "";
  apply();
});
if (filters) tell();

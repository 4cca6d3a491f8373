// Several cards at once: X on a card, Ctrl and a click, or its menu selects it; the bar below moves or archives them all.
import { ask } from "signalbox/behaviours/confirm";
import { post, words } from "signalbox/board-api";
import { choose } from "signalbox/board-choices";
import { board, cardById, columnById, mayMove, say, title, toast } from "signalbox/board-dom";
import { lift } from "signalbox/board-lift";
import { whileMoving } from "signalbox/board-sync";

const bar = document.getElementById("picked");
const to = document.getElementById("picked-to");
const picked = new Set();
const SAID = 4;

export function toggle(card) {
  const { cardId } = card.dataset;
  if (!picked.delete(cardId)) picked.add(cardId);
  say(`${title(card)} ${picked.has(cardId) ? "selected" : "not selected"}, ${picked.size} in all`);
  show();
}

function show() {
  for (const id of picked) if (!cardById(id)) picked.delete(id);
  for (const card of board.querySelectorAll(".task[id]")) card.classList.toggle("picked-one", picked.has(card.dataset.cardId));
  bar.hidden = !picked.size;
  bar.querySelector("[data-count]").textContent = `${picked.size} selected`;
}

function clear() {
  picked.clear();
  show();
}

// One after the other, each by itself: one that is refused stops no other, and all that were are said with their reason.
async function all(done, act) {
  const refused = [];
  let count = 0;
  await whileMoving(async () => {
    for (const id of [...picked]) {
      const card = cardById(id);
      if (!card) continue;
      const problem = await act(card);
      if (problem) refused.push(`${title(card)}: ${problem}`);
      else {
        count += 1;
        picked.delete(id);
      }
    }
  });
  show();
  if (count) toast(`${count} ${done}`, "succeeded");
  if (refused.length) toast([`${refused.length} refused.`, ...refused.slice(0, SAID)].join(" "), "failed");
}

async function move(column) {
  let run;
  await all(`moved to ${columnById(column).dataset.name}`, async (card) => {
    const body = { column: Number(column), version: Number(card.dataset.version) };
    const path = `/cards/${card.dataset.cardId}/move`;
    let answer = await post(path, { ...body, ...(run && { run }) });
    if (answer.body.choices) {
      run = await choose(answer.body, title(card));
      if (!run) return "left where it is";
      answer = await post(path, { ...body, run });
    }
    return answer.ok ? "" : words(answer.body);
  });
}

const archive = () => all("archived", async (card) => {
  const answer = await post(`/cards/${card.dataset.cardId}/archive`, { version: Number(card.dataset.version) });
  return answer.ok ? "" : words(answer.body);
});

if (mayMove && bar) {
  board.addEventListener("click", (event) => {
    const card = event.target.closest(".task");
    if (!card || !(event.ctrlKey || event.metaKey) || event.target.closest("a, button")) return;
    toggle(card);
  });
  board.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || lift || event.ctrlKey || event.metaKey || event.altKey || !event.target.matches(".task")) return;
    event.preventDefault();
    toggle(event.target);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && picked.size && !lift && !document.querySelector("dialog[open]") && document.getElementById("drawer").hidden && clear());
  to.addEventListener("change", async () => {
    const column = to.value;
    to.value = "";
    if (column) await move(column);
  });
  bar.querySelector("[data-clear]").addEventListener("click", clear);
  bar.querySelector("[data-archive]").addEventListener("click", () => ask(`${picked.size} card${picked.size === 1 ? " leaves" : "s leave"} the board for everyone; each can be restored from its drawer.`, "Archive", archive));
  for (const name of ["signalbox:frame", "signalbox:board-read"]) document.addEventListener(name, show);
}

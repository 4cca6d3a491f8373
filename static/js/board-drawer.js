// The card's drawer: opens beside the board, keeps current, and closes with Escape. Also the form for a new card.
import { tick } from "signalbox/behaviours/times";
import { morph } from "signalbox/lib/morph";
import { board, cardById } from "signalbox/board-dom";
import { lift } from "signalbox/board-lift";

const drawer = document.getElementById("drawer");
const fresh = document.getElementById("new-card");
let waiting = null;

board?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  open(link.getAttribute("href"));
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-drawer]")) close();
  if (event.target.closest("[data-new-card]")) fresh.showModal();
  if (event.target.closest("#new-card [data-close]")) fresh.close();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !drawer.hidden && !lift && !document.querySelector("dialog[open]")) close();
});
addEventListener("popstate", () => location.reload());
document.addEventListener("signalbox:card-added", () => fresh?.close());
document.addEventListener("signalbox:frame", (event) => {
  if (event.detail.topic === board?.dataset.topic && !drawer.hidden) waiting ??= setTimeout(renew, 400);
});

async function open(href) {
  const answer = await fetch(href, { headers: { "HX-Request": "true" } });
  drawer.innerHTML = await answer.text();
  drawer.hidden = false;
  tick(drawer);
  htmx.process(drawer);
  history.replaceState(null, "", href + location.search);
  drawer.querySelector("[data-close-drawer]")?.focus();
}

function close() {
  const id = drawer.querySelector("[data-drawer-card]")?.dataset.drawerCard;
  drawer.hidden = true;
  drawer.replaceChildren();
  history.replaceState(null, "", `/boards/${board.dataset.board}/${location.search}`);
  cardById(id)?.focus();
}

// What the person is writing in the drawer stays; the rest becomes what it is now.
async function renew() {
  waiting = null;
  const url = drawer.querySelector("[data-url]")?.dataset.url;
  if (!url || drawer.hidden || drawer.querySelector(".htmx-request")) return;
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || drawer.querySelector("[data-url]")?.dataset.url !== url) return;
  const gate = drawer.querySelector(".gate");
  morph(drawer, await answer.text());
  if (gate && !gate.isConnected && isWritten(gate)) keep(gate);
  htmx.process(drawer);
}

function isWritten(gate) {
  return [...gate.querySelectorAll("input, textarea")].some((field) => field.type !== "hidden" && field.value !== field.defaultValue);
}

// Somebody else has decided: the words stay to be read and copied, and nothing can be sent any more.
function keep(gate) {
  const note = Object.assign(document.createElement("p"), { className: "note", textContent: "This was decided while you were writing; see Approvals below. Your words were not used." });
  if (!gate.querySelector(".over")) gate.querySelector("h3").after(note);
  for (const field of gate.querySelectorAll("input, textarea")) field.readOnly = true;
  for (const field of gate.querySelectorAll("button, select")) field.disabled = true;
  gate.querySelector("form").classList.add("over");
  drawer.querySelector(".body").prepend(gate);
}

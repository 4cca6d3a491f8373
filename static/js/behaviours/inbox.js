// The inbox: J and K move, A approves, R rejects, E edits. Rows come and go by themselves; what is open beside them stays until
// the person leaves it or has decided. The form itself is in decision.js.
import { behaviour, start } from "signalbox/lib/behaviours";
import { bind } from "signalbox/lib/keys";
import { marks } from "signalbox/lib/marks";
import { toast } from "signalbox/lib/toast";

const HERE = { group: "In the inbox" };
let box = null;
let pane = null;
let place = 0;
let asked = 0;
let focused = "";

behaviour("inbox", (element) => {
  box = element;
  pane = document.getElementById("approval");
  box.addEventListener("click", (event) => {
    const row = event.target.closest("a.ask");
    // On a phone an approval is a page of its own, and so is one that is opened in a new tab.
    if (!row || event.metaKey || event.ctrlKey || event.shiftKey || isNarrow()) return;
    event.preventDefault();
    choose(row);
  });
  bind("j", "The next approval", () => move(1), { ...HERE, held: true });
  bind("k", "The approval before", () => move(-1), { ...HERE, held: true });
  bind("a", "Approve what is open", () => click("a"), HERE);
  bind("r", "Reject it; asks for the comment first", reject, HERE);
  bind("e", "Edit what it proposes", edit, HERE);
  document.addEventListener("focusin", (event) => (focused = event.target.closest?.("a.ask")?.dataset.approvalId ?? ""));
  // Who points somewhere else has left the list; who only lost the focus to a redrawn row has not.
  document.addEventListener("pointerdown", (event) => event.target.closest("a.ask") || (focused = ""));
  document.addEventListener("signalbox:frame", ({ detail }) => detail.topic === "inbox" && changed());
  document.addEventListener("signalbox:decided", ({ detail }) => decided(detail));
  document.addEventListener("signalbox:together", ({ detail }) => onwards(new Set(detail)));
  place = Math.max(0, rows().findIndex(isChosen));
  marks(box);
});

function rows() {
  return [...box.querySelectorAll("a.ask")].filter((row) => row.offsetParent !== null || isNarrow());
}

function isChosen(row) {
  return row.dataset.approvalId === box.dataset.selected;
}

function isNarrow() {
  return matchMedia("(max-width: 720px)").matches;
}

function move(step) {
  const all = rows();
  const here = all.findIndex(isChosen);
  // Where the chosen row has left, its place is where the next one stands now.
  const next = here < 0 ? Math.min(place - (step < 0 ? 1 : 0), all.length - 1) : here + step;
  const row = all[Math.min(Math.max(next, 0), all.length - 1)];
  if (row && !isChosen(row)) choose(row);
}

async function choose(row) {
  const mine = ++asked;
  box.dataset.selected = row.dataset.approvalId;
  place = Math.max(0, rows().indexOf(row));
  mark();
  row.focus({ preventScroll: isNarrow() });
  pane.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(row.href, { headers: { "HX-Request": "true" } });
    const html = await answer.text();
    if (mine !== asked) return;
    if (answer.redirected || answer.status === 401) return location.assign(row.href);
    show(html, row.href);
  } catch (away) {
    console.debug("the approval could not be fetched", away);
    if (mine === asked) toast("The server cannot be reached. What was open is still here.", "failed");
  } finally {
    if (mine === asked) pane.removeAttribute("aria-busy");
  }
}

function show(html, address) {
  history.replaceState(null, "", address);
  box.classList.add("chosen");
  pane.innerHTML = html;
  window.htmx.process(pane);
  start(pane);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: { topic: "opened" } }));
}

function mark() {
  for (const row of box.querySelectorAll("a.ask")) {
    if (isChosen(row)) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

// The list was drawn anew: keep the marks, keep the focus near where it was, and ask again which of them are this person's.
function changed() {
  const here = rows().findIndex(isChosen);
  if (here >= 0) place = here;
  if (focused && document.activeElement === document.body) {
    const row = box.querySelector(`a.ask[data-approval-id="${focused}"]`) ?? rows()[Math.min(place, rows().length - 1)];
    row?.focus({ preventScroll: true });
  }
  mark();
  marks(box);
}

function decided({ id, words }) {
  toast(words, "approved");
  onwards(new Set([String(id)]));
}

// Opens the next approval this person may decide.
function onwards(gone) {
  const all = rows();
  const here = all.findIndex((row) => gone.has(row.dataset.approvalId) && isChosen(row));
  // Its row may have left before the answer came; then the next one stands in its place.
  const after = here < 0 ? place : here + 1;
  const others = [...all.slice(after), ...all.slice(0, after)].filter((row) => !gone.has(row.dataset.approvalId));
  const next = others.find((row) => row.hasAttribute("data-mine"));
  if (next) choose(next);
  else pane.querySelector("[data-title]")?.focus();
}

function click(name) {
  const button = pane.querySelector(`[data-act="${name}"]`);
  // What is still being fetched is not what the person sees.
  if (button && pane.querySelector(".one")?.dataset.approvalId === box.dataset.selected && !button.matches(":disabled")) button.click();
}

function reject() {
  const comment = pane.querySelector("#comment");
  if (comment && !comment.value.trim()) comment.focus();
  else click("r");
}

function edit() {
  (pane.querySelector('textarea[name^="edit."], input[name^="edit."]:not([type="hidden"]), select[name^="edit."]') ?? pane.querySelector("#comment"))?.focus();
}

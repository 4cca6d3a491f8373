// Approves several approvals of the same step of the same workflow with one click, after saying how many and which.
import { ask } from "signalbox/behaviours/confirm";
import { toast } from "signalbox/lib/toast";

const box = document.querySelector(".inbox");
const NAMED = 5;

const alike = (kind) => [...box.querySelectorAll(`a.ask[data-mine][data-kind="${CSS.escape(kind)}"]`)];

// Shown only where there is more than one, and nothing is typed that would get lost.
function show() {
  const button = box.querySelector("[data-together]");
  if (!button) return;
  const rows = alike(button.dataset.kind);
  const isEdited = button.form.querySelector("[data-yours]")?.hidden === false;
  button.hidden = rows.length < 2 || isEdited || button.form.classList.contains("over");
  button.textContent = `Approve all ${rows.length} alike`;
}

box?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-together]");
  if (!button) return;
  const rows = alike(button.dataset.kind);
  const names = rows.slice(0, NAMED).map((row) => row.dataset.name).join(", ") + (rows.length > NAMED ? ` and ${rows.length - NAMED} more` : "");
  const words = `This approves ${rows.length} approvals as they stand, unedited: ${names}. For each of them: ${button.dataset.does}.`;
  ask(words, `Approve ${rows.length} times \u201c${button.dataset.title}\u201d`, () => send(button, rows));
});

async function send(button, rows) {
  const body = new URLSearchParams(rows.map((row) => ["gate", `${row.dataset.approvalId}:${row.dataset.digest}`]));
  const headers = { "HX-Request": "true", "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] };
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.url, { method: "POST", headers, body });
    document.getElementById("toasts").insertAdjacentHTML("beforeend", await answer.text());
    if (answer.ok) document.dispatchEvent(new CustomEvent("signalbox:together", { detail: rows.map((row) => row.dataset.approvalId) }));
  } catch (away) {
    console.debug("approving together got no answer", away);
    toast("The server cannot be reached. The same click again counts once.", "failed");
  } finally {
    button.disabled = false;
  }
}

for (const name of ["signalbox:frame", "signalbox:marked", "input"]) document.addEventListener(name, show);
if (box) show();

// The form of one approval. What is typed is kept in this tab until it is decided, whatever happens to the page; the form is
// switched off when somebody else has decided, and says so when what is shown has changed. Nothing here ever replaces a field.
import { behaviour } from "signalbox/lib/behaviours";
import { changed } from "signalbox/lib/changed";
import { drop, keep, kept } from "signalbox/lib/drafts";
import { toast } from "signalbox/lib/toast";

behaviour("decision", (one) => {
  const form = one.querySelector("form[data-draft]");
  one.querySelector("[data-focus]")?.focus();
  if (!form) {
    if (one.dataset.status !== "open") drop(one.dataset.approvalId);
    return;
  }
  if (!one.querySelector("[data-focus]")) restore(form);
  changed(form);
  form.addEventListener("input", () => {
    keep(form.dataset.draft, form.dataset.digest, written(form));
    changed(form);
  });
  form.addEventListener("keydown", leave);
  form.addEventListener("htmx:sendError", () => toast("The server cannot be reached. Nothing you typed is lost; the same click again counts once.", "failed"));
  whileConnected(one, "signalbox:frame", () => compare(one, form));
  whileConnected(one, "htmx:beforeSwap", (event) => event.detail.requestConfig?.elt === form && guard(event, one));
  compare(one, form);
});

function whileConnected(one, name, act) {
  document.addEventListener(name, function heard(event) {
    if (one.isConnected) act(event);
    else document.removeEventListener(name, heard);
  });
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && !["hidden", "submit"].includes(field.type));
}

function written(form) {
  return Object.fromEntries(fields(form).map((field) => [field.name, field.type === "checkbox" ? field.checked : field.value]));
}

function restore(form) {
  const draft = kept(form.dataset.draft);
  if (!draft) return;
  for (const field of fields(form)) {
    const value = draft.values[field.name];
    // Changes of something that is not shown any more would undo what others changed; a comment is still a comment.
    if (value === undefined || (draft.digest !== form.dataset.digest && field.name !== "comment")) continue;
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
  }
}

// Escape leaves a field, so that the keys of the inbox work again.
function leave(event) {
  if (event.key !== "Escape" || !event.target.matches("input, textarea, select")) return;
  event.target.blur();
  document.querySelector("a.ask[aria-current]")?.focus();
}

// Anything but an approval, such as a page that says the session is over, must not take the form's place.
function guard(event, one) {
  const { xhr } = event.detail;
  if (xhr.status < 300) drop(one.dataset.approvalId);
  if (xhr.responseText.includes(`data-approval-id="${one.dataset.approvalId}"`)) return;
  event.detail.shouldSwap = false;
  toast(`It was not decided (answer ${xhr.status}). What you typed is still here; reload the page and send it again.`, "failed");
}

function compare(one, form) {
  const state = one.querySelector("[data-gate-status]");
  if (!state) return;
  const { gateStatus, digest } = state.dataset;
  form.querySelector("[data-changed]").hidden = gateStatus !== "open" || digest === form.dataset.digest;
  if (gateStatus === "open" || one.dataset.status === gateStatus) return;
  one.dataset.status = gateStatus;
  one.querySelector(".head .lamp").dataset.status = gateStatus;
  const busy = document.activeElement;
  for (const button of form.querySelectorAll("button")) button.disabled = true;
  for (const field of fields(form)) {
    if (field === busy || field.tagName === "TEXTAREA") field.readOnly = true;
    else field.disabled = true;
  }
  form.classList.add("over");
}

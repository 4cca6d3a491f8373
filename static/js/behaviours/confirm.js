// Says what an act will do before it does it: <button data-ask="…what it does…" data-verb="Cancel run">. Replaces the browser's own box.
document.addEventListener("htmx:confirm", (event) => {
  const source = event.detail.elt;
  const asking = (event.detail.triggeringEvent?.submitter ?? source).closest("[data-ask]");
  if (!asking) return;
  event.preventDefault();
  ask(asking.dataset.ask, asking.dataset.verb ?? asking.textContent.trim(), () => event.detail.issueRequest(true), asking.classList.contains("bad"));
});

export function ask(words, verb, then, isBad = false) {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "ask-title");
  const title = Object.assign(document.createElement("h2"), { id: "ask-title", textContent: `${verb}?` });
  const text = Object.assign(document.createElement("p"), { textContent: words, className: "dim" });
  const row = Object.assign(document.createElement("form"), { method: "dialog", className: "row tight" });
  const yes = Object.assign(document.createElement("button"), { className: isBad ? "btn bad" : "btn", value: "yes", textContent: verb });
  const no = Object.assign(document.createElement("button"), { className: "btn ghost", value: "no", textContent: "Go back", autofocus: true });
  row.append(yes, no);
  dialog.append(title, text, row);
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") then();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
}

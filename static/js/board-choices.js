// Asks what should become of a live run whose card is moved away or taken over. Resolves to keep, stop or detach, or to nothing.
const LOOKS = { stop: "btn bad" };

export function choose(problem, title) {
  const dialog = document.createElement("dialog");
  dialog.id = "choices";
  dialog.setAttribute("aria-labelledby", "choices-title");
  const head = Object.assign(document.createElement("h2"), { id: "choices-title", textContent: title });
  const text = Object.assign(document.createElement("p"), { textContent: problem.detail });
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "stack choices" });
  for (const { run, label, hint } of problem.choices) {
    const button = Object.assign(document.createElement("button"), { className: LOOKS[run] ?? "btn", value: run, textContent: label });
    const line = Object.assign(document.createElement("small"), { textContent: hint, id: `choice-${run}` });
    button.setAttribute("aria-describedby", line.id);
    form.append(button, line);
  }
  form.append(Object.assign(document.createElement("button"), { className: "btn ghost", value: "", textContent: "Leave it where it is", autofocus: true }));
  dialog.append(head, text, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue);
      dialog.remove();
    });
  });
}

// Every id is copied with one click: <button class="copy" data-copy="…">.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  event.preventDefault();
  await copied(button.dataset.copy);
  const before = button.textContent;
  button.textContent = "copied";
  setTimeout(() => (button.textContent = before), 900);
});

async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https there is no clipboard object; a selected field does it.
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

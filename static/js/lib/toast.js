// A short word at the edge of the page, which goes by itself. Screen readers hear it: its place is a live region.
const LASTS = 7000;

export function toast(words, status = "") {
  const note = Object.assign(document.createElement("p"), { className: "note", textContent: words });
  if (status) note.dataset.status = status;
  document.getElementById("toasts")?.prepend(note);
  setTimeout(() => note.remove(), LASTS);
}

// Messages at the edge go by themselves, except those that say something was refused; any goes with a click.
const LASTING = 6000;
const box = document.getElementById("toasts");

if (box) {
  new MutationObserver(tidy).observe(box, { childList: true });
  box.addEventListener("click", (event) => !event.target.closest("a, button") && event.target.closest(".note")?.remove());
  tidy();
}

function tidy() {
  for (const note of box.querySelectorAll(".note:not([role=alert], [data-going])")) {
    note.dataset.going = "";
    setTimeout(() => note.remove(), LASTING);
  }
}

// A text with numbered lines: the numbers follow what is typed and scrolled, and a problem's line is one click away. Lines that
// were marked stay marked until the text is sent again, because their numbers are those of what was sent.
import { behaviour } from "signalbox/lib/behaviours";

behaviour("editor", (box) => {
  const text = box.querySelector("textarea");
  const gutter = box.querySelector(".gutter");
  const number = () => {
    const wanted = text.value.split("\n").length;
    while (gutter.children.length < wanted) gutter.append(Object.assign(document.createElement("li"), { textContent: gutter.children.length + 1 }));
    while (gutter.children.length > wanted) gutter.lastElementChild.remove();
  };
  const follow = () => (gutter.scrollTop = text.scrollTop);
  text.addEventListener("input", number);
  text.addEventListener("scroll", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-line]");
    if (!link) return;
    event.preventDefault();
    show(text, Number(link.dataset.line));
    follow();
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && text.value !== text.defaultValue) event.preventDefault();
  });
  let leaving = false;
  text.form.addEventListener("submit", () => (leaving = true));
  number();
});

function show(text, line) {
  const lines = text.value.split("\n");
  const from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  text.focus();
  text.setSelectionRange(from, from + (lines[line - 1] ?? "").length);
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
}

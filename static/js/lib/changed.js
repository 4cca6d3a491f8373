// Shows what a person has changed in a form beside what stood there, before they send it.
import { diff } from "signalbox/lib/diff";

const NAMES = { "+": "ins", "-": "del", " ": "span" };

export function changed(form) {
  const box = form.querySelector("[data-yours]");
  if (!box) return false;
  const found = [...form.querySelectorAll("template[data-was]")].flatMap(({ content, dataset }) => difference(form.elements[dataset.was], content.textContent));
  box.hidden = !found.length;
  box.querySelector("dl").replaceChildren(...found);
  return found.length > 0;
}

function difference(named, was) {
  // A checkbox has a hidden companion of the same name.
  const field = named instanceof RadioNodeList ? named[named.length - 1] : named;
  if (!field) return [];
  const now = field.type === "checkbox" ? String(field.checked) : field.value;
  if (now.trim() === was.trim()) return [];
  const name = Object.assign(document.createElement("dt"), { textContent: field.name.replace(/^edit\./, "") });
  const value = document.createElement("dd");
  if (was.includes("\n") || now.includes("\n") || was.length + now.length > 160) value.append(lines(was, now));
  else value.append(...["del", "ins"].map((tag, at) => Object.assign(document.createElement(tag), { textContent: at ? now || "nothing" : was || "nothing" })));
  return [name, value];
}

function lines(was, now) {
  const made = Object.assign(document.createElement("pre"), { className: "changes", tabIndex: 0 });
  for (const [mark, text] of diff(was, now)) made.append(Object.assign(document.createElement(NAMES[mark]), { textContent: `${mark} ${text}` }), "\n");
  return made;
}

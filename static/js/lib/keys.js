// The one table of keys. Whoever binds a key says in words what it does; the dialog of keys lists this very table, so it cannot lie.
// Keys are written as "j", "Ctrl+k", "ArrowLeft", or several pressed one after the other: "g o".
const PAUSE = 1500;
const FIELD = "input:not([type=checkbox], [type=radio], [type=range], [type=submit], [type=button]), textarea, select, [contenteditable]";
const table = [];
let pressed = [];
let forget = null;

// `within` names elements that must have the focus; `anywhere` lets it through while someone types or a dialog is open;
// `held` lets a key that is held down count again and again; `when` tells whether it does anything on this page.
export function bind(keys, words, act, { group = "On this page", within = "", anywhere = false, held = false, when = null } = {}) {
  table.push({ keys: [keys].flat(), words, act, group, within, anywhere, held, when });
}

// Every key of this page that does something, in groups, in the order they were bound.
export function listed() {
  const groups = new Map();
  for (const one of table) {
    if (one.when && !one.when()) continue;
    if (one.within && !document.querySelector(one.within)) continue;
    groups.set(one.group, [...(groups.get(one.group) ?? []), one]);
  }
  return groups;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Control", "Meta", "Shift", "Alt"].includes(event.key)) return;
  const isBusy = event.target.closest?.(FIELD) || document.querySelector("dialog[open]");
  if (isBusy) pressed = [];
  const one = match(token(event), event, isBusy);
  if (!one || (event.repeat && !one.held)) return;
  if (one.act(event, one.within ? event.target.closest(one.within) : null) !== false) event.preventDefault();
});

function match(key, event, isBusy) {
  clearTimeout(forget);
  forget = setTimeout(() => (pressed = []), PAUSE);
  const fits = (one, wanted) => one.keys.includes(wanted) && (!isBusy || one.anywhere) && (!one.when || one.when()) && (!one.within || event.target.closest?.(one.within));
  const sequence = [...pressed, key].join(" ");
  const found = table.find((one) => fits(one, sequence)) ?? table.find((one) => fits(one, key));
  const isBegun = !isBusy && table.some((one) => one.keys.some((keys) => keys.startsWith(`${sequence} `)));
  pressed = isBegun && !found ? [...pressed, key] : [];
  return found;
}

function token(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey ? "Ctrl+" : ""}${event.metaKey ? "Meta+" : ""}${event.altKey ? "Alt+" : ""}${key}`;
}

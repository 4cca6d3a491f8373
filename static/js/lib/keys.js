// The one table of keys. Whoever binds a key says in words what it does; the dialog of keys lists this very table, so it cannot lie.
// Keys are written as "j", "Ctrl+k", "ArrowLeft", or several pressed one after the other: "g o".
const FIELD = "input:not([type=range], [type=submit], [type=button]), textarea, select, [contenteditable]";
const table = [];
let pressed = [];

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

document.addEventListener("pointerdown", () => (pressed = []));
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Control", "Meta", "Shift", "Alt"].includes(event.key)) return;
  const isBusy = event.target.closest?.(FIELD) || document.querySelector("dialog[open]");
  if (isBusy) pressed = [];
  const one = match(token(event), event, isBusy);
  if (!one) return;
  // A key that is held acts once, and does not scroll the page under what it acted on.
  if (event.repeat && !one.held) return void (one.within && event.target.matches(one.within) && event.preventDefault());
  if (one.act(event, one.within ? event.target.closest(one.within) : null) !== false) event.preventDefault();
});

// A sequence that was begun waits for its next key however long: a key that follows late, or by mistake, must not act on its own.
function match(key, event, isBusy) {
  const fits = (one, wanted) => one.keys.includes(wanted) && (!isBusy || one.anywhere) && (!one.when || one.when()) && (!one.within || event.target.closest?.(one.within));
  const sequence = [...pressed, key].join(" ");
  const found = table.find((one) => fits(one, sequence));
  const isBegun = !found && !isBusy && table.some((one) => one.keys.some((keys) => keys.startsWith(`${sequence} `)));
  pressed = isBegun ? [...pressed, key] : [];
  return found;
}

function token(event) {
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey ? "Ctrl+" : ""}${event.metaKey ? "Meta+" : ""}${event.altKey ? "Alt+" : ""}${key}`;
}

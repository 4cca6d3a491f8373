// Keys of every page, and the dialog that lists all keys: its lines come from the table in lib/keys itself.
import { bind, listed } from "signalbox/lib/keys";

const EVERYWHERE = { group: "Everywhere" };
const filter = () => [...document.querySelectorAll('#main input[type="search"]')].find((field) => field.offsetParent);

bind("?", "Show these keys", showKeys, EVERYWHERE);
bind("/", "Go to the filter of the page", () => { filter().focus(); filter().select(); }, { ...EVERYWHERE, when: filter });
for (const link of document.querySelectorAll("#nav [data-jump]")) {
  bind(`g ${link.dataset.jump}`, link.firstChild.textContent.trim(), () => location.assign(link.href), { group: "Go to" });
}
document.addEventListener("click", (event) => event.target.closest?.("[data-keys]") && showKeys());
document.addEventListener("signalbox:keys", showKeys);
if (isApple()) for (const sign of document.querySelectorAll("[data-palette] kbd")) sign.textContent = "⌘ K";

function showKeys() {
  const dialog = make("dialog", { className: "keys" });
  dialog.setAttribute("aria-labelledby", "keys-title");
  const close = make("button", { type: "button", className: "btn", textContent: "Close", onclick: () => dialog.close() });
  const groups = [...listed()].map(([name, lines]) => section(name, lines));
  dialog.append(make("h2", { id: "keys-title", textContent: "Keys" }), make("div", { className: "columns" }, ...groups), close);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

function section(name, lines) {
  const rows = lines.flatMap((one) => {
    const ways = one.keys.filter((keys) => keys.startsWith("Meta+") === isApple() || !/^(Meta|Ctrl)\+/.test(keys));
    const said = ways.flatMap((keys, place) => [...(place ? [" or "] : []), ...keys.split(" ").map((key) => make("kbd", { textContent: written(key) }))]);
    return [make("dt", {}, ...said), make("dd", { textContent: one.words })];
  });
  return make("section", {}, make("h3", { textContent: name }), make("dl", { className: "kv" }, ...rows));
}

function written(key) {
  const signs = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };
  const name = key.replace(/^(Ctrl|Meta)\+/, "");
  const plain = signs[name] ?? (name.length === 1 ? name.toUpperCase() : name);
  return key.startsWith("Meta+") ? `⌘ ${plain}` : key.startsWith("Ctrl+") ? `Ctrl ${plain}` : plain;
}

function isApple() {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

function make(tag, what, ...inside) {
  const element = Object.assign(document.createElement(tag), what);
  element.append(...inside);
  return element;
}

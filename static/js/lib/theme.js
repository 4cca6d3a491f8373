// The theme: dark, light, or as the system says. Set here, remembered by the browser, and put on the page before the first paint
// by theme.js. Pages in other tabs follow.
const PLACE = "signalbox.theme";

export function theme() {
  return document.documentElement.dataset.theme ?? "";
}

export function setTheme(name) {
  show(name);
  try {
    if (name) localStorage.setItem(PLACE, name);
    else localStorage.removeItem(PLACE);
  } catch (refused) {
    console.debug("the theme is not remembered", refused);
  }
}

function show(name) {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  document.dispatchEvent(new CustomEvent("signalbox:theme"));
}

addEventListener("storage", (event) => event.key === PLACE && show(event.newValue ?? ""));
matchMedia("(prefers-color-scheme: light)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("signalbox:theme")));

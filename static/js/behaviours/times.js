// Relative times with the exact one on hover: <time data-at="2026-01-31T12:00:00Z" [data-form="ago|left|span" data-until="…"]>.
const LETTERS = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];

export function spanned(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  for (let i = 0; i < LETTERS.length - 1; i++) {
    const [size, letter] = LETTERS[i];
    if (whole >= size) {
      const [next, nextLetter] = LETTERS[i + 1];
      return `${Math.floor(whole / size)} ${letter} ${Math.floor((whole % size) / next)} ${nextLetter}`;
    }
  }
  return `${whole} s`;
}

function words(element, now) {
  const at = Date.parse(element.dataset.at);
  if (Number.isNaN(at)) return element.textContent;
  const form = element.dataset.form ?? "ago";
  if (form === "left") return at > now ? `${spanned((at - now) / 1000)} left` : `${spanned((now - at) / 1000)} over`;
  // Both ends are known: it stands as the server wrote it, with its milliseconds.
  if (form === "span" && element.dataset.until && element.textContent) return element.textContent;
  if (form === "span") return spanned(((element.dataset.until ? Date.parse(element.dataset.until) : now) - at) / 1000);
  if (form === "clock") return new Date(at).toLocaleTimeString([], { hour12: false });
  const seconds = (now - at) / 1000;
  return seconds < 5 ? "just now" : `${spanned(seconds).split(" ").slice(0, 2).join(" ")} ago`;
}

// What never changes is written once: the exact time on hover, and the time of day.
const written = new WeakMap();

export function tick(root = document) {
  const now = Date.now();
  for (const element of root.querySelectorAll("[data-at]")) {
    const { at, form } = element.dataset;
    const isNew = written.get(element) !== at;
    if (!isNew && form === "clock") continue;
    const said = words(element, now);
    if (element.textContent !== said) element.textContent = said;
    if (!isNew) continue;
    written.set(element, at);
    if (element instanceof HTMLElement) element.title = new Date(at).toLocaleString();
  }
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:load", () => tick());
document.addEventListener("signalbox:frame", () => tick());

// A list under somebody's pointer or focus does not move: rows that are there are brought up to date, new ones wait until the
// person leaves the list or asks for them. For elements in data-hold; a button in data-news-of="<id>" says how many wait.
const waiting = new WeakMap();
const watched = new WeakSet();

// Returns the HTML to show now in place of what came.
export function held(element, html, show) {
  if (!("hold" in element.dataset)) return html;
  if (!watched.has(element)) watch(element, show);
  if (!isBusy(element)) {
    release(element);
    return html;
  }
  const fresh = rows(html);
  const old = [...element.children].filter((row) => row.dataset.key);
  const here = new Set(old.map((row) => row.dataset.key));
  const news = [...fresh.keys()].filter((key) => !here.has(key)).length;
  if (!news) return html;
  waiting.set(element, html);
  say(element, news);
  return [...element.children].map((row) => (fresh.get(row.dataset.key) ?? row).outerHTML).join("");
}

function isBusy(element) {
  return element.matches(":hover") || element.contains(document.activeElement);
}

function watch(element, show) {
  watched.add(element);
  const let_go = () => {
    const html = waiting.get(element);
    if (html === undefined) return;
    release(element);
    show(element, html);
  };
  element.addEventListener("pointerleave", () => !isBusy(element) && let_go());
  element.addEventListener("focusout", () => setTimeout(() => !isBusy(element) && let_go()));
  button(element)?.addEventListener("click", let_go);
}

function release(element) {
  waiting.delete(element);
  const told = button(element);
  if (told) told.hidden = true;
}

function say(element, news) {
  const told = button(element);
  if (!told) return;
  told.textContent = `Show ${news} new`;
  told.hidden = false;
}

function button(element) {
  return document.querySelector(`[data-news-of="${element.id}"]`);
}

function rows(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return new Map([...holder.content.children].filter((row) => row.dataset.key).map((row) => [row.dataset.key, row]));
}

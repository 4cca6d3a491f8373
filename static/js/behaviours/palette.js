// The command palette: Ctrl K or the button in the header. What it lists comes from the server, so it shows nobody what is not
// theirs; what was opened lately stands first. The words stay in the field: a choice is marked, it never takes the focus.
import { behaviour } from "signalbox/lib/behaviours";
import { bind } from "signalbox/lib/keys";
import { forgetAll, recent, remember } from "signalbox/lib/recent";
import { setTheme } from "signalbox/lib/theme";

const WAIT = 90;
const ACTS = {
  "theme-dark": () => setTheme("dark"),
  "theme-light": () => setTheme("light"),
  "theme-system": () => setTheme(""),
  keys: () => document.dispatchEvent(new CustomEvent("signalbox:keys")),
  signout: () => document.getElementById("palette-signout").requestSubmit(),
};
let box, text, list, asked, waiting;
let listed = null;
let isHurried = false;

behaviour("palette", (dialog) => {
  box = dialog;
  text = document.getElementById("palette-text");
  list = document.getElementById("palette-list");
  bind(["Ctrl+k", "Meta+k"], "Find a run, agent, card, page or action", open, { group: "Everywhere", anywhere: true });
  document.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
  text.addEventListener("input", () => {
    isHurried = false;
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT);
  });
  text.addEventListener("keydown", press);
  box.addEventListener("click", (event) => (event.target === box || event.target.closest("[data-leave]")) && box.close());
  list.addEventListener("click", (event) => chosen(event, event.target.closest("[role=option]")));
  box.addEventListener("close", () => clearTimeout(waiting));
  document.addEventListener("submit", (event) => event.target.action?.endsWith("/signout/") && forgetAll(), true);
});

function open() {
  if (box.open) return void box.close();
  if (document.querySelector("dialog[open]")) return;
  text.value = "";
  listed = null;
  isHurried = false;
  list.replaceChildren(...lately([]));
  box.showModal();
  text.focus();
  ask();
}

async function ask() {
  const words = text.value.trim();
  asked?.abort();
  asked = new AbortController();
  try {
    const answer = await fetch(`${box.dataset.url}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" }, signal: asked.signal });
    if (answer.status === 401) return location.reload();
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    show(await answer.text(), words);
  } catch (away) {
    if (away.name === "AbortError") return;
    isHurried = false;
    say("The server cannot be reached, so nothing can be looked up just now. Type again to try again.", away);
  }
}

function show(html, words) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const first = words ? known(holder.content) : lately(["/"]);
  list.replaceChildren(...first, holder.content);
  for (const group of list.querySelectorAll("[role=group]")) if (!group.querySelector("[role=option]")) group.remove();
  const count = options().length;
  say(count ? "" : `Nothing is called “${words}”. Try a part of a title, a name, or the first characters of a run's id.`);
  document.getElementById("palette-says").textContent = `${count} found`;
  mark(options()[0]);
  listed = words;
  if (isHurried && words === text.value.trim()) marked()?.click();
}

// What the words found and was opened before goes to the top.
function known(found) {
  const urls = recent().map(({ url }) => url);
  const rows = [...found.querySelectorAll("a[role=option]")].filter((row) => urls.includes(row.getAttribute("href")));
  rows.sort((a, b) => urls.indexOf(a.getAttribute("href")) - urls.indexOf(b.getAttribute("href")));
  return rows.length ? [group(rows.slice(0, 3))] : [];
}

function lately(without) {
  const rows = recent().filter(({ url }) => url !== location.pathname && !without.includes(url)).slice(0, 5);
  return rows.length ? [group(rows.map(row))] : [];
}

function row({ url, title, kind }, place) {
  const made = Object.assign(document.createElement("a"), { href: url, id: `palette-recent-${place}`, className: "choice", tabIndex: -1 });
  made.setAttribute("role", "option");
  made.append(Object.assign(document.createElement("span"), { className: "name ell", textContent: title }));
  made.append(Object.assign(document.createElement("small"), { className: "ell aside", textContent: kind }));
  return made;
}

function group(rows) {
  const made = Object.assign(document.createElement("div"), { role: "group" });
  made.setAttribute("aria-labelledby", "palette-recent");
  made.append(Object.assign(document.createElement("p"), { id: "palette-recent", className: "heading", textContent: "Opened lately" }), ...rows);
  return made;
}

function press(event) {
  const all = options();
  const here = all.indexOf(marked());
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + 8, PageUp: here - 8 }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    mark(all[Math.abs(to - here) > 1 ? Math.min(Math.max(to, 0), all.length - 1) : (to + all.length) % all.length]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    enter(event);
  }
}

// Whoever types fast and presses Enter means what they typed, not what is still listed for fewer letters.
function enter(event) {
  const option = marked();
  if (text.value.trim() !== listed) isHurried = true;
  else if (!(event.ctrlKey || event.metaKey)) option?.click();
  else if (option?.href) window.open(option.href, "_blank", "noopener");
}

function chosen(event, option) {
  if (!option || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (option.href) remember({ url: option.getAttribute("href"), title: option.querySelector(".name").textContent, kind: kind(option) });
  box.close();
  ACTS[option.dataset.do]?.();
}

function kind(option) {
  const old = recent().find(({ url }) => url === option.getAttribute("href"));
  const heading = option.closest("[role=group]").querySelector(".heading").textContent;
  return old?.kind ?? heading.replace(/s$/, "");
}

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function marked() {
  return list.querySelector('[aria-selected="true"]');
}

function mark(option) {
  marked()?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) text.setAttribute("aria-activedescendant", option.id);
  else text.removeAttribute("aria-activedescendant");
}

function say(words, why = null) {
  const place = document.getElementById("palette-nothing");
  place.textContent = words;
  place.hidden = !words;
  if (why) console.debug("the palette found nothing", why);
}

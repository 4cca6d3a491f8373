// A list that only grows, such as a run's events: what comes in one moment is put in together. A reader at the end stays there;
// one who reads further up is not moved. What a list shows has no hole: after one, it begins anew with what came.
const EVERY = 250;
const KEPT = 10;
const GATHERED = 1000;
// So many at once, then the browser may draw and answer before the next.
const AT_ONCE = 100;
const BREATH = 30;
const gathered = new WeakMap();

export function grow(element, items) {
  const fresh = items.filter(({ n }) => n > Number(element.dataset.last ?? 0));
  if (fresh.length === 0) return false;
  element.dataset.last = fresh.at(-1).n;
  const one = gathered.get(element) ?? gathered.set(element, { items: [], timer: null }).get(element);
  one.items = [...one.items, ...fresh].slice(-GATHERED);
  if (!one.timer) empty(element, one);
  return true;
}

function empty(element, one) {
  one.timer = null;
  if (one.items.length === 0) return;
  const items = element.clientHeight === 0 ? one.items.splice(0) : one.items.splice(0, AT_ONCE);
  if (!element.isConnected || element.closest("[data-held]")) return;
  put(element, items);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: { topic: "log" } }));
  one.timer = setTimeout(empty, one.items.length > 0 ? BREATH : EVERY, element, one);
}

function put(element, items) {
  const newest = element.dataset.order === "newest";
  const follows = !newest && element.clientHeight > 0 && element.scrollTop + element.clientHeight > element.scrollHeight - 8;
  const end = newest ? element.firstElementChild : element.lastElementChild;
  const shown = Number(end?.dataset.n ?? 0);
  const most = Number(element.dataset.most ?? 0);
  const all = items.filter(({ n }) => n > shown);
  // Where nobody looks, what would have to go again is not put in at all.
  const later = most && element.clientHeight === 0 ? all.slice(-most) : all;
  const fresh = later.map(({ html }) => html);
  element.querySelector(":scope > .none")?.remove();
  if (shown && later.length && later[0].n > shown + 1) element.replaceChildren();
  element.insertAdjacentHTML(newest ? "afterbegin" : "beforeend", (newest ? fresh.reverse() : fresh).join(""));
  // One who reads further up keeps what they read, within reason.
  const room = newest || follows || element.clientHeight === 0 ? most : most * KEPT;
  while (most && element.children.length > room) (newest ? element.lastElementChild : element.firstElementChild).remove();
  if (follows) element.scrollTop = element.scrollHeight;
}

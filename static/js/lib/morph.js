// Makes an element look like new HTML while keeping what the person is doing in it: focus, typed text, open details, scroll.
// Children are matched by id or data-key, else by place. Attributes named in data-keep, and everything in data-keep-all, stay.

export function morph(element, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const changed = new Set();
  children(element, holder.content, changed);
  return changed;
}

export function morphInto(element, node) {
  const changed = new Set();
  one(element, node, changed);
  return changed;
}

function children(old, fresh, changed) {
  const keyed = new Map();
  for (const child of old.children) if (key(child)) keyed.set(key(child), child);
  let place = old.firstChild;
  for (const next of [...fresh.childNodes]) {
    const match = keyed.get(key(next)) ?? (place && !key(place) && !key(next) && alike(place, next) ? place : null);
    if (match) {
      keyed.delete(key(next));
      if (match !== place && match.contains(document.activeElement)) putBehind(old, place, match);
      else if (match === place) place = place.nextSibling;
      else old.insertBefore(match, place);
      one(match, next, changed);
    } else {
      const made = document.importNode(next, true);
      old.insertBefore(made, place);
      if (made instanceof Element) changed.add(made);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

// What is moved loses the focus, so what has it stays, and all before it goes behind it.
function putBehind(parent, first, held) {
  const behind = held.nextSibling;
  for (let node = first; node !== held; ) {
    const following = node.nextSibling;
    parent.insertBefore(node, behind);
    node = following;
  }
}

function one(old, fresh, changed) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) {
      old.nodeValue = fresh.nodeValue;
      if (old.parentElement) changed.add(old.parentElement);
    }
    return;
  }
  if (old.hasAttribute("data-keep-all")) return;
  // A relative time is kept by its own behaviour; only another instant is news.
  if (old.dataset?.at && ["at", "form", "until"].every((name) => old.dataset[name] === fresh.dataset?.[name])) return;
  attributes(old, fresh, changed);
  if (!typing(old)) children(old, fresh, changed);
}

function attributes(old, fresh, changed) {
  const keep = (fresh.dataset?.keep ?? "").split(" ");
  if (old.tagName === "DETAILS" || old.tagName === "DIALOG") keep.push("open");
  for (const { name, value } of [...fresh.attributes]) {
    if (keep.includes(name) || old.getAttribute(name) === value) continue;
    old.setAttribute(name, value);
    if (name === "data-status") changed.add(old);
    if (name === "value" && !typing(old)) old.value = value;
  }
  for (const { name } of [...old.attributes]) {
    if (!keep.includes(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

function typing(element) {
  return /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && (element === document.activeElement || touched(element));
}

function touched(element) {
  if (element.type === "checkbox" || element.type === "radio") return element.checked !== element.defaultChecked;
  return "defaultValue" in element && element.value !== element.defaultValue;
}

function key(node) {
  return node instanceof Element ? node.id || node.dataset.key || "" : "";
}

function alike(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName;
}

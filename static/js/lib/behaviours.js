// One registry: an element says data-behaviour="name", the module of that name says what to do with it, once per element.
const known = new Map();
const attached = new WeakMap();

export function behaviour(name, attach) {
  known.set(name, attach);
  if (document.readyState !== "loading") start(document);
}

export function start(root) {
  if (!(root instanceof Element || root instanceof Document)) return;
  const found = [...root.querySelectorAll("[data-behaviour]")];
  if (root instanceof Element && root.matches("[data-behaviour]")) found.push(root);
  for (const element of found) {
    const done = attached.get(element) ?? attached.set(element, new Set()).get(element);
    for (const name of element.dataset.behaviour.split(" ")) {
      if (known.has(name) && !done.has(name)) {
        done.add(name);
        known.get(name)(element);
      }
    }
  }
}

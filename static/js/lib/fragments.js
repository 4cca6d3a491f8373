// Puts the fragments of a frame into the page: replaced ones only if they are newer and their content differs, appended ones
// only if newer. A full frame was read after the page had asked, so it counts whatever its number.
import { held } from "signalbox/lib/hold";
import { grow } from "signalbox/lib/log";
import { morph } from "signalbox/lib/morph";

// What stands in an element with data-held shows something else on purpose, such as an earlier moment: it waits, unless the
// frame was asked for.
export function swap(frame, asked = false) {
  const touched = [];
  for (const { id, v, html } of frame.fragments ?? []) {
    const element = document.getElementById(id);
    if (!element || (!asked && element.closest("[data-held]"))) continue;
    if (!asked && !frame.full && frame.n < Number(element.dataset.n ?? 0)) continue;
    element.dataset.n = frame.n;
    if (element.dataset.v === v) continue;
    element.dataset.v = v;
    show(element, held(element, html, show));
    touched.push(element);
  }
  for (const { id, items } of frame.append ?? []) {
    const element = document.getElementById(id);
    if (element && !element.closest("[data-held]") && grow(element, items)) touched.push(element);
  }
  for (const element of gone(frame)) element.remove();
  return touched;
}

// Elements that are not drawn any more: those that are named, or with a full frame those that it does not name.
function gone(frame) {
  if (!frame.full) return (frame.gone ?? []).map((id) => document.getElementById(id)).filter((element) => element?.dataset.keyed);
  const drawn = new Set((frame.fragments ?? []).map(({ id }) => id));
  return [...document.querySelectorAll("[data-keyed]")].filter((element) => element.dataset.keyed === frame.topic && !drawn.has(element.id));
}

function show(element, html) {
  settle(morph(element, html));
  window.htmx?.process(element);
}

export function settle(changed) {
  const rows = new Set([...changed].map((element) => element.closest?.("[data-settle]")).filter(Boolean));
  for (const row of rows) {
    row.classList.remove("settled");
    // Reading a measure restarts the animation for a row that changes twice in a moment.
    void row.offsetWidth;
    row.classList.add("settled");
  }
}

// Dragging by mouse, pen and touch. A mouse lifts after a few pixels, a finger after it rests a moment, so that the page still scrolls.
import { board, cards, columns, list, mayMove } from "signalbox/board-dom";
import { begin, cancel, drop, lift, over } from "signalbox/board-lift";

const SLACK = 5;
const REST = 280;
const EDGE = 48;
let press = null;
let ghost = null;
let scrolling = 0;

board?.addEventListener("pointerdown", (event) => {
  const card = event.target.closest(".task");
  if (!mayMove || !card || event.button !== 0 || lift || event.target.closest("button, input, select, textarea")) return;
  press = { card, id: event.pointerId, x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
  if (press.touch) press.timer = setTimeout(() => press && take(press.x, press.y), REST);
});

document.addEventListener("pointermove", (event) => {
  if (press && !ghost && event.pointerId === press.id) {
    const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > SLACK;
    if (far && press.touch) forget();
    else if (far) take(event.clientX, event.clientY);
  }
  if (ghost && event.pointerId === press.id) {
    event.preventDefault();
    carry(event.clientX, event.clientY);
  }
});

document.addEventListener("pointerup", (event) => {
  if (!press || event.pointerId !== press.id) return;
  if (ghost) {
    carry(event.clientX, event.clientY);
    drop();
    putDown();
    // The click that ends a drag opens nothing.
    addEventListener("click", swallow, { capture: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  }
  forget();
});

document.addEventListener("pointercancel", stop);
addEventListener("blur", stop);
addEventListener("keydown", (event) => event.key === "Escape" && ghost && stop());
// Once a finger has lifted a card, moving it must not scroll the page; this cannot be said any earlier.
document.addEventListener("touchmove", (event) => ghost && event.preventDefault(), { passive: false });
// A link is dragged by the browser itself otherwise; a resting finger opens a menu.
board?.addEventListener("dragstart", (event) => mayMove && event.preventDefault());
board?.addEventListener("contextmenu", (event) => (ghost || press?.touch) && event.preventDefault());

function take(x, y) {
  const { card } = press;
  const at = card.getBoundingClientRect();
  ghost = card.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.className = "task inhand";
  ghost.setAttribute("aria-hidden", "true");
  Object.assign(ghost.style, { width: `${at.width}px`, left: `${at.left}px`, top: `${at.top}px` });
  press.dx = x - at.left;
  press.dy = y - at.top;
  begin(card);
  document.body.append(ghost);
  document.body.classList.add("dragging");
  getSelection()?.removeAllRanges();
  scrolling = requestAnimationFrame(scroll);
}

function carry(x, y) {
  press.x = x;
  press.y = y;
  ghost.style.left = `${x - press.dx}px`;
  ghost.style.top = `${y - press.dy}px`;
  const column = columns().find((one) => inside(x, one.getBoundingClientRect()));
  if (!column) return;
  // By the middle of the card in hand, as the eye judges it.
  const middle = y - press.dy + ghost.offsetHeight / 2;
  const next = cards(column, lift.id).find((card) => middle < card.getBoundingClientRect().top + card.offsetHeight / 2);
  over(column, next?.dataset.cardId ?? "");
}

const inside = (x, at) => x >= at.left && x <= at.right;

// Near an edge the board scrolls sideways, and a long column, or the page, up and down.
function scroll() {
  if (!ghost) return;
  const at = board.getBoundingClientRect();
  board.scrollLeft += pull(press.x, Math.max(at.left, 0), Math.min(at.right, innerWidth));
  const column = columns().find((one) => inside(press.x, one.getBoundingClientRect()));
  const tall = column && list(column).scrollHeight > list(column).clientHeight + 1 ? list(column) : null;
  const box = tall?.getBoundingClientRect();
  if (tall) tall.scrollTop += pull(press.y, box.top, box.bottom);
  else scrollBy(0, pull(press.y, 0, innerHeight));
  scrolling = requestAnimationFrame(scroll);
}

function pull(at, low, high) {
  if (at < low + EDGE) return -Math.ceil((low + EDGE - at) / 4);
  return at > high - EDGE ? Math.ceil((at - high + EDGE) / 4) : 0;
}

function swallow(click) {
  click.preventDefault();
  click.stopPropagation();
}

function putDown() {
  cancelAnimationFrame(scrolling);
  ghost?.remove();
  ghost = null;
  document.body.classList.remove("dragging");
}

function stop() {
  if (ghost) {
    putDown();
    cancel();
  }
  forget();
}

function forget() {
  clearTimeout(press?.timer);
  press = null;
}

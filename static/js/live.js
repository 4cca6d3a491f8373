// One websocket a page: subscribes to the topics the page names, swaps fragments that are newer, and tells the truth in the pill.
import { start } from "signalbox/lib/behaviours";
import { swap } from "signalbox/lib/fragments";
import { pill, signedOut } from "signalbox/lib/pill";

const PING = 2500;
const SILENCE = 7000;
const TOGETHER = 12;
const LATE = 500;
let socket = null;
let tries = 0;
let heard = 0;
let lost = Date.now();
let taken = 0;
let late = null;
const seen = new Map();

// Adds a topic after the page was loaded, such as an opened drawer's.
export function follow(topic, n) {
  if (!seen.has(topic)) seen.set(topic, n);
  if (socket?.readyState === WebSocket.OPEN) send({ subscribe: { [topic]: seen.get(topic) } });
}

// The number up to which a topic is shown.
export function shown(topic) {
  return seen.get(topic) ?? 0;
}

export function connect() {
  seen.set("shell", 0);
  for (const element of document.querySelectorAll("[data-topic]")) {
    seen.set(element.dataset.topic, Number(element.dataset.n ?? 0));
  }
  open();
  setInterval(watch, 1000);
  setInterval(() => send({ t: Math.round(performance.now()) }), PING);
  addEventListener("online", retry);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && retry());
}

function open() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  socket = new WebSocket(`${scheme}//${location.host}/ws/live`);
  socket.addEventListener("open", () => {
    heard = Date.now();
    taken = 0;
    send({ subscribe: Object.fromEntries(seen) });
    send({ t: Math.round(performance.now()) });
  });
  socket.addEventListener("message", (event) => take(JSON.parse(event.data)));
  socket.addEventListener("close", closed);
}

function take(frame) {
  heard = Date.now();
  if (frame.t !== undefined) {
    tries = 0;
    lost = 0;
    pill("live", Math.round(performance.now()) - frame.t);
    return;
  }
  acknowledge();
  if (!frame.full && frame.n < (seen.get(frame.topic) ?? 0)) return;
  seen.set(frame.topic, frame.n);
  const changed = swap(frame);
  for (const element of changed) start(element);
  document.dispatchEvent(new CustomEvent("signalbox:frame", { detail: frame }));
}

// Every few frames, or a moment after the last: the server stops at some dozens that are on their way.
function acknowledge() {
  taken += 1;
  if (taken >= TOGETHER) acknowledged();
  else late ??= setTimeout(acknowledged, LATE);
}

function acknowledged() {
  clearTimeout(late);
  late = null;
  if (taken) send({ ack: taken });
  taken = 0;
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function closed(event) {
  if (event.code === 4401) {
    lost = 0;
    signedOut();
    return;
  }
  lost ||= Date.now();
  tries += 1;
  // The first try is at once; then longer and longer, never in step with other browsers.
  setTimeout(open, Math.min(3000, tries === 1 ? 50 : 200 * 2 ** tries) * (0.5 + Math.random() / 2));
}

function retry() {
  if (socket?.readyState === WebSocket.OPEN) send({ t: Math.round(performance.now()) });
}

function watch() {
  if (socket?.readyState === WebSocket.OPEN && Date.now() - heard > SILENCE) {
    lost ||= heard;
    socket.close();
  }
  if (lost) pill(Date.now() - lost > 4000 ? "stale" : "reconnecting", lost);
}
